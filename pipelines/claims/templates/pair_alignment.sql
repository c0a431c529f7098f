/*
description = "In a stretch of days both made records within some days of each other, and the second reached a printed level."
refuted_by = "No record of the first in the stretch, none of the second near it, or another level."
example = '{ a = "russell_2000", b = "btc_usd", from = 2021-11-01, to = 2021-11-30 } with claimed_value = 69000 and claimed_decimals = -3'
prints_a_number = "optional"
series = []
rests_on = """
select 'core.price_bars' as what, bars.series_id, bars.session_date as date, bars.close as value, bars.known_at, bars.capture_id
from core.price_bars as bars
semi join mart.record_highs as records on bars.series_id = records.series_id and bars.session_date = records.session_date
where bars.series_id in ($a, $b) and bars.session_date between $from - $within_days and $to + $within_days
"""

[parameters.a]
type = "series"
meaning = "The first series."
[parameters.b]
type = "series"
meaning = "The second series, whose level was printed."
[parameters.from]
type = "date"
meaning = "First day of the stretch."
[parameters.to]
type = "date"
meaning = "Last day of the stretch."
[parameters.within_days]
type = "integer"
meaning = "Calendar days that may lie between the two records."
default = 7
minimum = 0
maximum = 60
[parameters.relation]
type = "text"
meaning = "about: the highest value rounds to the printed level. above: it lies above it."
default = "about"
choices = ["about", "above"]
*/
with bases as (
    select unnest(['close', 'intraday']) as basis
),
pairs as (
    select
        a.basis,
        a.session_date as date_a,
        b.session_date as date_b,
        abs(a.session_date - b.session_date) as days_apart
    from mart.record_highs as a
    inner join mart.record_highs as b on a.basis = b.basis and b.series_id = $b
    where a.series_id = $a and a.session_date between $from and $to
),
nearest as (
    select *
    from pairs
    qualify row_number() over (partition by basis order by days_apart, date_a) = 1
),
levels as (
    select
        max(close) as close,
        max(high) as high
    from mart.drawdowns
    where series_id = $b and session_date between $from - $within_days and $to + $within_days
),
known as (
    select count(distinct series_id) = 2 as both_known
    from mart.drawdowns
    where series_id in ($a, $b) and session_date between $from and $to
),
clusters as (
    -- An episode of records, no more than 30 days apart, of the first reaches into the stretch; one of the second overlaps it.
    select
        a.basis,
        a.last_date as date_a,
        b.last_date as date_b
    from mart.high_clusters as a
    inner join mart.high_clusters as b
        on
            a.basis = b.basis and b.series_id = $b and b.gap_days = 30
            and b.start_date <= a.last_date + $within_days and b.last_date >= a.start_date - $within_days
    where a.series_id = $a and a.gap_days = 30 and a.start_date <= $to and a.last_date >= $from
    qualify row_number() over (partition by a.basis order by b.last_date desc) = 1
),
found as (
    select
        bases.basis,
        'records within ' || $within_days || ' days' as rule,
        1 as turn,
        nearest.date_a,
        nearest.date_b,
        coalesce(nearest.days_apart <= $within_days, false) as is_aligned
    from bases
    left join nearest on bases.basis = nearest.basis
    union all
    select
        bases.basis,
        'runs of records that overlap' as rule,
        2 as turn,
        clusters.date_a,
        clusters.date_b,
        clusters.date_a is not null as is_aligned
    from bases
    left join clusters on bases.basis = clusters.basis
),
seen as (
    select
        found.*,
        case when found.basis = 'close' then levels.close else levels.high end as level,
        known.both_known
    from found
    cross join levels
    cross join known
)
select
    row_number() over (order by turn, basis) as place,
    rule || ', by ' || case when basis = 'close' then 'close' else 'intraday high' end as definition_id,
    case
        when both_known
            then is_aligned and case
                when $claimed_value is null then true
                when $relation = 'above' then level > $claimed_value
                else rounds_to(level, $claimed_value, $claimed_decimals)
            end
    end as holds,
    level as observed_value,
    case
        when not both_known then 'one of the two has no bars there'
        when date_a is null then 'no record of ' || $a || ' there; ' || $b || format(' reached {:,.2f}', level)
        else $a || ' on ' || date_a || ', ' || $b || ' on ' || date_b || format(', which reached {:,.2f}', level)
    end as observed_text,
    day_ends($to) as resolves_at,
    'test' as kind
from seen
order by place
