/*
description = "What both series did after each divergence, over 21, 63 and 126 sessions of New York: mart.divergence_outcomes with the horizon counted as an investor in shares counts it. A laggard that trades on other days too is measured at its first close on or after the last of the sessions."
grain = ["leader", "laggard", "threshold", "start_date", "horizon_sessions"]

[columns]
horizon_sessions = "Sessions of New York from entry_date (a day between two of them counts as the later one) to the day the return is measured."
exit_date = "Session of the laggard's first close on or after the last session of the horizon; null while pending."
history_start = "First session on which both had a price, as in mart.divergence_outcomes."

[rests_on]
"mart.divergence_outcomes" = '''
up.leader = row.leader and up.laggard = row.laggard and up.threshold = row.threshold and up.start_date = row.start_date
and up.horizon_days = 30
'''
"mart.drawdowns" = '''
up.series_id in (row.leader, row.laggard) and (
    row.exit_date is null
    or up.session_date between row.entry_date and row.exit_date + 10
)
'''

[context]
"core.session_days" = "The grid: which session is how many after another."

[checks]
complete_has_a_return = "(status = 'complete') = (forward_return is not null)"
exit_not_before_the_horizon = "exit_date is null or exit_date >= entry_date + (horizon_sessions * 7) // 5 - 4"
status_is_known = "status in ('complete', 'pending', 'no close')"
*/
with rules as (
    select
        unnest([21, 63, 126]) as horizon_sessions,
        10 as patience_days
),
latest as (
    select
        series_id,
        max(session_date) as last_date,
        max(known_at) as known_at
    from mart.drawdowns
    group by series_id
),
events as (
    -- Of the event itself every horizon in days says the same.
    select *
    from mart.divergence_outcomes
    where horizon_days = 30
),
due as (
    select
        events.*,
        rules.horizon_sessions,
        rules.patience_days,
        last_sessions.session_date as due_date
    from events
    cross join rules
    left join core.session_days as entry_sessions on events.entry_date = entry_sessions.calendar_date
    left join core.session_days as last_sessions
        on
            entry_sessions.session_number + rules.horizon_sessions = last_sessions.session_number
            and last_sessions.calendar_date = last_sessions.session_date
),
measured as (
    select
        due.*,
        latest.last_date,
        latest.known_at as newest_known_at,
        entry.close as entry_close,
        leader_entry.close as leader_entry_close,
        struct_pack(day := laggard_exit.session_date, close := laggard_exit.close, known_at := laggard_exit.known_at) as laggard_exit,
        struct_pack(close := leader_exit.close, known_at := leader_exit.known_at) as leader_exit,
        laggard_exit.session_date <= due.due_date + due.patience_days as has_exit,
        leader_entry.session_date <= due.entry_date + due.patience_days
        and leader_exit.session_date <= due.due_date + due.patience_days as has_leader
    from due
    inner join latest on due.laggard = latest.series_id
    left join mart.drawdowns as entry on due.laggard = entry.series_id and due.entry_date = entry.session_date
    asof left join mart.drawdowns as laggard_exit on due.laggard = laggard_exit.series_id and due.due_date <= laggard_exit.session_date
    asof left join mart.drawdowns as leader_entry on due.leader = leader_entry.series_id and due.entry_date <= leader_entry.session_date
    asof left join mart.drawdowns as leader_exit on due.leader = leader_exit.series_id and due.due_date <= leader_exit.session_date
)
select
    leader,
    laggard,
    threshold,
    start_date,
    horizon_sessions,
    entry_date,
    case when has_exit then laggard_exit.day end as exit_date,
    case when has_exit then laggard_exit.close / entry_close - 1 end as forward_return,
    case when has_leader then leader_exit.close / leader_entry_close - 1 end as leader_forward_return,
    new_record_date,
    case
        when new_record_date <= due_date then true
        when last_date >= due_date then false
    end as made_new_record,
    ratio_regained_date,
    case
        when ratio_regained_date <= due_date then true
        when last_date >= due_date and ratio_before is not null then false
    end as regained_ratio,
    is_in_study,
    case
        when has_exit then 'complete'
        when entry_date is null then status
        when last_date >= due_date then 'no close'
        else 'pending'
    end as status,
    history_start,
    greatest(
        known_at,
        case when has_exit then laggard_exit.known_at else newest_known_at end,
        case when has_leader then leader_exit.known_at end
    ) as known_at
from measured
order by leader, laggard, threshold, start_date, horizon_sessions
