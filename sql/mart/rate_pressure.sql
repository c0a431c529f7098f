/*
description = "Day by day: overnight rates against the Fed's administered ones, standing repo take-up, quarter-ends, and what the Fed's assets did without it."
grain = ["date"]

[columns]
sofr_minus_iorb_bp = "SOFR less interest on reserves, basis points: above zero, cash is dearer than the Fed pays for it."
effr_minus_iorb_bp = "Effective federal funds rate less interest on reserves, basis points."
sofr_minus_on_rrp_rate_bp = "SOFR less the award rate of overnight reverse repo, basis points."
tgcr_minus_iorb_bp = "Tri-party general collateral rate less interest on reserves, basis points: repo without the dealers' own market."
sofr_99th_percentile_minus_sofr_bp = "99th percentile of the rates behind SOFR less SOFR, basis points: how dear cash was for those who paid most."
standing_repo_usd_bn = "Accepted in all repo operations of the day together; null where none is known, 0 where nobody came."
standing_repo_outstanding_usd_bn = "Repo of the Fed outstanding at the end of the day, by settlement and maturity date; null where no operation settled in the two weeks before, or one of them is quarantined."
is_quarter_end = "Last day of a quarter on which repo trades (not a Good Friday): balance sheets are shown, and cash is dear."
is_year_end = "The quarter-end of December."
fed_assets_change_usd_bn = "Change of the Fed's total assets against the Wednesday before; null on other days."
fed_assets_change_without_repo_usd_bn = "The same less the change in repo outstanding: what is left was not lent overnight."

[rests_on]
"core.fed_operations" = '''
-- Outstanding: what settled in the two weeks before; on a Wednesday also what was outstanding on the one before.
up.family = 'repo' and up.direction = 'repo' and up.status in ('results', 'quarantined') and not up.is_small_value
and up.settlement_date between row.date - case when row.fed_assets_change_usd_bn is null then 14 else 21 end and row.date
'''
"core.observations" = "up.series_id = 'fed_total_assets' and row.fed_assets_change_usd_bn is not null and up.date between row.date - 7 and row.date"
"core.overnight_rates" = "up.date = row.date"
"core.repo_days" = "up.operation_date = row.date and up.direction = 'repo'"

[context]
"core.sessions" = "Which days the Reserve Banks are open and repo trades."

[checks]
spread_is_possible = "sofr_minus_iorb_bp is null or abs(sofr_minus_iorb_bp) < 600"
standing_repo_is_not_negative = "standing_repo_usd_bn is null or standing_repo_usd_bn >= 0"
year_end_is_a_quarter_end = "not is_year_end or is_quarter_end"
*/
with repo as (
    select
        operation_date,
        settlement_date,
        maturity_date,
        accepted_usd_bn,
        known_at
    from core.fed_operations
    where family = 'repo' and direction = 'repo' and status in ('results', 'quarantined') and not is_small_value
),
assets as (
    select
        date,
        value,
        known_at
    from core.observations
    where series_id = 'fed_total_assets' and value is not null
),
days as (
    select session_date as date from core.sessions
    where calendar = 'FED'
    union
    select date from assets
),
-- Repo that settled by a day and matures after it; a day on which all of it had run out stands at 0.
outstanding as (
    select
        days.date,
        sum(case when repo.maturity_date > days.date then repo.accepted_usd_bn::decimal(18, 9) else 0 end)::double as usd_bn,
        max(repo.known_at) filter (where repo.maturity_date > days.date) as known_at
    from days
    inner join repo on repo.settlement_date between days.date - 14 and days.date
    group by days.date
    having count(*) = count(repo.accepted_usd_bn) -- of one that is quarantined, the amount is not known
),
weekly as (
    select
        assets.date,
        assets.value - lag(assets.value) over (order by assets.date) as change_usd_bn,
        outstanding.usd_bn - lag(outstanding.usd_bn) over (order by assets.date) as repo_change_usd_bn,
        greatest(assets.known_at, outstanding.known_at) as known_at
    from assets
    left join outstanding on assets.date = outstanding.date
),
quarter_ends as (
    select max(session_date) as date from core.sessions
    where calendar = 'REPO'
    group by date_trunc('quarter', session_date)
)
select
    days.date,
    rates.sofr_percent,
    rates.effr_percent,
    rates.iorb_percent,
    100 * (rates.sofr_percent - rates.iorb_percent) as sofr_minus_iorb_bp,
    100 * (rates.effr_percent - rates.iorb_percent) as effr_minus_iorb_bp,
    100 * (rates.sofr_percent - rates.on_rrp_rate_percent) as sofr_minus_on_rrp_rate_bp,
    100 * (rates.tgcr_percent - rates.iorb_percent) as tgcr_minus_iorb_bp,
    100 * (rates.sofr_99th_percentile_percent - rates.sofr_percent) as sofr_99th_percentile_minus_sofr_bp,
    take_up.accepted_usd_bn as standing_repo_usd_bn,
    outstanding.usd_bn as standing_repo_outstanding_usd_bn,
    rates.fallback_series_ids,
    quarter_ends.date is not null as is_quarter_end,
    quarter_ends.date is not null and month(days.date) = 12 as is_year_end,
    weekly.change_usd_bn as fed_assets_change_usd_bn,
    weekly.change_usd_bn - weekly.repo_change_usd_bn as fed_assets_change_without_repo_usd_bn,
    greatest(rates.known_at, take_up.known_at, outstanding.known_at, weekly.known_at) as known_at
from days
inner join core.overnight_rates as rates on days.date = rates.date
left join core.repo_days as take_up on days.date = take_up.operation_date and take_up.direction = 'repo'
left join outstanding on days.date = outstanding.date
left join weekly on days.date = weekly.date
left join quarter_ends on days.date = quarter_ends.date
where rates.iorb_percent is not null and (rates.sofr_percent is not null or rates.effr_percent is not null)
order by days.date
