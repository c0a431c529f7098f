/*
description = "An event adds liquidity: the aggregates rise from the Wednesday before it to the first Wednesday some weeks after."
refuted_by = "The aggregate falls. Each definition of liquidity answers for itself."
example = '{ on = 2025-12-12, weeks = 1 }'
prints_a_number = "never"
series = [
    "fed_total_assets", "treasury_general_account", "treasury_general_account_week_average", "on_rrp", "reserve_balances",
    "reserve_balances_week_average", "treasuries_held", "treasury_cash_daily",
]
rests_on = """
select 'core.observations' as what, series_id, date, value, known_at, capture_id
from core.observations
where series_id in (
    'fed_total_assets', 'treasury_general_account', 'treasury_general_account_week_average', 'on_rrp', 'reserve_balances', 'treasuries_held'
) and date between $on - 7 and $on + 7 * $weeks and isodow(date) = 3
"""

[parameters.on]
type = "date"
meaning = "The day of the event."
[parameters.weeks]
type = "integer"
meaning = "How many Wednesdays after it."
default = 1
minimum = 1
maximum = 26
*/
with dates as (
    -- The Wednesday before the event, and the one so many weeks later: H.4.1 is a statement of Wednesdays.
    select
        day,
        day + 7 * $weeks as later
    from (select $on - ((isodow($on) + 4) % 7)::integer as day) as before
),
levels as (
    select
        1 as place,
        date,
        net_liquidity_usd_bn as usd_bn
    from mart.net_liquidity
    where definition = 'wednesday'
    union all
    select
        2 as place,
        date,
        net_liquidity_usd_bn
    from mart.net_liquidity
    where definition = 'week_average'
    union all
    select
        3 as place,
        date,
        value
    from core.observations
    where series_id = 'reserve_balances'
    union all
    select
        4 as place,
        date,
        value
    from core.observations
    where series_id = 'treasuries_held'
),
definitions as (
    select
        unnest([1, 2, 3, 4]) as place,
        unnest([
            'net liquidity, Wednesday levels',
            'net liquidity, week averages',
            'reserve balances, Wednesday level',
            'Treasuries held outright'
        ]) as definition_id
)
select
    definitions.place,
    definitions.definition_id,
    after.usd_bn > before.usd_bn as holds,
    after.usd_bn - before.usd_bn as observed_value,
    coalesce(
        printf('%+.1f bn', after.usd_bn - before.usd_bn) || ' from ' || dates.day || ' to ' || dates.later, 'not known yet'
    ) as observed_text,
    -- H.4.1 comes on the Thursday afternoon, New York.
    day_ends(dates.later + 1) - interval '2 hours' as resolves_at,
    'test' as kind
from definitions
cross join dates
left join levels as before on definitions.place = before.place and dates.day = before.date
left join levels as after on definitions.place = after.place and dates.later = after.date
order by definitions.place
