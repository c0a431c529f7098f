/*
description = "What the Fed did to liquidity, one row an event: decisions, plans, operations, settlements, rates, facilities, swings of repo, turning points. Reads as a story by event_at."
grain = ["event_id"]

[columns]
event_id = "Name of the event: kind and key; of what the timeline takes over, the same there."
event_at = "When it happened, UTC: see mart.policy_actions and mart.desk_actions."
effective_date = "Day from which it matters: a range applies, reserves move, a period begins."
type = "Of mart.policy_actions or mart.desk_actions, or TURNING_POINT (of net liquidity), REPO_SWING (repo moves the Fed's assets by 10 billion or more in a week)."
title = "What was decided, said or done, in our words."
status = "planned, executed, amended or cancelled."
amount_usd_bn = "The event's own amount: announced by a plan, accepted in an operation, settled or lent on a day; null where it has none."
planned_usd_bn = "Reserve management purchases announced: for the cycles of a plan so far, or for the cycle of a bill purchase."
executed_usd_bn = "Bills bought, reinvestment included: in the cycles of a plan so far, or in the cycle up to and with this purchase."
net_liquidity_before_usd_bn = "Net liquidity (Wednesday levels) of the last Wednesday before effective_date."
net_liquidity_after_usd_bn = "Net liquidity (Wednesday levels) of the first Wednesday on or after effective_date; null until it is known."
rests_on = "Series, operation or table the event is read from."
source_url = "Where it stands; of an operation, where it is asked for."

[rests_on]
"mart.desk_actions" = "up.event_id = row.event_id"
"mart.net_liquidity" = "up.definition = 'wednesday' and up.date between row.effective_date - 7 and row.effective_date + 6"
"mart.policy_actions" = "up.event_id = row.event_id"
"mart.rate_pressure" = "row.event_id = 'repo_swing ' || up.date"
"mart.turning_points" = "row.event_id = 'turning_point ' || up.date"

[checks]
type_is_said = "type is not null and title is not null"
status_is_known = "status in ('planned', 'executed', 'amended', 'cancelled')"
amount_is_not_negative = "amount_usd_bn is null or amount_usd_bn >= 0"
a_turning_point_was_known_after_it_happened = "type <> 'TURNING_POINT' or known_at > event_at"
it_says_where_it_stands = "source_url like 'https://%'"
*/
with limits as (
    -- Repo that moves the Fed's assets by 10 billion in a week is told. The Wednesdays around an event lie within a week of it.
    select
        10.0 as repo_usd_bn,
        7 as days_apart
),
levels as (
    select
        date,
        net_liquidity_usd_bn,
        known_at
    from mart.net_liquidity
    where definition = 'wednesday'
),
turns as (
    select
        'turning_point ' || date as event_id,
        timezone('America/New_York', date + time '23:59') as event_at,
        date as effective_date,
        'TURNING_POINT' as type,
        'executed' as status,
        format(
            'Net liquidity turns {} {:,.1f} bn, {} of nine Wednesdays',
            case turn when 'peak' then 'down from' else 'up from' end,
            net_liquidity_usd_bn,
            case turn when 'peak' then 'the highest' else 'the lowest' end
        ) as title,
        'turning_points' as rests_on,
        'https://fred.stlouisfed.org/series/WALCL' as source_url,
        known_at
    from mart.turning_points
),
swings as (
    select
        'repo_swing ' || pressure.date as event_id,
        timezone('America/New_York', pressure.date + time '23:59') as event_at,
        pressure.date as effective_date,
        'REPO_SWING' as type,
        'executed' as status,
        format(
            'Fed assets {:+.1f} bn in the week, {:+.1f} bn without the repo that was lent and falls due',
            pressure.fed_assets_change_usd_bn,
            pressure.fed_assets_change_without_repo_usd_bn
        ) as title,
        'rate_pressure' as rests_on,
        'https://fred.stlouisfed.org/series/WALCL' as source_url,
        pressure.known_at
    from mart.rate_pressure as pressure
    cross join limits
    where abs(pressure.fed_assets_change_usd_bn - pressure.fed_assets_change_without_repo_usd_bn) >= limits.repo_usd_bn
),
events as (
    select * from mart.policy_actions
    union all by name
    select * from mart.desk_actions
    union all by name
    select * from turns
    union all by name
    select * from swings
)
select
    events.event_id,
    events.event_at,
    events.effective_date,
    events.type,
    events.title,
    events.status,
    events.amount_usd_bn,
    events.planned_usd_bn,
    events.executed_usd_bn,
    case
        when events.effective_date - earlier.date <= limits.days_apart then earlier.net_liquidity_usd_bn
    end as net_liquidity_before_usd_bn,
    case
        when later.date - events.effective_date < limits.days_apart then later.net_liquidity_usd_bn
    end as net_liquidity_after_usd_bn,
    events.rests_on,
    events.source_url,
    events.known_at
from events
cross join limits
asof left join levels as earlier on events.effective_date > earlier.date
asof left join levels as later on events.effective_date <= later.date
order by events.event_at, events.event_id
