/*
description = "Dates that were to have a value and have none: by the release calendar, from the first date held on. Also how often each was asked for."
grain = ["series_id", "date"]

[columns]
series_id = "The series that lacks the date, a row of core.series."
due_at = "Instant at which the value was to be out, UTC."
is_last = "Nothing newer is held either: the series is late, rather than holed."
times_asked = "Whole passes of questions since then that asked for the date and did not get it."
last_asked_at = "When the last of these passes began, UTC."
ask_again_at = "When the next pass is to reach back for it: a week after the last; null once three that came a month late have found nothing."

[rests_on]
"core.series" = "up.series_id = row.series_id"
"core.release_dates" = "up.date = row.date and up.known_at = row.due_at"
"core.captures" = "up.series_id = row.series_id and up.asked_at >= row.due_at and coalesce(up.since <= row.date, true)"

[context]
"core.observations" = "Which dates are held."
"core.price_bars" = "Which dates are held."
"core.futures_settlements" = "Which dates are held."

[checks]
given_up_after_three = "ask_again_at is not null or times_asked >= 3"
asked_after_it_was_due = "last_asked_at is null or last_asked_at >= due_at"
*/
with patience as (
    -- Sessions that a vendor lost come back within days (Yahoo, summer of 2026); what three late passes did not bring, nobody has.
    select
        interval 7 days as pause,
        interval 30 days as late,
        3 as late_passes
),
held as (
    select
        series_id,
        date
    from core.observations
    where value is not null
    union all
    select
        series_id,
        session_date as date
    from core.price_bars
    union all
    select
        'fed_funds_futures' as series_id,
        trade_date as date
    from core.futures_settlements
    group by trade_date
),
spans as (
    select
        series_id,
        min(date) as first_date,
        max(date) as last_date
    from held
    group by series_id
),
missing as (
    select
        catalog.series_id,
        due.date,
        due.known_at as due_at,
        due.date > spans.last_date as is_last
    from core.series as catalog
    inner join spans on catalog.series_id = spans.series_id
    inner join core.release_dates as due
        on catalog.release = due.release and catalog.calendar = due.calendar and catalog.frequency = due.frequency
    where due.date > spans.first_date and (catalog.series_id, due.date) not in (select (held.series_id, held.date) from held)
),
passes as (
    select
        series_id,
        asked_at,
        min(since) as since
    from core.captures
    group by series_id, asked_at
    having bool_and(outcome = 'accepted') and min(remaining) = 0
),
asked as (
    select
        missing.series_id,
        missing.date,
        missing.due_at,
        missing.is_last,
        count(passes.asked_at) as times_asked,
        count(passes.asked_at) filter (where passes.asked_at >= missing.due_at + patience.late) as times_asked_late,
        max(passes.asked_at) as last_asked_at,
        any_value(patience.pause) as pause,
        any_value(patience.late_passes) as late_passes
    from missing
    cross join patience
    left join passes
        on
            missing.series_id = passes.series_id
            and missing.due_at <= passes.asked_at
            and (passes.since is null or missing.date >= passes.since)
    group by missing.series_id, missing.date, missing.due_at, missing.is_last
)
select
    series_id,
    date,
    due_at,
    is_last,
    times_asked,
    last_asked_at,
    case when times_asked_late < late_passes then coalesce(last_asked_at + pause, due_at) end as ask_again_at,
    due_at as known_at
from asked
order by series_id, date
