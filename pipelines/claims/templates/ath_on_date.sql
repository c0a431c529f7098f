/*
description = "The series made a record on a day: a value above every earlier one, strictly."
refuted_by = "An earlier day at or above that day's value, on the basis named."
example = '{ series = "russell_2000", on = 2025-12-11, proxy = "iwm" }'
prints_a_number = "never"
series = []
rests_on = """
select 'core.price_bars' as what, bars.series_id, bars.session_date as date, bars.close as value, bars.known_at, bars.capture_id
from core.price_bars as bars
inner join mart.drawdowns as days on bars.series_id = days.series_id and days.session_date = $on
where bars.series_id in ($series, $proxy)
    and (bars.session_date = $on or bars.close = days.running_peak or bars.high = days.running_peak_intraday)
    and bars.session_date <= $on
"""

[parameters.series]
type = "series"
meaning = "The series that made the record."
[parameters.on]
type = "date"
meaning = "The session of the record."
[parameters.proxy]
type = "series"
meaning = "What many quote in its place, such as an ETF on the index."
optional = true
*/
with readings as (
    select
        days.*,
        series.record_claimable or days.series_id <> $series as is_claimable
    from mart.drawdowns as days
    inner join core.series as series on days.series_id = series.series_id
    where days.session_date = $on and ($series in (series.series_id, series.second_reading_of) or series.series_id = $proxy)
),
asked as (
    select
        1 as place,
        'close' as definition_id,
        $series as series_id,
        'close' as basis
    union all
    select
        2 as place,
        'intraday high' as definition_id,
        $series,
        'intraday' as basis
    union all
    select
        3 as place,
        'close of the proxy ' || $proxy as definition_id,
        $proxy,
        'close' as basis
    where $proxy is not null
    union all
    select
        4 as place,
        'close, another vendor (' || series_id || ')' as definition_id,
        series_id,
        'close' as basis
    from core.series
    where second_reading_of = $series and not is_optional
)
select
    asked.place,
    asked.definition_id,
    case
        when not readings.is_claimable then null
        when asked.basis = 'close' then readings.is_record_close
        else readings.is_record_high
    end as holds,
    case when asked.basis = 'close' then readings.close else readings.high end as observed_value,
    case
        when readings.series_id is null then 'no bar of ' || asked.series_id || ' on ' || $on
        when not readings.is_claimable then 'the history of ' || asked.series_id || ' does not reach back to its beginning'
        when asked.basis = 'close' then format('close {:,.2f}, highest close {:,.2f}', readings.close, readings.running_peak)
        else format('high {:,.2f}, highest high {:,.2f}', readings.high, readings.running_peak_intraday)
    end as observed_text,
    day_ends($on) as resolves_at,
    'test' as kind
from asked
left join readings on asked.series_id = readings.series_id
order by asked.place, asked.definition_id
