/*
description = "The first operation of a type after a day takes place on another."
refuted_by = "It takes place on another day, or none does."
example = '{ operation_type = "Outright Bill Purchase", after = 2025-12-10, on = 2025-12-12 }'
prints_a_number = "never"
series = ["treasury_outright_operations"]
rests_on = """
select 'core.fed_operations' as what, operation_id as series_id, operation_date as date, accepted_usd_bn as value, known_at, capture_id
from core.fed_operations
where operation_type = $operation_type and operation_date >= $after and not is_small_value and accepted_usd_bn is not null
qualify row_number() over (order by operation_date, operation_id) <= 3
"""

[parameters.operation_type]
type = "text"
meaning = "As the New York Fed names it, such as Outright Bill Purchase."
[parameters.after]
type = "date"
meaning = "Operations from this day on; small-value exercises are left out."
[parameters.on]
type = "date"
meaning = "The day named."
*/
with first_one as (
    select
        operation_date,
        settlement_date,
        accepted_usd_bn
    from core.fed_operations
    where operation_type = $operation_type and operation_date >= $after and not is_small_value and accepted_usd_bn is not null
    order by operation_date, operation_id
    limit 1
),
named as (
    select
        unnest([1, 2]) as place,
        unnest(['operation date', 'settlement date (when reserves move)']) as definition_id
),
told as (
    select
        named.place,
        named.definition_id,
        first_one.accepted_usd_bn,
        case when named.place = 1 then first_one.operation_date else first_one.settlement_date end as day
    from named
    left join first_one on true
)
select
    place,
    definition_id,
    day = $on as holds,
    accepted_usd_bn as observed_value,
    coalesce('first on ' || day || printf(', %.3f bn accepted', accepted_usd_bn), 'none is known') as observed_text,
    day_ends($on) as resolves_at,
    'test' as kind
from told
order by place
