/*
description = "A purchase programme lasts until a day."
refuted_by = "Its pace falls on another day, or purchases go on after it."
example = '{ operation_type = "Outright Bill Purchase", start = 2025-12-12, until = 2026-04-30 }'
prints_a_number = "never"
series = ["treasury_outright_operations"]
rests_on = """
select 'core.fed_operations' as what, operation_id as series_id, operation_date as date, accepted_usd_bn as value, known_at, capture_id
from core.fed_operations
where operation_type = $operation_type and operation_date between $until - 40 and $until + 40 and not is_small_value
    and accepted_usd_bn is not null
union all
select 'core.desk_plans' as what, plan_id as series_id, announced_on as date, monthly_amount_usd_bn as value, known_at, source_url
from core.desk_plans where kind = 'reserve_management'
"""

[parameters.operation_type]
type = "text"
meaning = "As the New York Fed names it."
[parameters.start]
type = "date"
meaning = "When it began."
[parameters.until]
type = "date"
meaning = "The day until which it lasts."
*/
with months as (
    select
        date_trunc('month', operation_date)::date as month,
        sum(accepted_usd_bn::decimal(18, 9)) as usd_bn -- exact: the order of addition must not show
    from core.fed_operations
    where operation_type = $operation_type and operation_date >= $start and not is_small_value and accepted_usd_bn is not null
    group by date_trunc('month', operation_date)
),
pace as (
    select
        avg(usd_bn) filter (where month > $start and month < date_trunc('month', $until)) as before,
        avg(usd_bn) filter (where month > date_trunc('month', $until)) as after
    from months
),
later as (
    select count(*) as n
    from core.fed_operations
    where operation_type = $operation_type and operation_date > $until and not is_small_value and accepted_usd_bn is not null
),
known as (
    select max(operation_date) >= $until + 31 as is_past
    from core.fed_operations
)
select
    1 as place,
    'the raised pace ends: a month buys a quarter less afterwards' as definition_id,
    case when known.is_past then coalesce(pace.after, 0) <= 0.75 * pace.before end as holds,
    pace.after as observed_value,
    coalesce(printf('%.1f bn a month before', pace.before), 'nothing bought yet')
    || coalesce(printf(', %.1f bn after', pace.after), '') as observed_text,
    day_ends($until + 32) as resolves_at,
    'test' as kind
from pace
cross join known
union all
select
    2 as place,
    'purchases end' as definition_id,
    case when later.n > 0 then false when known.is_past then true end as holds,
    later.n,
    later.n || ' operations after ' || $until as observed_text,
    day_ends($until + 32) as resolves_at,
    'test' as kind
from later
cross join known
order by place
