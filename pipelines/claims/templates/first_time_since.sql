/*
description = "The leader is at records while the laggard stands well below its own, for the first time in some years."
refuted_by = "No such divergence now, or an earlier one that ended within those years."
example = '{ leader = "russell_2000", laggard = "btc_usd", years = 5 }'
prints_a_number = "never"
series = []
rests_on = """
select 'core.price_bars' as what, bars.series_id, bars.session_date as date, bars.close as value, bars.known_at, bars.capture_id
from core.price_bars as bars
inner join mart.divergences as stretch
    on stretch.leader = $leader and stretch.laggard = $laggard
        and bars.session_date in (stretch.start_date, stretch.end_date, stretch.last_signal_date)
where bars.series_id in ($leader, $laggard) and bars.session_date <= coalesce($on, date '9999-12-31')
"""

[parameters.leader]
type = "series"
meaning = "The series at records."
[parameters.laggard]
type = "series"
meaning = "The series that stands below its own."
[parameters.years]
type = "number"
meaning = "Since how many years there was none, rounded to the half."
minimum = 0.5
maximum = 100
[parameters.on]
type = "date"
meaning = "The day on which the divergence is seen; the last one known, if not given."
optional = true
*/
with thresholds as (
    select unnest([0.20, 0.10, 0.15, 0.25]) as threshold
),
today as (
    select coalesce($on, max(session_date)) as day
    from mart.drawdowns
    where series_id = $leader
),
found as (
    select *
    from mart.divergences
    where leader = $leader and laggard = $laggard
),
stretches as (
    select
        thresholds.threshold,
        found.start_date,
        found.previous_end_date,
        found.history_start,
        (found.start_date - coalesce(found.previous_end_date, found.history_start)) / 365.25 as years
    from thresholds
    cross join today
    left join found
        on
            abs(thresholds.threshold - found.threshold) < 1e-9
            and today.day >= found.start_date and coalesce(today.day <= found.end_date, true)
),
known as (
    select count(distinct series_id) = 2 as both_known
    from mart.drawdowns
    where series_id in ($leader, $laggard)
)
select
    row_number() over (order by stretches.threshold <> 0.20, stretches.threshold) as place,
    printf('%.0f %% or more below', 100 * stretches.threshold) as definition_id,
    case when known.both_known then coalesce(stretches.years >= $years - 0.5, false) end as holds,
    stretches.years as observed_value,
    case
        when not known.both_known then 'one of the two has no data'
        when stretches.start_date is null then 'not diverged that day'
        when stretches.previous_end_date is null then 'began ' || stretches.start_date || ', none before, since ' || stretches.history_start
        else 'began ' || stretches.start_date || ', first since ' || stretches.previous_end_date
    end as observed_text,
    case when $on is not null then day_ends($on) end as resolves_at,
    'test' as kind
from stretches
cross join known
order by place
