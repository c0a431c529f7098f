/*
description = "Overnight money-market rates and the Fed's administered ones, one row a day, percent."
grain = ["date"]

[columns]
sofr_percent = "Secured Overnight Financing Rate of the day; null where none is published."
effr_percent = "Effective federal funds rate of the day; from DFF, which also has weekends, where EFFR has none."
fallback_series_ids = "Second vendor's readings (the New York Fed's own) that stand in the row, because the first vendor has no value of the day; null for nearly all."
tgcr_percent = "Tri-party general collateral rate of the day."
sofr_99th_percentile_percent = "99th percentile of the rates behind SOFR; null where quarantined."
quarantined_99th_percentile_percent = "What is said of the 99th percentile, where that lies below SOFR, the median of the same rates; sofr_99th_percentile_percent is null then."
iorb_percent = "Interest rate on reserve balances on the day."
on_rrp_rate_percent = "Award rate of overnight reverse repo on the day."

[rests_on]
"core.observations" = '''
up.date = row.date and up.value is not null
and up.series_id in (
    'sofr', 'sofr_nyfed', 'effr', 'effr_nyfed', 'effective_fed_funds_daily', 'tgcr', 'sofr_99th_percentile', 'iorb', 'on_rrp_rate'
)
'''

[checks]
there_is_a_rate = "coalesce(sofr_percent, effr_percent, tgcr_percent, sofr_99th_percentile_percent, iorb_percent, on_rrp_rate_percent) is not null"
sofr_is_not_above_its_99th_percentile = "sofr_percent is null or sofr_99th_percentile_percent is null or sofr_percent <= sofr_99th_percentile_percent"
quarantined_lies_below_sofr = "quarantined_99th_percentile_percent is null or (quarantined_99th_percentile_percent < sofr_percent and sofr_99th_percentile_percent is null)"
*/
with readings as (
    -- Of each rate the first vendor's reading; where it has none, the second vendor's, and of EFFR at last DFF's.
    select
        date,
        series_id,
        case
            when series_id in ('sofr', 'sofr_nyfed') then 'sofr'
            when series_id in ('effr', 'effr_nyfed', 'effective_fed_funds_daily') then 'effr'
            else series_id
        end as rate,
        series_id in ('sofr_nyfed', 'effr_nyfed') as is_fallback,
        value,
        known_at
    from core.observations
    where
        value is not null
        and series_id in (
            'sofr', 'sofr_nyfed', 'effr', 'effr_nyfed', 'effective_fed_funds_daily', 'tgcr', 'sofr_99th_percentile', 'iorb', 'on_rrp_rate'
        )
    qualify
        row_number() over (
            partition by date, rate
            order by list_position(['sofr', 'effr', 'sofr_nyfed', 'effr_nyfed', 'effective_fed_funds_daily'], series_id)
        ) = 1
),
rates as (
    select
        date,
        max(value) filter (where rate = 'sofr') as sofr_percent,
        max(value) filter (where rate = 'effr') as effr_percent,
        max(value) filter (where rate = 'tgcr') as tgcr_percent,
        max(value) filter (where rate = 'sofr_99th_percentile') as told_percent,
        max(value) filter (where rate = 'iorb') as iorb_percent,
        max(value) filter (where rate = 'on_rrp_rate') as on_rrp_rate_percent,
        string_agg(series_id, ', ' order by series_id) filter (where is_fallback) as fallback_series_ids,
        max(known_at) as known_at
    from readings
    group by date
)
select
    date,
    sofr_percent,
    effr_percent,
    tgcr_percent,
    case when coalesce(told_percent >= sofr_percent, true) then told_percent end as sofr_99th_percentile_percent,
    case when told_percent < sofr_percent then told_percent end as quarantined_99th_percentile_percent,
    iorb_percent,
    on_rrp_rate_percent,
    fallback_series_ids,
    known_at
from rates
order by date
