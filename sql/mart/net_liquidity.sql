/*
description = "Fed total assets less the Treasury's account less overnight reverse repo, under three named definitions that are never mixed."
grain = ["date", "definition"]

[columns]
definition = "wednesday (levels of that Wednesday), week_average (averages of the week ended Wednesday for TGA, reserves and ON RRP), daily_estimate (last total assets known, TGA of the day from the DTS, ON RRP of the day: an estimate)."
fed_total_assets_usd_bn = "Total assets of the Federal Reserve, Wednesday level; in daily_estimate the last one known."
treasury_general_account_usd_bn = "Treasury General Account: Wednesday level, week average, or closing balance of the day."
on_rrp_usd_bn = "Overnight reverse repo accepted: of the date (or the last operation, at most four days before), or the week's average."
reserve_balances_usd_bn = "Reserve balances: Wednesday level or week average; null in daily_estimate."
net_liquidity_usd_bn = "fed_total_assets_usd_bn - treasury_general_account_usd_bn - on_rrp_usd_bn. A heuristic, not a Fed aggregate."
change_usd_bn = "Change against the row before of the same definition."
is_estimate = "True for daily_estimate."

[rests_on]
"core.observations" = '''
up.series_id in ('fed_total_assets', 'on_rrp', case row.definition
    when 'wednesday' then 'treasury_general_account'
    when 'week_average' then 'treasury_general_account_week_average'
    else 'treasury_cash_daily'
end, case row.definition when 'wednesday' then 'reserve_balances' when 'week_average' then 'reserve_balances_week_average' end)
-- From the oldest value behind the row before, against which change_usd_bn counts.
and up.date between coalesce(
    (select max(n.date) from mart.net_liquidity as n where n.definition = row.definition and n.date < row.date), row.date
) - case row.definition when 'wednesday' then 4 when 'week_average' then 6 else 15 end and row.date
'''

[checks]
net_liquidity_has_the_size_of_the_fed = "net_liquidity_usd_bn < 8000 and net_liquidity_usd_bn > case when date < date '2013-01-01' then 300 else 3000 end"
change_is_possible = "change_usd_bn is null or abs(change_usd_bn) < 600"
definition_is_known = "definition in ('wednesday', 'week_average', 'daily_estimate')"
*/
with values_known as (
    select
        series_id,
        date,
        value,
        known_at
    from core.observations
    where value is not null
),
assets as (
    select * from values_known
    where series_id = 'fed_total_assets'
),
on_rrp as (
    select * from values_known
    where series_id = 'on_rrp'
),
wednesdays as (
    select
        assets.date,
        'wednesday' as definition,
        assets.value as fed_total_assets_usd_bn,
        tga.value as treasury_general_account_usd_bn,
        on_rrp.value as on_rrp_usd_bn,
        reserves.value as reserve_balances_usd_bn,
        greatest(assets.known_at, tga.known_at, on_rrp.known_at, reserves.known_at) as known_at
    from assets
    inner join values_known as tga on assets.date = tga.date and tga.series_id = 'treasury_general_account'
    asof inner join on_rrp on assets.date >= on_rrp.date
    left join values_known as reserves on assets.date = reserves.date and reserves.series_id = 'reserve_balances'
    where assets.date - on_rrp.date <= 4
),
weeks as (
    select
        assets.date,
        'week_average' as definition,
        assets.value as fed_total_assets_usd_bn,
        tga.value as treasury_general_account_usd_bn,
        sum(on_rrp.value::decimal(18, 6))::double / count(*) as on_rrp_usd_bn, -- exact: the order of addition must not show
        any_value(reserves.value) as reserve_balances_usd_bn,
        greatest(assets.known_at, tga.known_at, max(on_rrp.known_at), any_value(reserves.known_at)) as known_at
    from assets
    inner join values_known as tga on assets.date = tga.date and tga.series_id = 'treasury_general_account_week_average'
    inner join on_rrp on on_rrp.date between assets.date - 6 and assets.date
    left join values_known as reserves on assets.date = reserves.date and reserves.series_id = 'reserve_balances_week_average'
    group by assets.date, assets.value, tga.value, assets.known_at, tga.known_at
),
estimates as (
    select
        tga.date,
        'daily_estimate' as definition,
        assets.value as fed_total_assets_usd_bn,
        tga.value as treasury_general_account_usd_bn,
        on_rrp.value as on_rrp_usd_bn,
        null::double as reserve_balances_usd_bn,
        greatest(tga.known_at, assets.known_at, on_rrp.known_at) as known_at
    from values_known as tga
    inner join assets on tga.known_at >= assets.known_at and tga.date - assets.date between 0 and 15
    asof inner join on_rrp on tga.date >= on_rrp.date
    where tga.series_id = 'treasury_cash_daily' and tga.date - on_rrp.date <= 4
    qualify row_number() over (partition by tga.date order by assets.date desc) = 1
),
stacked as (
    select * from wednesdays
    union all by name
    select * from weeks
    union all by name
    select * from estimates
)
select
    date,
    definition,
    fed_total_assets_usd_bn,
    treasury_general_account_usd_bn,
    on_rrp_usd_bn,
    reserve_balances_usd_bn,
    fed_total_assets_usd_bn - treasury_general_account_usd_bn - on_rrp_usd_bn as net_liquidity_usd_bn,
    net_liquidity_usd_bn - lag(net_liquidity_usd_bn) over (partition by definition order by date) as change_usd_bn,
    definition = 'daily_estimate' as is_estimate,
    known_at
from stacked
order by date, definition
