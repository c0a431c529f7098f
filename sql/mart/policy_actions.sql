/*
description = "What the Fed decided and said, one row an action: decisions on the range, administered rates, purchase plans, and what else is cited. What the Desk did of it is mart.desk_actions."
grain = ["event_id"]

[columns]
event_id = "Name of the action: fomc, plan, rate or note, and the key of its row."
event_at = "When it was decided or said, UTC; where only the day is known, the end of that day in New York."
effective_date = "Day from which it matters: a range or rate applies, a period begins; of a plan for a period already begun, the day it was said."
type = "FOMC_DECISION, FOMC_MEETING (ahead, or cancelled), PURCHASE_PLAN, ADMIN_RATE, or what core.policy_events says."
title = "What was decided or said, in our words."
status = "planned, executed, amended (a later plan took its place) or cancelled."
amount_usd_bn = "Amount a plan names for one monthly cycle; null where none was named."
planned_usd_bn = "Reserve management purchases a plan means for its cycles so far; null where it names no amount."
executed_usd_bn = "Bills bought in the cycles of a plan so far, reinvestment included."
rests_on = "Series or table the action is read from."

[rests_on]
"core.desk_plans" = "row.event_id = 'plan ' || up.plan_id"
"core.fomc_meetings" = '''
row.event_id = 'fomc ' || up.decision_date
or (row.type = 'ADMIN_RATE' and up.effective_date = row.effective_date and up.upper_percent is not null)
'''
"core.observations" = "row.type = 'ADMIN_RATE' and up.series_id = row.rests_on and up.date between row.effective_date - 7 and row.effective_date"
"core.policy_events" = "row.event_id = 'note ' || up.event_id"
"core.series" = "row.type = 'ADMIN_RATE' and up.series_id = row.rests_on"
"mart.bill_purchases" = '''
row.type = 'PURCHASE_PLAN' and row.executed_usd_bn is not null and exists (
    select 1 from core.desk_plans as p
    where row.event_id = 'plan ' || p.plan_id and up.cycle_start between p.period_start and coalesce(p.period_end, up.cycle_start)
)
'''

[checks]
type_and_title_are_said = "type is not null and title is not null"
an_action_has_its_day = "event_at is not null and effective_date is not null"
only_a_plan_is_executed_over_cycles = "executed_usd_bn is null or type = 'PURCHASE_PLAN'"
*/
with decisions as (
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
            when cancelled_at is not null then 'Meeting of the Committee, cancelled'
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
        greatest(plans.period_start, plans.announced_on) as effective_date,
        'PURCHASE_PLAN' as type,
        case when any_value(plans.is_current) then 'planned' else 'amended' end as status,
        any_value(plans.title) as title,
        any_value(plans.monthly_amount_usd_bn) as amount_usd_bn,
        any_value(plans.monthly_amount_usd_bn) * greatest(count(cycles.cycle_start), 1) as planned_usd_bn,
        cast(sum(cast(cycles.executed_usd_bn as decimal(18, 9))) as double) as executed_usd_bn,
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
    group by plans.plan_id, plans.known_at, plans.period_start, plans.announced_on
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
        coalesce(meetings.source_url, 'https://fred.stlouisfed.org/series/' || catalog.symbol) as source_url,
        administered.known_at
    from administered
    inner join core.series as catalog on administered.series_id = catalog.series_id
    left join core.fomc_meetings as meetings on administered.date = meetings.effective_date and meetings.upper_percent is not null
    where administered.change <> 0
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
actions as (
    select * from decisions
    union all by name
    select * from plans
    union all by name
    select * from rates
    union all by name
    select * from others
)
select
    event_id,
    event_at,
    effective_date,
    type,
    title,
    status,
    amount_usd_bn,
    planned_usd_bn,
    executed_usd_bn,
    rests_on,
    source_url,
    known_at
from actions
order by event_at, event_id
