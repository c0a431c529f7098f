/*
description = "One series may stand for another: they make their records on the same sessions, and move alike."
refuted_by = "Records of the one on sessions without a record of the other, or returns that differ."
example = '{ a = "russell_2000", proxy = "iwm", start = 2020-01-01 }'
prints_a_number = "never"
series = []
rests_on = """
select 'core.price_bars' as what, bars.series_id, bars.session_date as date, bars.close as value, bars.known_at, bars.capture_id
from core.price_bars as bars
semi join mart.record_highs as records on bars.series_id = records.series_id and bars.session_date = records.session_date
where bars.series_id in ($a, $proxy) and bars.session_date >= $start
"""

[parameters.a]
type = "series"
meaning = "The series meant."
[parameters.proxy]
type = "series"
meaning = "The series shown in its place."
[parameters.start]
type = "date"
meaning = "Sessions from here on."
[parameters.share]
type = "number"
meaning = "Alike: at least this share of the record sessions are the same."
default = 0.9
minimum = 0.5
maximum = 1
*/
with days as (
    select
        one.session_date,
        one.is_record_close as one_close,
        other.is_record_close as other_close,
        one.is_record_high as one_high,
        other.is_record_high as other_high,
        ln(one.close / lag(one.close) over (order by one.session_date)) as one_move,
        ln(other.close / lag(other.close) over (order by one.session_date)) as other_move
    from mart.drawdowns as one
    inner join mart.drawdowns as other on one.session_date = other.session_date and other.series_id = $proxy
    where one.series_id = $a and one.session_date >= $start
),
counted as (
    select
        count(*) filter (where one_close and other_close) as both_close,
        count(*) filter (where one_close or other_close) as any_close,
        count(*) filter (where one_high and other_high) as both_high,
        count(*) filter (where one_high or other_high) as any_high,
        corr(one_move, other_move order by session_date) as correlation, -- in another order it differs in its last digits
        count(*) as n
    from days
)
select
    1 as place,
    'record closes on the same sessions' as definition_id,
    case when any_close > 0 then both_close >= $share * any_close end as holds,
    100.0 * both_close / nullif(any_close, 0) as observed_value,
    both_close || ' of ' || any_close || ' sessions with a record close of either' as observed_text,
    null::timestamptz as resolves_at,
    'test' as kind
from counted
union all
select
    2 as place,
    'record highs on the same sessions' as definition_id,
    case when any_high > 0 then both_high >= $share * any_high end as holds,
    100.0 * both_high / nullif(any_high, 0) as observed_value,
    both_high || ' of ' || any_high || ' sessions with a record high of either' as observed_text,
    null as resolves_at,
    'test' as kind
from counted
union all
select
    3 as place,
    'daily returns, correlation of 0.99' as definition_id,
    case when n > 100 then correlation >= 0.99 end as holds,
    correlation,
    printf('%.4f over ', correlation) || n || ' sessions' as observed_text,
    null as resolves_at,
    'test' as kind
from counted
order by place
