/*
description = "Both made their low on the same day."
refuted_by = "The low of one of them lies on another day."
example = '{ a = "russell_2000", b = "btc_usd", on = 2025-11-21 }'
prints_a_number = "never"
series = []
rests_on = """
select 'core.price_bars' as what, bars.series_id, bars.session_date as date, bars.low as value, bars.known_at, bars.capture_id
from core.price_bars as bars
inner join mart.common_lows as lows
    on lows.series_a = $a and lows.series_b = $b and $on between lows.window_start and lows.window_end
where (bars.series_id = $a and bars.session_date in ($on, lows.trough_date_a, lows.trough_date_intraday_a))
    or (bars.series_id = $b and bars.session_date in ($on, lows.trough_date_b, lows.trough_date_intraday_b))
"""

[parameters.a]
type = "series"
meaning = "The first series."
[parameters.b]
type = "series"
meaning = "The second series."
[parameters.on]
type = "date"
meaning = "The day of both lows."
*/
with found as (
    -- Windows may overlap; the shallow one within a deeper one says less.
    select *
    from mart.common_lows
    where series_a = $a and series_b = $b and $on between window_start and coalesce(window_end, date '9999-12-31')
    qualify row_number() over (order by depth_a + depth_b) = 1
),
lows as (
    select
        'close' as basis,
        trough_date_a as date_a,
        trough_date_b as date_b
    from found
    union all
    select
        'intraday' as basis,
        trough_date_intraday_a,
        trough_date_intraday_b
    from found
),
definitions as (
    select
        basis.basis,
        width.days
    from (select unnest(['close', 'intraday']) as basis) as basis
    cross join (select unnest([0, 1]) as days) as width
)
select
    row_number() over (order by definitions.days, definitions.basis) as place,
    case when definitions.basis = 'close' then 'lowest close' else 'lowest low' end
    || case when definitions.days = 0 then ', that very day' else ', within a day of it' end as definition_id,
    abs(lows.date_a - $on) <= definitions.days and abs(lows.date_b - $on) <= definitions.days as holds,
    (lows.date_b - lows.date_a)::double as observed_value,
    coalesce($a || ' on ' || lows.date_a || ', ' || $b || ' on ' || lows.date_b, 'the two share no such window') as observed_text,
    day_ends($on) as resolves_at,
    'test' as kind
from definitions
left join lows on definitions.basis = lows.basis
order by place
