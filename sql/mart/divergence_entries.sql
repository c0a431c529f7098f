/*
description = "Each divergence as it could have been traded: the first close of the laggard after the divergence was known, and when the laggard caught up. Every event stands here, also those that are too close to the one before to count in the study. What both returned from there is mart.divergence_horizons."
grain = ["leader", "laggard", "threshold", "start_date"]

[columns]
entry_date = "Session of the laggard's first close that became known after the start of the divergence was known; null: none within 10 days."
entry_close = "That close."
leader_entry_close = "First close of the leader on or after entry_date; null: none within 10 days."
new_record_date = "First record close of the laggard from entry_date on, whenever it came; null: none so far."
ratio_before = "Laggard / leader at the leader's last record of an earlier session than start_date; null without one, or without a close of the laggard in the 10 days from there."
ratio_regained_date = "First day from entry_date on with laggard / leader at or above ratio_before, watched for 190 days, a little longer than any horizon lasts; null: none by then. Whether it came within a horizon says regained_ratio."
is_in_study = "Whether no divergence of the pair and threshold began in the 60 days before: overlapping events are one."
history_start = "First session on which both had a price, as in mart.divergences."

[rests_on]
"mart.divergences" = '''
up.leader = row.leader and up.laggard = row.laggard and up.threshold = row.threshold
-- Own, and those shortly before: is_in_study asks how far they lie apart.
and up.start_date between row.start_date - 60 and row.start_date
'''
"mart.drawdowns" = '''
up.series_id in (row.leader, row.laggard)
-- Until the end of the watch or the new record, whichever is last; without an end while one of them is open.
and (row.new_record_date is null or up.session_date <= greatest(row.entry_date + 200, row.new_record_date))
'''

[context]
"core.session_days" = "The grid: to which session of New York a record belongs."

[checks]
entry_after_start = "entry_date is null or entry_date > start_date"
entry_has_a_close = "(entry_date is null) = (entry_close is null)"
catches_up_after_entry = "coalesce(least(new_record_date, ratio_regained_date) >= entry_date, true)"
*/
with rules as (
    -- Declustering of domain 2.8; a close more than ten days late is none; 126 sessions take no more than 190 days.
    select
        60 as apart_days,
        10 as patience_days,
        190 as watched_days
),
rolled as (
    select
        drawdowns.series_id,
        drawdowns.session_date,
        drawdowns.close,
        drawdowns.is_record_close,
        drawdowns.known_at,
        coalesce(days.session_date, drawdowns.session_date) as belongs_to
    from mart.drawdowns as drawdowns
    left join core.session_days as days on drawdowns.session_date = days.calendar_date
),
prices as (
    -- A record of a weekend belongs to Monday: it began the divergence of Monday and is not the one before.
    select
        series_id,
        session_date,
        close,
        known_at,
        lag(session_date) over (partition by series_id order by session_date) as session_before,
        max(session_date) filter (where is_record_close) over before as record_date_before,
        max(close) filter (where is_record_close) over before as record_before,
        min(session_date) filter (where is_record_close) over from_here as next_record_date
    from rolled
    window
        before as (
            partition by series_id order by belongs_to range between unbounded preceding and interval 1 day preceding
        ),
        from_here as (partition by series_id order by session_date rows between current row and unbounded following)
),
closes as (
    -- The first close on or after each day of the calendar. An asof join says the same, but as of a moment DuckDB expects few events
    -- and runs it as a nested loop.
    select
        prices.series_id,
        prices.close,
        prices.known_at,
        unnest(
            generate_series(
                greatest(prices.session_before + 1, prices.session_date - rules.patience_days), prices.session_date, interval 1 day
            )
        )::date as calendar_date
    from prices
    cross join rules
),
newest as (
    select
        series_id,
        max(known_at) as known_at
    from prices
    group by series_id
),
events as (
    select
        row_number() over (order by divergences.leader, divergences.laggard, divergences.threshold, divergences.start_date) as number,
        divergences.leader,
        divergences.laggard,
        divergences.threshold,
        divergences.start_date,
        divergences.start_known_at,
        divergences.history_start,
        coalesce(divergences.start_date - lag(divergences.start_date) over by_start > rules.apart_days, true) as is_in_study
    from mart.divergences as divergences
    cross join rules
    window by_start as (
        partition by divergences.leader, divergences.laggard, divergences.threshold order by divergences.start_date
    )
),
tradable_days as (
    select
        events.number,
        events.laggard,
        events.start_known_at,
        unnest(
            generate_series(events.start_date + 1, events.start_known_at::date + rules.patience_days, interval 1 day)
        )::date as session_date
    from events
    cross join rules
),
entries as (
    select
        days.number,
        arg_min(prices, prices.session_date) as entry
    from tradable_days as days
    inner join prices
        on days.laggard = prices.series_id and days.session_date = prices.session_date and days.start_known_at < prices.known_at
    group by days.number
),
entered as (
    select
        events.*,
        entries.entry,
        leader_entry.close as leader_entry_close,
        leader_entry.known_at as leader_entry_known_at,
        laggard_then.close / start.record_before as ratio_before
    from events
    left join entries on events.number = entries.number
    left join prices as start on events.leader = start.series_id and events.start_date = start.session_date
    left join closes as leader_entry
        on events.leader = leader_entry.series_id and entries.entry.session_date = leader_entry.calendar_date
    left join closes as laggard_then
        on events.laggard = laggard_then.series_id and start.record_date_before = laggard_then.calendar_date
),
watched_days as (
    select
        entered.number,
        entered.leader,
        entered.laggard,
        entered.ratio_before,
        unnest(
            generate_series(entered.entry.session_date, entered.entry.session_date + rules.watched_days, interval 1 day)
        )::date as session_date
    from entered
    cross join rules
    where entered.ratio_before is not null
),
regained as (
    select
        days.number,
        min(days.session_date) as session_date,
        arg_min(greatest(ahead.known_at, behind.known_at), days.session_date) as known_at
    from watched_days as days
    inner join prices as ahead on days.leader = ahead.series_id and days.session_date = ahead.session_date
    inner join prices as behind on days.laggard = behind.series_id and days.session_date = behind.session_date
    where behind.close / ahead.close >= days.ratio_before
    group by days.number
)
select
    entered.leader,
    entered.laggard,
    entered.threshold,
    entered.start_date,
    entered.start_known_at,
    entered.history_start,
    entered.entry.session_date as entry_date,
    entered.entry.close as entry_close,
    entered.leader_entry_close,
    entered.entry.next_record_date as new_record_date,
    entered.ratio_before,
    regained.session_date as ratio_regained_date,
    entered.is_in_study,
    greatest(
        entered.start_known_at,
        entered.entry.known_at,
        entered.leader_entry_known_at,
        coalesce(new_record.known_at, newest.known_at),
        -- That the ratio was not regained is known once its time is over.
        case when entered.ratio_before is not null then coalesce(regained.known_at, watched.known_at, newest.known_at) end
    ) as known_at
from entered
cross join rules
inner join newest on entered.laggard = newest.series_id
left join prices as new_record on entered.laggard = new_record.series_id and entered.entry.next_record_date = new_record.session_date
left join regained on entered.number = regained.number
left join closes as watched
    on entered.laggard = watched.series_id and entered.entry.session_date + rules.watched_days = watched.calendar_date
order by entered.leader, entered.laggard, entered.threshold, entered.start_date
