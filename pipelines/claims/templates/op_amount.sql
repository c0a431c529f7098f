/*
description = "The first operation of a type after a day has a printed size, USD bn."
refuted_by = "Another size."
example = '{ operation_type = "Outright Bill Purchase", after = 2025-12-10, by = 2025-12-12 } with claimed_value = 8.2 and claimed_decimals = 1'
prints_a_number = "always"
series = ["treasury_outright_operations"]
rests_on = """
select 'core.fed_operations' as what, operation_id as series_id, operation_date as date, accepted_usd_bn as value, known_at, capture_id
from core.fed_operations
where operation_type = $operation_type and operation_date >= $after and not is_small_value and accepted_usd_bn is not null
qualify row_number() over (order by operation_date, operation_id) = 1
"""

[parameters.operation_type]
type = "text"
meaning = "As the New York Fed names it."
[parameters.after]
type = "date"
meaning = "The first operation on or after this day."
[parameters.by]
type = "date"
meaning = "By this day it will have been held."
*/
with first_one as (
    select *
    from core.fed_operations
    where operation_type = $operation_type and operation_date >= $after and not is_small_value and accepted_usd_bn is not null
    order by operation_date, operation_id
    limit 1
),
named as (
    select
        1 as place,
        'accepted' as definition_id
    union all
    select
        2 as place,
        'submitted by dealers' as definition_id
)
select
    named.place,
    named.definition_id,
    rounds_to(
        case when named.place = 1 then first_one.accepted_usd_bn else first_one.submitted_usd_bn end, $claimed_value, $claimed_decimals
    ) as holds,
    case when named.place = 1 then first_one.accepted_usd_bn else first_one.submitted_usd_bn end as observed_value,
    coalesce(
        printf('%.3f bn', case when named.place = 1 then first_one.accepted_usd_bn else first_one.submitted_usd_bn end)
        || ' on ' || first_one.operation_date,
        'none is known'
    ) as observed_text,
    day_ends($by) as resolves_at,
    -- Dealers offer more than the Desk takes: nobody would print their offers as the size of a purchase.
    case when named.place = 1 then 'test' else 'context' end as kind
from named
left join first_one on true
order by named.place
