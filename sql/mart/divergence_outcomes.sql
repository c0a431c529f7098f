/*
description = "What both series did after each divergence: from the first close of the laggard that could be traded on knowing of it, over 30, 90 and 180 calendar days. Every event stands here, also those that are too close to the one before to count in the study."
grain = ["leader", "laggard", "threshold", "start_date", "horizon_days"]

[columns]
horizon_days = "Calendar days from entry_date to the day the return is measured."
entry_date = "Session of the laggard's first close that became known after the start of the divergence was known."
exit_date = "Session of the laggard's first close on or after entry_date + horizon_days; null while pending."
forward_return = "Close of the laggard on exit_date / its close on entry_date - 1."
leader_forward_return = "The same for the leader, from and to its first closes on or after the same two days."
new_record_date = "First record close of the laggard from entry_date on, whenever it came; null: none so far."
made_new_record = "Whether the laggard closed at a record within the horizon (catch-up, first test); null while open."
ratio_before = "Laggard / leader at the leader's record before this one; null without an earlier record."
ratio_regained_date = "First day from entry_date on, within 190 days, with laggard / leader at or above ratio_before."
regained_ratio = "Whether that was within the horizon (catch-up, second test); null while open, or without an earlier record."
is_in_study = "Whether no divergence of the pair and threshold began in the 60 days before: overlapping events are one."
history_start = "First session on which both had a price, as in mart.divergences."
status = "complete; pending (the horizon has not passed); no close (the laggard has none within 10 days of entry or exit)."

[rests_on]
"mart.divergences" = '''
up.leader = row.leader and up.laggard = row.laggard and up.threshold = row.threshold
-- Own, and those shortly before: is_in_study asks how far they lie apart.
and up.start_date between row.start_date - 60 and row.start_date
'''
"mart.drawdowns" = '''
up.series_id in (row.leader, row.laggard)
-- Until the horizon, the ratio and the new record, whichever is last; without an end while one of them is open.
and (row.new_record_date is null or up.session_date <= greatest(row.entry_date + 190, row.exit_date, row.new_record_date))
'''

[checks]
entry_after_start = "entry_date is null or entry_date > start_date"
complete_has_a_return = "(status = 'complete') = (forward_return is not null)"
exit_not_before_the_horizon = "exit_date is null or exit_date >= entry_date + horizon_days"
status_is_known = "status in ('complete', 'pending', 'no close')"
*/
with rules as (
    -- Horizons and declustering of domain 2.8; a close more than ten days late is none. The ratio is watched for as long as the
    -- longest horizon lasts, that of mart.divergence_session_outcomes (126 sessions).
    select
        unnest([30, 90, 180]) as horizon_days,
        190 as longest,
        60 as apart_days,
        10 as patience_days
),
limits as (
    select distinct
        longest,
        apart_days,
        patience_days
    from rules
),
prices as (
    select
        series_id,
        session_date,
        close,
        known_at,
        lag(session_date) over by_session as session_before,
        max(session_date) filter (where is_record_close) over (
            partition by series_id order by session_date rows between unbounded preceding and 1 preceding
        ) as record_before,
        min(session_date) filter (where is_record_close) over (
            partition by series_id order by session_date rows between current row and unbounded following
        ) as next_record
    from mart.drawdowns
    window by_session as (partition by series_id order by session_date)
),
latest as (
    select
        series_id,
        max(session_date) as last_date,
        max(known_at) as known_at
    from mart.drawdowns
    group by series_id
),
closes as (
    -- The first close on or after each calendar day.
    select
        prices.series_id,
        unnest(
            generate_series(
                greatest(prices.session_before + 1, prices.session_date - limits.patience_days), prices.session_date, interval 1 day
            )
        )::date as calendar_date,
        prices.session_date,
        prices.close,
        prices.known_at
    from prices
    cross join limits
),
events as (
    select
        divergences.leader,
        divergences.laggard,
        divergences.threshold,
        divergences.start_date,
        divergences.start_known_at,
        divergences.history_start,
        coalesce(divergences.start_date - lag(divergences.start_date) over by_start > limits.apart_days, true) as is_in_study
    from mart.divergences as divergences
    cross join limits
    window by_start as (
        partition by divergences.leader, divergences.laggard, divergences.threshold order by divergences.start_date
    )
),
tradable_days as (
    select
        events.leader,
        events.laggard,
        events.threshold,
        events.start_date,
        events.start_known_at,
        unnest(
            generate_series(events.start_date + 1, events.start_known_at::date + limits.patience_days, interval 1 day)
        )::date as session_date
    from events
    cross join limits
),
entries as (
    select
        tradable_days.leader,
        tradable_days.laggard,
        tradable_days.threshold,
        tradable_days.start_date,
        min(tradable_days.session_date) as entry_date
    from tradable_days
    inner join prices
        on
            tradable_days.laggard = prices.series_id
            and tradable_days.session_date = prices.session_date
            and tradable_days.start_known_at < prices.known_at
    group by all
),
entered as (
    -- `level`: laggard over leader when the leader made the record before this one.
    select
        events.*,
        entries.entry_date,
        entry.close as entry_close,
        entry.next_record as new_record_date,
        leader_entry.close as leader_entry_close,
        laggard_then.close / leader_then.close as level,
        latest.last_date,
        latest.known_at as newest_known_at,
        greatest(
            events.start_known_at, entry.known_at, leader_entry.known_at, coalesce(new_record.known_at, latest.known_at)
        ) as known_at
    from events
    inner join latest on events.laggard = latest.series_id
    left join entries
        on
            events.leader = entries.leader
            and events.laggard = entries.laggard
            and events.threshold = entries.threshold
            and events.start_date = entries.start_date
    left join prices as entry on events.laggard = entry.series_id and entries.entry_date = entry.session_date
    left join prices as new_record on events.laggard = new_record.series_id and entry.next_record = new_record.session_date
    left join closes as leader_entry on events.leader = leader_entry.series_id and entries.entry_date = leader_entry.calendar_date
    left join prices as start on events.leader = start.series_id and events.start_date = start.session_date
    left join closes as leader_then on events.leader = leader_then.series_id and start.record_before = leader_then.calendar_date
    left join closes as laggard_then on events.laggard = laggard_then.series_id and start.record_before = laggard_then.calendar_date
),
following_days as (
    select
        entered.leader,
        entered.laggard,
        entered.threshold,
        entered.start_date,
        entered.level,
        unnest(generate_series(entered.entry_date, entered.entry_date + limits.longest, interval 1 day))::date as session_date
    from entered
    cross join limits
    where entered.level is not null
),
regained as (
    select
        following_days.leader,
        following_days.laggard,
        following_days.threshold,
        following_days.start_date,
        min(following_days.session_date) as ratio_regained_date,
        arg_min(greatest(ahead.known_at, behind.known_at), following_days.session_date) as known_at
    from following_days
    inner join prices as ahead
        on following_days.leader = ahead.series_id and following_days.session_date = ahead.session_date
    inner join prices as behind
        on following_days.laggard = behind.series_id and following_days.session_date = behind.session_date
    where behind.close / ahead.close >= following_days.level
    group by all
)
select
    entered.leader,
    entered.laggard,
    entered.threshold,
    entered.start_date,
    rules.horizon_days,
    entered.entry_date,
    laggard_exit.session_date as exit_date,
    laggard_exit.close / entered.entry_close - 1 as forward_return,
    leader_exit.close / entered.leader_entry_close - 1 as leader_forward_return,
    entered.new_record_date,
    case
        when entered.new_record_date <= entered.entry_date + rules.horizon_days then true
        when entered.last_date >= entered.entry_date + rules.horizon_days then false
    end as made_new_record,
    entered.level as ratio_before,
    regained.ratio_regained_date,
    case
        when regained.ratio_regained_date <= entered.entry_date + rules.horizon_days then true
        when entered.last_date >= entered.entry_date + rules.horizon_days and entered.level is not null then false
    end as regained_ratio,
    entered.is_in_study,
    case
        when laggard_exit.close is not null then 'complete'
        when entered.last_date < coalesce(entered.entry_date + rules.horizon_days, entered.start_known_at::date + rules.patience_days)
            then 'pending'
        else 'no close'
    end as status,
    entered.history_start,
    greatest(
        entered.known_at,
        laggard_exit.known_at,
        leader_exit.known_at,
        -- That the ratio was not regained is known once its time is over.
        case when entered.level is not null then coalesce(regained.known_at, over.known_at, entered.newest_known_at) end,
        case when laggard_exit.close is null then entered.newest_known_at end
    ) as known_at
from entered
cross join rules
left join closes as over
    on entered.laggard = over.series_id and entered.entry_date + rules.longest = over.calendar_date
left join closes as laggard_exit
    on entered.laggard = laggard_exit.series_id and entered.entry_date + rules.horizon_days = laggard_exit.calendar_date
left join closes as leader_exit
    on entered.leader = leader_exit.series_id and entered.entry_date + rules.horizon_days = leader_exit.calendar_date
left join regained
    on
        entered.leader = regained.leader
        and entered.laggard = regained.laggard
        and entered.threshold = regained.threshold
        and entered.start_date = regained.start_date
order by entered.leader, entered.laggard, entered.threshold, entered.start_date, rules.horizon_days
