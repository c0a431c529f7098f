/*
description = "Futures price a printed number of basis points of cuts over the months ahead (hikes are negative)."
refuted_by = "Another number, by the published method, on the day."
example = '{ horizon_months = 12, on = 2025-12-11 } with claimed_value = 50 and claimed_decimals = -1'
prints_a_number = "always"
rests_on = """
select 'core.futures_settlements' as what, futures.contract_month as series_id, futures.trade_date as date, futures.settle as value,
    futures.known_at, futures.capture_id
from core.futures_settlements as futures
semi join mart.cuts_priced as priced
    on futures.contract_month = priced.contract_month and futures.trade_date = priced.as_of_date and priced.horizon_months = $horizon_months
where futures.trade_date between $on - 3 and $on
union all
select 'core.observations' as what, series_id, date, value, known_at, capture_id
from core.observations where series_id in ('effective_fed_funds_daily', 'target_upper', 'target_lower') and date between $on - 4 and $on
"""

[parameters.horizon_months]
type = "integer"
meaning = "How far ahead."
default = 12
minimum = 3
maximum = 12
[parameters.on]
type = "date"
meaning = "The day of the settlement."
*/
with days as (
    select *
    from mart.cuts_priced
    where horizon_months = $horizon_months and as_of_date <= $on
    order by as_of_date desc
    limit 2
),
priced as (
    select
        *,
        row_number() over (order by as_of_date desc) as age
    from days
),
middle as (
    select avg(value) as percent
    from (
        select value
        from core.observations
        where series_id in ('target_upper', 'target_lower') and date <= $on
        qualify row_number() over (partition by series_id order by date desc) = 1
    ) as newest
),
told as (
    select
        1 as place,
        'effective rate less the contract, that day' as definition_id,
        cuts_priced_bp as bp,
        as_of_date,
        contract_month,
        missing
    from priced
    where age = 1 and as_of_date = $on
    union all
    select
        2 as place,
        'effective rate less the contract, the day before' as definition_id,
        cuts_priced_bp,
        as_of_date,
        contract_month,
        missing
    from priced
    where age = 2
    union all
    select
        3 as place,
        'middle of the target range less the contract, that day' as definition_id,
        100 * (middle.percent - priced.implied_rate_percent) as bp,
        priced.as_of_date,
        priced.contract_month,
        priced.missing
    from priced
    cross join middle
    where priced.age = 1 and priced.as_of_date = $on
),
proxies as (
    select
        4 as place,
        'proxy, not futures: ' || proxy as definition_id,
        proxy_cuts_bp as bp,
        as_of_date
    from priced
    where age = 1 and proxy_cuts_bp is not null
)
select
    place,
    definition_id,
    rounds_to(bp, $claimed_value, $claimed_decimals) as holds,
    bp as observed_value,
    coalesce(printf('%.1f bp', bp) || ' in ' || contract_month || ', settled ' || as_of_date, 'missing: ' || missing) as observed_text,
    day_ends($on) as resolves_at,
    'test' as kind
from told
union all
select
    place,
    definition_id,
    rounds_to(bp, $claimed_value, $claimed_decimals) as holds,
    bp,
    printf('%.1f bp, ', bp) || as_of_date as observed_text,
    null as resolves_at,
    'context' as kind
from proxies
order by place
