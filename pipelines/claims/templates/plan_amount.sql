/*
description = "The Desk plans a printed amount (USD bn); or, with no number printed, such a plan covers the day."
refuted_by = "The amount belongs to another period or no plan of that kind covers the day."
example = '{ kind = "reserve_management", on = 2025-12-12 } with claimed_value = 40 and claimed_decimals = 0'
prints_a_number = "optional"
series = ["treasury_outright_operations"]
rests_on = """
select 'core.desk_plans' as what, plan_id as series_id, announced_on as date, monthly_amount_usd_bn as value, known_at,
    source_url as capture_id
from core.desk_plans where kind = $kind
"""

[parameters.kind]
type = "text"
meaning = "What the purchases are for."
choices = ["reserve_management", "reinvestment"]
[parameters.on]
type = "date"
meaning = "A day of the plan."
*/
with plan as (
    select *
    from core.desk_plans
    where kind = $kind and period_start <= $on and coalesce(period_end >= $on, true)
    order by announced_on desc
    limit 1
),
bought as (
    select
        sum(executed_usd_bn::decimal(18, 9))::double as usd_bn, -- exact: the order of addition must not show
        max(last_operation_date) as until
    from mart.bill_purchases
    where cycle_start >= (select period_start from plan)
),
told as (
    select
        1 as place,
        'what the plan of that day says it buys in its month' as definition_id,
        case
            when $claimed_value is null then plan.plan_id is not null
            else rounds_to(plan.monthly_amount_usd_bn, $claimed_value, $claimed_decimals)
        end as holds,
        plan.monthly_amount_usd_bn as observed_value,
        coalesce(
            plan.plan_id || ', from ' || plan.period_start || coalesce(' to ' || plan.period_end, ', open')
            || coalesce(printf(', %.0f bn a month', plan.monthly_amount_usd_bn), ', no amount named'),
            'no such plan is known'
        ) as observed_text,
        'test' as kind
    from (select 1 as one) as always
    left join plan on true
    union all
    select
        2 as place,
        'the programme: all bills bought since' as definition_id,
        rounds_to(usd_bn, $claimed_value, $claimed_decimals) as holds,
        usd_bn,
        printf('%.3f bn by ', usd_bn) || until as observed_text,
        'test' as kind
    from bought
    where $claimed_value is not null and usd_bn is not null
    union all
    select
        3 as place,
        'the share of a single operation' as definition_id,
        null as holds,
        null as observed_value,
        'the Desk does not publish how an operation splits' as observed_text,
        'not_testable' as kind
    where $claimed_value is null
)
select
    place,
    definition_id,
    holds,
    observed_value,
    observed_text,
    null::timestamptz as resolves_at,
    kind
from told
order by place
