/*
description = "In a stretch of days the series made the low of so many days, below a printed level."
refuted_by = "No such low in the stretch, or one above the level."
example = '{ series = "btc_usd", from = 2026-02-01, to = 2026-02-28, days = 365 } with claimed_value = 74000 and claimed_decimals = 0'
prints_a_number = "optional"
series = []
rests_on = """
select 'core.price_bars' as what, series_id, session_date as date, low as value, known_at, capture_id
from core.price_bars where series_id = $series and session_date between $from - $days and $to
qualify rank() over (order by low) = 1 or rank() over (order by close) = 1
"""

[parameters.series]
type = "series"
meaning = "The series."
[parameters.from]
type = "date"
meaning = "First day of the stretch."
[parameters.to]
type = "date"
meaning = "Last day of the stretch."
[parameters.days]
type = "integer"
meaning = "Of how many calendar days it is the low."
default = 365
minimum = 7
maximum = 3650
*/
with days as (
    select
        session_date,
        close,
        low,
        min(close) over (order by session_date range between interval ($days) days preceding and interval 1 day preceding) as lowest_close,
        min(low) over (order by session_date range between interval ($days) days preceding and interval 1 day preceding) as lowest_low
    from mart.drawdowns
    where series_id = $series
),
stretch as (
    select
        max(session_date) as last_date,
        min(low) filter (where low < lowest_low) as low_of_period,
        arg_min(session_date, low) filter (where low < lowest_low) as low_date,
        min(close) filter (where close < lowest_close) as close_of_period,
        arg_min(session_date, close) filter (where close < lowest_close) as close_date
    from days
    where session_date between $from and $to
),
told as (
    select
        1 as place,
        'by the low of the day' as definition_id,
        low_of_period as value,
        low_date as day,
        last_date
    from stretch
    union all
    select
        2 as place,
        'by the close' as definition_id,
        close_of_period,
        close_date,
        last_date
    from stretch
)
select
    place,
    definition_id,
    case when last_date is not null then coalesce(value < coalesce($claimed_value, 1e308), false) end as holds,
    value as observed_value,
    case
        when last_date is null then 'no bar there'
        when value is null then 'no low of ' || $days || ' days there'
        else format('{:,.2f} on ', value) || day
    end as observed_text,
    day_ends($to) as resolves_at,
    'test' as kind
from told
order by place
