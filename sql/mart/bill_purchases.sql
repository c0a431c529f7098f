/*
description = "The Desk's bill purchases by monthly cycle: planned, executed, settled. The Desk does not say which purchase manages reserves and which reinvests."
grain = ["cycle_start"]

[columns]
cycle_start = "First day of the cycle: the bank day after the schedule came out on the ninth business day of the month."
cycle_end = "Last day of the cycle: the day the next schedule comes out."
n_operations = "Bill purchases with results in the cycle, small-value exercises left out."
n_small_value = "Small-value exercises in bills in the cycle, in no total."
n_quarantined = "Bill purchases of the cycle that are quarantined (core.held_back): their amounts are not known, and all totals are too small by them."
first_operation_date = "Day of the cycle's first purchase."
last_operation_date = "Day of the cycle's last purchase so far."
planned_usd_bn = "Reserve management purchases announced for the cycle; null where no amount is in our sources."
split = "Where reinvestment_usd_bn comes from: published, inferred (executed less planned, once the cycle is over and no purchase is quarantined), or unknown. Never from the operations: they do not say."
executed_usd_bn = "Accepted in the cycle's purchases: reserve management and reinvestment together."
settled_usd_bn = "Of it, settled by the newest day an operation is known from."
cumulative_usd_bn = "Executed since the first cycle."
reinvestment_usd_bn = "Reinvestment of agency principal in the cycle: see split."
is_complete = "Whether operations are known from days after the cycle."

[rests_on]
"core.desk_plans" = "up.is_current and row.cycle_start between up.period_start and coalesce(up.period_end, row.cycle_start)"
"core.fed_operations" = '''
(
    up.family = 'treasury' and up.direction = 'purchase' and up.status in ('results', 'quarantined') and up.operation_type ilike '%bill%'
    and up.operation_date <= coalesce(row.cycle_end, up.operation_date)
    and up.operation_date >= (select min(p.period_start) from core.desk_plans as p)
)
-- How far operations are known: the first one known after the cycle has settled; the newest while none is.
or up.known_at = coalesce(
    (
        select min(o.known_at) from core.fed_operations as o
        where
            row.cycle_end is not null
            and cast(timezone('America/New_York', o.known_at) as date) > greatest(row.cycle_end, row.last_operation_date + 7)
    ),
    (select max(o.known_at) from core.fed_operations as o)
)
'''

[context]
"core.sessions" = "Business days of the Reserve Banks, from which the cycles are counted."

[checks]
settled_is_not_above_executed = "settled_usd_bn <= executed_usd_bn"
cycle_is_in_order = "cycle_end is null or cycle_end > cycle_start"
split_is_said = "(split = 'unknown') = (reinvestment_usd_bn is null)"
operations_lie_in_their_cycle = "n_operations = 0 or (first_operation_date >= cycle_start and (cycle_end is null or last_operation_date <= cycle_end))"
*/
with rule as (
    -- "On or around the ninth business day of each month" (newyorkfed.org/markets/opolicy/operating_policy_251029).
    select 9 as business_day
),
known as (
    select max(cast(timezone('America/New_York', known_at) as date)) as through
    from core.fed_operations
),
business_days as (
    select
        session_date,
        row_number() over (partition by date_trunc('month', session_date) order by session_date) as place
    from core.sessions
    where calendar = 'FED'
),
months as (
    select
        min(business_days.session_date) filter (where business_days.place = rule.business_day) as announced_on,
        min(business_days.session_date) filter (where business_days.place = rule.business_day + 1) as cycle_start
    from business_days
    cross join rule
    group by date_trunc('month', business_days.session_date)
),
cycles as (
    select
        cycle_start,
        lead(announced_on) over (order by announced_on) as cycle_end
    from months
),
purchases as (
    select
        operation_date,
        settlement_date,
        cast(accepted_usd_bn as decimal(18, 9)) as accepted_usd_bn, -- exact: the order of addition must not show
        is_small_value,
        status = 'quarantined' as is_quarantined,
        known_at
    from core.fed_operations
    where family = 'treasury' and direction = 'purchase' and status in ('results', 'quarantined') and operation_type ilike '%bill%'
),
executed as (
    select
        cycles.cycle_start,
        any_value(cycles.cycle_end) as cycle_end,
        count(*) filter (where not purchases.is_small_value and not purchases.is_quarantined) as n_operations,
        count(*) filter (where purchases.is_small_value) as n_small_value,
        count(*) filter (where purchases.is_quarantined) as n_quarantined,
        min(purchases.operation_date) filter (where not purchases.is_small_value and not purchases.is_quarantined) as first_operation_date,
        max(purchases.operation_date) filter (where not purchases.is_small_value and not purchases.is_quarantined) as last_operation_date,
        cast(coalesce(sum(purchases.accepted_usd_bn) filter (where not purchases.is_small_value), 0) as double) as executed_usd_bn,
        cast(coalesce(
            sum(purchases.accepted_usd_bn) filter (where not purchases.is_small_value and purchases.settlement_date <= known.through), 0
        ) as double) as settled_usd_bn,
        coalesce(any_value(cycles.cycle_end) < any_value(known.through), false) as is_complete,
        max(purchases.known_at) as known_at
    from cycles
    cross join known
    left join purchases
        on cycles.cycle_start <= purchases.operation_date and coalesce(cycles.cycle_end, known.through) >= purchases.operation_date
    where cycles.cycle_start <= known.through and cycles.cycle_start >= (select min(plans.period_start) from core.desk_plans as plans)
    group by cycles.cycle_start
),
planned as (
    -- The newest word on a cycle counts; an open-ended plan without an amount does not erase one with an amount.
    select
        executed.cycle_start,
        arg_max(plans.monthly_amount_usd_bn, plans.known_at) filter (
            where plans.kind = 'reserve_management' and plans.monthly_amount_usd_bn is not null
        ) as planned_usd_bn,
        arg_max(plans.reinvestment_usd_bn, plans.known_at) filter (where plans.reinvestment_usd_bn is not null) as reinvestment_usd_bn,
        max(plans.known_at) as known_at
    from executed
    left join core.desk_plans as plans
        on
            plans.is_current
            and executed.cycle_start >= plans.period_start
            and executed.cycle_start <= coalesce(plans.period_end, executed.cycle_start)
    group by executed.cycle_start
)
select
    executed.cycle_start,
    executed.cycle_end,
    executed.n_operations,
    executed.n_small_value,
    executed.n_quarantined,
    executed.first_operation_date,
    executed.last_operation_date,
    planned.planned_usd_bn,
    coalesce(
        planned.reinvestment_usd_bn,
        case when executed.is_complete and executed.n_quarantined = 0 then executed.executed_usd_bn - planned.planned_usd_bn end
    ) as reinvestment_usd_bn,
    case
        when planned.reinvestment_usd_bn is not null then 'published'
        when executed.is_complete and executed.n_quarantined = 0 and planned.planned_usd_bn is not null then 'inferred'
        else 'unknown'
    end as split,
    executed.executed_usd_bn,
    executed.settled_usd_bn,
    cast(sum(cast(executed.executed_usd_bn as decimal(18, 9))) over (order by executed.cycle_start) as double) as cumulative_usd_bn,
    executed.is_complete,
    greatest(executed.known_at, planned.known_at) as known_at
from executed
inner join planned on executed.cycle_start = planned.cycle_start
order by executed.cycle_start
