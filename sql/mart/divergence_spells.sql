/*
description = "Stretches in which one series makes records (the leader) while another stands well below its own (the laggard): every ordered pair of index, metal and crypto series whose history reaches back far enough to call a high a record, each of the two on closes and on highs, on the grid of NYSE sessions. A divergence begins on a session with a record of the leader and the laggard at least the threshold below its own; it is over once the laggard stands less than half the threshold below, or the leader more than 5 % below its own record. What stands on closes on both sides is mart.divergences."
grain = ["leader", "laggard", "leader_basis", "laggard_basis", "threshold", "start_date"]

[columns]
leader = "The series at its record."
laggard = "The series below its record."
leader_basis = "What is a record of the leader, and what its distance is taken from: close (the record close) or intraday (the record high)."
laggard_basis = "What the distance of the laggard's close is taken from: close (its record close) or intraday (its record high, as the press quotes it)."
threshold = "How far below its record the laggard must stand for the divergence to begin, as a fraction."
start_date = "First session of the divergence."
end_date = "Last session of the divergence; null while it lasts."
last_signal_date = "Last session of the divergence so far on which the leader made a record with the laggard at least the threshold below."
status = "open, or closed."
ended_by = "laggard recovered, or leader fell; null while it lasts."
max_gap = "The widest the two came apart: drawdown of the leader less drawdown of the laggard."
sessions_diverged = "NYSE sessions of the divergence so far on which both have a price."
previous_end_date = "Last session of the divergence before; null: none since history_start (never: none ever)."
days_since_previous = "Calendar days from previous_end_date to start_date."
history_start = "First session by which both series have a price: what came before is not known."
start_known_at = "When the later of the two prices of start_date could first be known (UTC)."

[rests_on]
"mart.drawdowns" = '''
up.series_id in (row.leader, row.laggard)
-- The close that ended it is one of the days after end_date.
and up.session_date <= coalesce(row.end_date + 7, up.session_date)
'''

[context]
"core.series" = "Which series take part."
"core.session_days" = "The grid: to which session of New York a day belongs."

[checks]
dates_in_order = "end_date is null or start_date <= end_date"
open_has_no_end = "(status = 'open') = (end_date is null)"
divergences_do_not_overlap = "previous_end_date is null or previous_end_date < start_date"
gap_is_what_the_rules_allow = "max_gap > threshold - 0.0501"
begins_inside_the_history = "start_date >= history_start"
*/
with rules as (
    -- Entry at 10, 15, 20 and 25 %; exit at half of it (20 % and 10 % in domain 2.7), or when the leader has lost 5 %.
    select
        unnest([0.10::double, 0.15::double, 0.20::double, 0.25::double]) as threshold,
        0.5::double as exit_share,
        -0.05::double as leader_floor
),
prices as (
    select
        series_id,
        session_date,
        known_at,
        max(session_date) over (partition by series_id) as last_date,
        unnest(['close', 'intraday']) as basis,
        unnest([is_record_close, is_record_high]) as is_record,
        unnest([drawdown, drawdown_from_intraday_peak]) as drawdown
    from mart.drawdowns as drawdowns
    semi join core.series as members on drawdowns.series_id = members.series_id and members.is_compared
),
rolled as (
    -- A session counts once the series itself has come that far.
    select
        prices.series_id,
        prices.basis,
        calendar_days.session_date,
        bool_or(coalesce(prices.is_record, false)) as is_record,
        arg_max(prices.drawdown, prices.session_date) as drawdown,
        max(prices.known_at) as known_at
    from prices
    inner join core.session_days as calendar_days on prices.session_date = calendar_days.calendar_date
    where calendar_days.session_date <= prices.last_date
    group by prices.series_id, prices.basis, calendar_days.session_date
),
leaders as (
    select
        rolled.*,
        rules.leader_floor,
        min(rolled.session_date) filter (where rolled.drawdown < rules.leader_floor) over later as next_fall,
        min(rolled.session_date) over (partition by rolled.series_id) as first_date
    from rolled
    cross join (select distinct leader_floor from rules) as rules
    window later as (
        partition by rolled.series_id, rolled.basis order by rolled.session_date rows between 1 following and unbounded following
    )
),
laggards as (
    select
        rolled.*,
        rules.threshold,
        rules.exit_share,
        min(rolled.session_date) filter (where rolled.drawdown > -rules.exit_share * rules.threshold) over later as next_recovery,
        min(rolled.session_date) over (partition by rolled.series_id) as first_date
    from rolled
    cross join rules
    window later as (
        partition by rolled.series_id, rolled.basis, rules.threshold order by rolled.session_date
        rows between 1 following and unbounded following
    )
),
days as (
    -- Every session that ends nothing, with the session that will: all those with the same end are one candidate.
    select
        leaders.series_id as leader,
        laggards.series_id as laggard,
        leaders.basis as leader_basis,
        laggards.basis as laggard_basis,
        laggards.threshold,
        leaders.session_date,
        leaders.is_record and laggards.drawdown <= -laggards.threshold as is_signal,
        leaders.drawdown - laggards.drawdown as gap,
        least(leaders.next_fall, laggards.next_recovery) as exit_date,
        coalesce(laggards.next_recovery <= leaders.next_fall, laggards.next_recovery is not null) as is_recovery,
        greatest(leaders.known_at, laggards.known_at) as known_at,
        greatest(leaders.first_date, laggards.first_date) as history_start
    from leaders
    inner join laggards on leaders.session_date = laggards.session_date and leaders.series_id <> laggards.series_id
    where leaders.drawdown >= leaders.leader_floor and laggards.drawdown <= -laggards.exit_share * laggards.threshold
),
beginnings as (
    select
        leader,
        laggard,
        leader_basis,
        laggard_basis,
        threshold,
        exit_date,
        any_value(history_start) as history_start,
        min(session_date) as start_date,
        max(session_date) as last_signal_date,
        arg_min(known_at, session_date) as start_known_at
    from days
    where is_signal
    group by leader, laggard, leader_basis, laggard_basis, threshold, exit_date
),
stretches as (
    select
        beginnings.*,
        max(days.session_date) as last_date,
        bool_or(days.is_recovery) as is_recovery,
        max(days.gap) as max_gap,
        max(days.known_at) as last_known_at,
        count(*) as sessions_diverged
    from beginnings
    inner join days
        on
            beginnings.leader = days.leader
            and beginnings.laggard = days.laggard
            and beginnings.leader_basis = days.leader_basis
            and beginnings.laggard_basis = days.laggard_basis
            and beginnings.threshold = days.threshold
            and beginnings.exit_date is not distinct from days.exit_date
            and beginnings.start_date <= days.session_date
    group by all
)
select
    stretches.leader,
    stretches.laggard,
    stretches.leader_basis,
    stretches.laggard_basis,
    stretches.threshold,
    stretches.start_date,
    case when stretches.exit_date is not null then stretches.last_date end as end_date,
    stretches.last_signal_date,
    case when stretches.exit_date is null then 'open' else 'closed' end as status,
    case when stretches.exit_date is not null then case when stretches.is_recovery then 'laggard recovered' else 'leader fell' end end
        as ended_by,
    stretches.max_gap,
    stretches.sessions_diverged,
    lag(stretches.last_date) over by_start as previous_end_date,
    stretches.start_date - previous_end_date as days_since_previous,
    stretches.history_start,
    stretches.start_known_at,
    greatest(stretches.last_known_at, ends.known_at) as known_at
from stretches
left join rolled as ends
    on
        stretches.exit_date = ends.session_date
        and case when stretches.is_recovery then stretches.laggard else stretches.leader end = ends.series_id
        and ends.basis = 'close'
window
    by_start as (
        partition by stretches.leader, stretches.laggard, stretches.leader_basis, stretches.laggard_basis, stretches.threshold
        order by stretches.start_date
    )
order by
    stretches.leader, stretches.laggard, stretches.leader_basis, stretches.laggard_basis, stretches.threshold, stretches.start_date
