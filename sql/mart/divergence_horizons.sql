/*
description = "What both series did after each divergence, over horizons in calendar days (30, 90, 180) and in sessions of New York (21, 63, 126), from the entries of mart.divergence_entries. Those in days are mart.divergence_outcomes."
grain = ["leader", "laggard", "threshold", "start_date", "horizon_unit", "horizon"]

[columns]
horizon_unit = "days (of the calendar) or sessions (of New York, whatever calendar the laggard has)."
horizon = "How many of them from entry_date to due_date; of sessions, a day between two counts as the later one."
due_date = "Day on which the horizon is over; null without an entry."
exit_date = "Session of the laggard's first close on or after due_date; null while pending, and if it is more than 10 days late."
forward_return = "Close of the laggard on exit_date / its close on entry_date - 1."
leader_forward_return = "The same for the leader, from and to its first closes on or after entry_date and due_date."
made_new_record = "Whether the laggard closed at a record by due_date (catch-up, first test); null while open."
regained_ratio = "Whether laggard / leader regained ratio_before by due_date (catch-up, second test); null while open, or without an earlier record."
status = "complete; pending (the horizon has not passed); no close (the laggard has none within 10 days of entry or exit)."
history_start = "First session on which both had a price, as in mart.divergence_entries."

[rests_on]
"mart.divergence_entries" = '''
up.leader = row.leader and up.laggard = row.laggard and up.threshold = row.threshold and up.start_date = row.start_date
'''
"mart.drawdowns" = '''
up.series_id in (row.leader, row.laggard)
and (row.exit_date is null or up.session_date between row.entry_date and row.due_date + 10)
'''

[context]
"core.session_days" = "The grid: which session is how many after another."

[checks]
complete_has_a_return = "(status = 'complete') = (forward_return is not null)"
exit_not_before_it_is_due = "exit_date is null or exit_date >= due_date"
days_are_of_the_calendar = "horizon_unit <> 'days' or due_date is null or due_date = entry_date + horizon"
ratio_is_watched_until_due = "due_date is null or due_date <= entry_date + 190"
status_is_known = "status in ('complete', 'pending', 'no close')"
*/
with horizons as (
    -- Domain 2.8; a close more than ten days late is none.
    select
        unnest(['days', 'days', 'days', 'sessions', 'sessions', 'sessions']) as horizon_unit,
        unnest([30, 90, 180, 21, 63, 126]) as horizon,
        10 as patience_days
),
prices as (
    select
        series_id,
        session_date,
        close,
        known_at
    from mart.drawdowns
),
newest as (
    select
        series_id,
        max(session_date) as session_date,
        max(known_at) as known_at
    from prices
    group by series_id
),
due as (
    select
        entries.*,
        horizons.*,
        case horizons.horizon_unit when 'days' then entries.entry_date + horizons.horizon else last_sessions.session_date end as due_date
    from mart.divergence_entries as entries
    cross join horizons
    left join core.session_days as first_sessions on entries.entry_date = first_sessions.calendar_date
    left join core.session_days as last_sessions
        on
            first_sessions.session_number + horizons.horizon = last_sessions.session_number
            and last_sessions.calendar_date = last_sessions.session_date
),
measured as (
    select
        due.*,
        newest.known_at as newest_known_at,
        newest.session_date >= due.due_date as is_over,
        newest.session_date >= due.start_known_at::date + due.patience_days as is_late_to_enter,
        case when laggard_exit.session_date <= due.due_date + due.patience_days then laggard_exit end as laggard_exit,
        case when leader_exit.session_date <= due.due_date + due.patience_days then leader_exit end as leader_exit
    from due
    inner join newest on due.laggard = newest.series_id
    asof left join prices as laggard_exit on due.laggard = laggard_exit.series_id and due.due_date <= laggard_exit.session_date
    asof left join prices as leader_exit on due.leader = leader_exit.series_id and due.due_date <= leader_exit.session_date
)
select
    leader,
    laggard,
    threshold,
    start_date,
    horizon_unit,
    horizon,
    entry_date,
    due_date,
    laggard_exit.session_date as exit_date,
    laggard_exit.close / entry_close - 1 as forward_return,
    leader_exit.close / leader_entry_close - 1 as leader_forward_return,
    new_record_date,
    case
        when new_record_date <= due_date then true
        when is_over then false
    end as made_new_record,
    ratio_before,
    ratio_regained_date,
    case
        when ratio_regained_date <= due_date then true
        when is_over and ratio_before is not null then false
    end as regained_ratio,
    is_in_study,
    case
        when laggard_exit is not null then 'complete'
        when case when entry_date is null then is_late_to_enter else is_over end then 'no close'
        else 'pending'
    end as status,
    history_start,
    greatest(
        known_at,
        laggard_exit.known_at,
        leader_exit.known_at,
        case when laggard_exit is null then newest_known_at end
    ) as known_at
from measured
order by leader, laggard, threshold, start_date, horizon_unit, horizon
