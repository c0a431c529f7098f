/*
description = "What the Fed did to liquidity, one row an event: decisions, plans, operations, settlements, rates, facilities, turning points. Reads as a story by event_at."
grain = ["event_id"]

[columns]
type = "FOMC_DECISION, FOMC_MEETING (ahead), PURCHASE_PLAN, OP_SCHEDULED, OP_RESULT, OP_CANCELLED, SMALL_VALUE_TEST, SETTLEMENT, STANDING_REPO, ADMIN_RATE, TURNING_POINT, or what core.policy_events says."
effective_date = "Day from which it matters: a range applies, reserves move, a period begins."
status = "planned, executed, amended (a later plan took its place) or cancelled."
amount_usd_bn = "The event's own amount: announced by a plan, accepted in an operation, settled on a day."
planned_usd_bn = "Reserve management purchases announced: for the cycles of a plan so far, or for the cycle of a bill purchase."
executed_usd_bn = "Bills bought, reinvestment included: in the cycles of a plan so far, or in the cycle up to and with this purchase."
net_liquidity_before_usd_bn = "Net liquidity (Wednesday levels) of the last Wednesday before effective_date."
net_liquidity_after_usd_bn = "Net liquidity (Wednesday levels) of the first Wednesday on or after effective_date; null until it is known."
rests_on = "Series, operation or table the event is read from."

[checks]
type_is_said = "type is not null and title is not null"
status_is_known = "status in ('planned', 'executed', 'amended', 'cancelled')"
amount_is_not_negative = "amount_usd_bn is null or amount_usd_bn >= 0"
a_turning_point_was_known_after_it_happened = "type <> 'TURNING_POINT' or known_at > event_at"
*/
with limits as (
    -- Standing repo below 10 billion is a day like any other. The Wednesdays before and after an event lie within a week of it.
    select
        10.0 as repo_usd_bn,
        7 as days_apart
),
known as (
    select max(cast(timezone('America/New_York', known_at) as date)) as through
    from core.fed_operations
),
levels as (
    select
        date,
        net_liquidity_usd_bn,
        known_at
    from mart.net_liquidity
    where definition = 'wednesday'
),
decisions as (
    select
        'fomc ' || decision_date as event_id,
        decision_at as event_at,
        effective_date,
        case when upper_percent is null then 'FOMC_MEETING' else 'FOMC_DECISION' end as type,
        case
            when cancelled_at is not null then 'cancelled'
            when upper_percent is null then 'planned'
            else 'executed'
        end as status,
        case
            when cancelled_at is not null then 'Meeting cancelled'
            when upper_percent is null then 'Meeting of the Committee'
            else format(
                'Target range {} {:.2f}-{:.2f} percent',
                case
                    when change_bp > 0 then format('raised by {:.0f} bp to', change_bp)
                    when change_bp < 0 then format('lowered by {:.0f} bp to', -change_bp)
                    else 'kept at'
                end,
                lower_percent,
                upper_percent
            )
        end || case when scheduled then '' else ', at an unscheduled meeting' end as title,
        'fomc_meetings' as rests_on,
        source_url,
        known_at
    from core.fomc_meetings
),
plans as (
    select
        'plan ' || plans.plan_id as event_id,
        plans.known_at as event_at,
        plans.period_start as effective_date,
        'PURCHASE_PLAN' as type,
        case when any_value(plans.is_current) then 'planned' else 'amended' end as status,
        any_value(plans.summary) as title,
        any_value(plans.monthly_amount_usd_bn) as amount_usd_bn,
        any_value(plans.monthly_amount_usd_bn) * greatest(count(cycles.cycle_start), 1) as planned_usd_bn,
        sum(cycles.executed_usd_bn) as executed_usd_bn,
        'desk_plans' as rests_on,
        any_value(plans.source_url) as source_url,
        plans.known_at
    from core.desk_plans as plans
    left join mart.bill_purchases as cycles
        on
            plans.kind = 'reserve_management'
            and plans.is_current
            and plans.period_start <= cycles.cycle_start
            and coalesce(plans.period_end, cycles.cycle_start) >= cycles.cycle_start
    group by plans.plan_id, plans.known_at, plans.period_start
),
outright as (
    select
        *,
        operation_type ilike '%bill%' and direction = 'purchase' and status = 'results' and not is_small_value as is_bill_purchase
    from core.fed_operations
    where family in ('treasury', 'agency')
),
operations as (
    select
        'operation ' || outright.family || ' ' || outright.operation_id as event_id,
        timezone('America/New_York', outright.operation_date + coalesce(try_cast(outright.close_time as time), time '11:30')) as event_at,
        coalesce(outright.settlement_date, outright.operation_date) as effective_date,
        case
            when outright.status = 'announced' then 'OP_SCHEDULED'
            when outright.status = 'cancelled' then 'OP_CANCELLED'
            when outright.is_small_value then 'SMALL_VALUE_TEST'
            else 'OP_RESULT'
        end as type,
        case outright.status when 'announced' then 'planned' when 'cancelled' then 'cancelled' else 'executed' end as status,
        case
            when outright.status = 'results'
                then format(
                    '{}{}: {:.3f} of {:.3f} billion accepted, settles {}',
                    outright.operation_type,
                    case when outright.is_small_value then ' (small-value exercise)' else '' end,
                    outright.accepted_usd_bn,
                    outright.submitted_usd_bn,
                    outright.settlement_date
                )
            else outright.operation_type || ' ' || outright.status
        end as title,
        outright.accepted_usd_bn as amount_usd_bn,
        case when outright.is_bill_purchase then cycles.planned_usd_bn end as planned_usd_bn,
        case
            when outright.is_bill_purchase and cycles.cycle_start is not null
                then sum(case when outright.is_bill_purchase then outright.accepted_usd_bn else 0 end) over (
                    partition by cycles.cycle_start order by outright.operation_date, outright.operation_id
                )
        end as executed_usd_bn,
        outright.family || ' ' || outright.operation_id as rests_on,
        'https://markets.newyorkfed.org/static/docs/markets-api.html' as source_url,
        outright.known_at
    from outright
    left join mart.bill_purchases as cycles
        on outright.operation_date >= cycles.cycle_start and outright.operation_date <= coalesce(cycles.cycle_end, outright.operation_date)
),
settlements as (
    select
        'settlement ' || outright.family || ' ' || outright.settlement_date || ' ' || outright.direction as event_id,
        timezone('America/New_York', outright.settlement_date + time '09:00') as event_at,
        outright.settlement_date as effective_date,
        'SETTLEMENT' as type,
        case when outright.settlement_date <= any_value(known.through) then 'executed' else 'planned' end as status,
        format(
            '{} {} of {:.3f} billion settle: reserves move',
            upper(outright.family[1]) || outright.family[2:],
            outright.direction || 's',
            sum(outright.accepted_usd_bn)
        ) as title,
        sum(outright.accepted_usd_bn) as amount_usd_bn,
        string_agg(outright.operation_id, ', ' order by outright.operation_id) as rests_on,
        'https://markets.newyorkfed.org/static/docs/markets-api.html' as source_url,
        max(outright.known_at) as known_at
    from outright
    cross join known
    where outright.status = 'results' and not outright.is_small_value and outright.settlement_date is not null
    group by outright.family, outright.settlement_date, outright.direction
),
repo_days as (
    select
        'standing_repo ' || repo.operation_date as event_id,
        timezone('America/New_York', repo.operation_date + coalesce(max(try_cast(repo.close_time as time)), time '13:45')) as event_at,
        repo.operation_date as effective_date,
        'STANDING_REPO' as type,
        'executed' as status,
        format('Repo of {:.3f} billion taken up', sum(repo.accepted_usd_bn)) as title,
        sum(repo.accepted_usd_bn) as amount_usd_bn,
        string_agg(repo.operation_id, ', ' order by repo.operation_id) as rests_on,
        'https://markets.newyorkfed.org/static/docs/markets-api.html' as source_url,
        max(repo.known_at) as known_at
    from core.fed_operations as repo
    cross join limits
    where repo.family = 'repo' and repo.direction = 'repo' and repo.status = 'results' and not repo.is_small_value
    group by repo.operation_date, limits.repo_usd_bn
    having sum(repo.accepted_usd_bn) >= limits.repo_usd_bn
),
administered as (
    select
        series_id,
        date,
        value,
        value - lag(value) over (partition by series_id order by date) as change,
        known_at
    from core.observations
    where series_id in ('iorb', 'on_rrp_rate') and value is not null
),
rates as (
    select
        'rate ' || administered.series_id || ' ' || administered.date as event_id,
        coalesce(meetings.decision_at, timezone('America/New_York', cast(administered.date as timestamp))) as event_at,
        administered.date as effective_date,
        'ADMIN_RATE' as type,
        'executed' as status,
        format(
            '{} {} to {:.2f} percent from {}',
            case administered.series_id when 'iorb' then 'Interest on reserves' else 'Overnight reverse repo rate' end,
            case when administered.change > 0 then 'raised' else 'lowered' end,
            administered.value,
            administered.date
        ) as title,
        administered.series_id as rests_on,
        meetings.source_url,
        administered.known_at
    from administered
    left join core.fomc_meetings as meetings on administered.date = meetings.effective_date and meetings.upper_percent is not null
    where administered.change <> 0
),
turns as (
    select
        'turning_point ' || date as event_id,
        timezone('America/New_York', date + time '23:59') as event_at,
        date as effective_date,
        'TURNING_POINT' as type,
        'executed' as status,
        format('Net liquidity: {} of {:,.1f} billion', turn, net_liquidity_usd_bn) as title,
        'turning_points' as rests_on,
        known_at
    from mart.turning_points
),
others as (
    select
        'note ' || event_id as event_id,
        event_at,
        effective_date,
        type,
        status,
        title,
        amount_usd_bn,
        'policy_events' as rests_on,
        source_url,
        known_at
    from core.policy_events
),
events as (
    select * from decisions
    union all by name
    select * from plans
    union all by name
    select * from operations
    union all by name
    select * from settlements
    union all by name
    select * from repo_days
    union all by name
    select * from rates
    union all by name
    select * from turns
    union all by name
    select * from others
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
