/*
description = "How far a series stands below its record: a printed percentage (negative), or no more than some percent below and not at it."
refuted_by = "A distance that does not round to the printed figure; or a record, or a larger distance, where it should be just below."
example = '{ series = "btc_usd" } with claimed_value = -27 and claimed_decimals = 0; or { series = "nasdaq_100", on = 2025-12-11, within = 2 }'
prints_a_number = "optional"
series = []
rests_on = """
select 'core.price_bars' as what, bars.series_id, bars.session_date as date, bars.close as value, bars.known_at, bars.capture_id
from core.price_bars as bars
inner join (
    select series_id, session_date, running_peak, running_peak_intraday from mart.drawdowns
    where series_id = $series and session_date <= coalesce($on, date '9999-12-31') order by session_date desc limit 1
) as days on bars.series_id = days.series_id
where bars.session_date <= days.session_date
    and (bars.session_date = days.session_date or bars.close = days.running_peak or bars.high = days.running_peak_intraday)
"""

[parameters.series]
type = "series"
meaning = "The series that stands below its record."
[parameters.on]
type = "date"
meaning = "The session; the last one known, if not given."
optional = true
[parameters.within]
type = "number"
meaning = "Just below: at most this many percent."
default = 2
minimum = 0.01
maximum = 100
*/
with readings as (
    select
        days.*,
        series.second_reading_of
    from mart.drawdowns as days
    inner join core.series as series on days.series_id = series.series_id
    where
        $series in (series.series_id, series.second_reading_of) and not series.is_optional
        and days.session_date <= coalesce($on, date '9999-12-31')
    qualify row_number() over (partition by days.series_id order by days.session_date desc) = 1
),
distances as (
    select
        1 as place,
        'close below the record high' as definition_id,
        100 * drawdown_from_intraday_peak as percent,
        session_date
    from readings
    where second_reading_of is null
    union all
    select
        2 as place,
        'close below the record close' as definition_id,
        100 * drawdown as percent,
        session_date
    from readings
    where second_reading_of is null
    union all
    select
        3 as place,
        'low below the record high' as definition_id,
        100 * drawdown_low as percent,
        session_date
    from readings
    where second_reading_of is null
    union all
    select
        4 as place,
        'close below the record close, another vendor (' || series_id || ')' as definition_id,
        100 * drawdown as percent,
        session_date
    from readings
    where second_reading_of is not null
)
select
    place,
    definition_id,
    case
        when session_date <> coalesce($on, session_date) then null
        when $claimed_value is not null then rounds_to(percent, $claimed_value, $claimed_decimals)
        else percent < 0 and percent >= -$within
    end as holds,
    percent as observed_value,
    printf('%.2f %% on ', percent) || session_date as observed_text,
    case when $on is not null then day_ends($on) end as resolves_at,
    'test' as kind
from distances
order by place, definition_id
