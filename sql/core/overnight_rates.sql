/*
description = "Overnight money-market rates and the Fed's administered ones, one row a day, percent."
grain = ["date"]

[columns]
sofr_percent = "Secured Overnight Financing Rate of the day; null where none is published."
effr_percent = "Effective federal funds rate of the day; from DFF, which also has weekends, where EFFR has none."
tgcr_percent = "Tri-party general collateral rate of the day."
sofr_99th_percentile_percent = "99th percentile of the rates behind SOFR."
iorb_percent = "Interest rate on reserve balances on the day."
on_rrp_rate_percent = "Award rate of overnight reverse repo on the day."

[rests_on]
"core.observations" = '''
up.date = row.date and up.value is not null
and up.series_id in ('sofr', 'effr', 'effective_fed_funds_daily', 'tgcr', 'sofr_99th_percentile', 'iorb', 'on_rrp_rate')
'''

[checks]
there_is_a_rate = "coalesce(sofr_percent, effr_percent, tgcr_percent, sofr_99th_percentile_percent, iorb_percent, on_rrp_rate_percent) is not null"
sofr_is_not_above_its_99th_percentile = "sofr_percent is null or sofr_99th_percentile_percent is null or sofr_percent <= sofr_99th_percentile_percent"
*/
select
    date,
    max(value) filter (where series_id = 'sofr') as sofr_percent,
    coalesce(
        max(value) filter (where series_id = 'effr'), max(value) filter (where series_id = 'effective_fed_funds_daily')
    ) as effr_percent,
    max(value) filter (where series_id = 'tgcr') as tgcr_percent,
    max(value) filter (where series_id = 'sofr_99th_percentile') as sofr_99th_percentile_percent,
    max(value) filter (where series_id = 'iorb') as iorb_percent,
    max(value) filter (where series_id = 'on_rrp_rate') as on_rrp_rate_percent,
    max(known_at) as known_at
from core.observations
where
    series_id in ('sofr', 'effr', 'effective_fed_funds_daily', 'tgcr', 'sofr_99th_percentile', 'iorb', 'on_rrp_rate')
    and value is not null
group by date
order by date
