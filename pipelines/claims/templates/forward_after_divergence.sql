/*
description = "After such a divergence the laggard catches up: it makes a record, or regains its old ratio to the leader, within the horizon. What came after earlier ones stands beside it."
refuted_by = "The horizon passes without a record, or without the old ratio."
example = '{ leader = "russell_2000", laggard = "btc_usd", on = 2025-12-12, threshold = 0.2 }'
prints_a_number = "never"
series = []
rests_on = """
select 'core.price_bars' as what, bars.series_id, bars.session_date as date, bars.close as value, bars.known_at, bars.capture_id
from core.price_bars as bars
inner join mart.divergence_outcomes as event
    on event.leader = $leader and event.laggard = $laggard and abs(event.threshold - $threshold) < 1e-9 and event.start_date <= $on
        and bars.session_date in (event.start_date, event.entry_date, event.exit_date, event.new_record_date)
where bars.series_id in ($leader, $laggard)
"""

[parameters.leader]
type = "series"
meaning = "The series at records."
[parameters.laggard]
type = "series"
meaning = "The series that should catch up."
[parameters.on]
type = "date"
meaning = "The divergence that was on, or the last that had begun, on this day."
[parameters.threshold]
type = "number"
meaning = "How far below its record the laggard stood."
default = 0.2
minimum = 0.1
maximum = 0.25
*/
with event as (
    select *
    from mart.divergence_outcomes
    where leader = $leader and laggard = $laggard and abs(threshold - $threshold) < 1e-9 and start_date <= $on
    qualify start_date = max(start_date) over ()
),
tests as (
    select
        case horizon_days when 180 then 1 when 90 then 3 else 5 end as place,
        'a record within ' || horizon_days || ' days' as definition_id,
        start_date,
        entry_date,
        horizon_days,
        status,
        made_new_record as came,
        new_record_date as came_on,
        forward_return
    from event
    union all
    select
        case horizon_days when 180 then 2 when 90 then 4 else 6 end as place,
        'the old ratio within ' || horizon_days || ' days' as definition_id,
        start_date,
        entry_date,
        horizon_days,
        status,
        regained_ratio,
        ratio_regained_date,
        forward_return
    from event
),
told as (
    select
        place,
        definition_id,
        case when came then true when status = 'complete' then false end as holds,
        100 * forward_return as observed_value,
        'diverged ' || start_date || case
            when came then '; came on ' || came_on
            when status = 'complete' then printf('; did not come, return %.1f %%', 100 * forward_return)
            else '; until ' || (entry_date + horizon_days)
        end as observed_text,
        case when came then day_ends(came_on) else day_ends(entry_date + horizon_days) end as resolves_at,
        'test' as kind
    from tests
),
earlier as (
    select
        6 + row_number() over (order by horizon_days) as place,
        'earlier ones: a record within ' || horizon_days || ' days' as definition_id,
        case when n > 0 then share_new_record > matched_share_new_record and p_permutation_matched <= 0.05 end as holds,
        100 * share_new_record as observed_value,
        printf('%.0f %% of ', 100 * share_new_record) || n || printf(' events; days as far below %.0f %%', 100 * matched_share_new_record)
        || coalesce(printf('; p %.2f', p_permutation_matched), '') as observed_text,
        null::timestamptz as resolves_at,
        'context' as kind
    from mart.divergence_study
    where leader = $leader and laggard = $laggard and abs(threshold - $threshold) < 1e-9 and n > 0
)
select * from told
union all by name
select * from earlier
order by place
