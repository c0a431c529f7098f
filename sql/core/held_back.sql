/*
description = "What is kept and not reckoned with: every bar, high or low, value, settlement and operation that is provisional or quarantined, with its reason."
grain = ["series_id", "date", "item"]

[columns]
item = "What is held back within the series: the operation or the contract month; empty where the series has one value a date."
part = "bar, high, low, high and low, value, settlement or operation."
quality = "provisional (it waits for the next bar or a second vendor) or quarantined."
reason = "What is wrong with it."

[rests_on]
"core.price_bars" = "row.item = '' and up.series_id = row.series_id and up.session_date = row.date"
"core.observations" = "row.item = '' and up.series_id = row.series_id and up.date = row.date"
"core.overnight_rates" = "row.series_id = 'sofr_99th_percentile' and up.date = row.date"
"core.futures_settlements" = "up.series_id = row.series_id and up.contract_month = row.item and up.trade_date = row.date"
"core.fed_operations" = "up.series_id = row.series_id and up.family || ' ' || up.operation_id = row.item"

[checks]
quality_is_known = "quality in ('provisional', 'quarantined')"
there_is_a_reason = "reason is not null"
*/
with bars as (
    select
        series_id,
        session_date as date,
        '' as item,
        case
            when quality <> 'ok' then 'bar'
            when high_quality <> 'ok' and low_quality <> 'ok' then 'high and low'
            when high_quality <> 'ok' then 'high'
            else 'low'
        end as part,
        case when 'quarantined' in (quality, high_quality, low_quality) then 'quarantined' else 'provisional' end as quality,
        quality_reason as reason,
        known_at,
        capture_id
    from core.price_bars
    where quality <> 'ok' or high_quality <> 'ok' or low_quality <> 'ok'
),
amounts as (
    select
        series_id,
        date,
        '' as item,
        'value' as part,
        quarantined_value || ' lies outside the limits of the catalog' as reason,
        known_at,
        capture_id
    from core.observations
    where quarantined_value is not null
    union all
    select
        percentiles.series_id,
        rates.date,
        '' as item,
        'value' as part,
        percentiles.value || ' lies below SOFR, ' || rates.sofr_percent || ', the median of the same rates' as reason,
        rates.known_at,
        percentiles.capture_id
    from core.overnight_rates as rates
    inner join core.observations as percentiles on rates.date = percentiles.date and percentiles.series_id = 'sofr_99th_percentile'
    where rates.quarantined_99th_percentile_percent is not null
    union all
    select
        series_id,
        trade_date,
        contract_month,
        'settlement' as part,
        quarantined_settle || ', or another price of that day, lies outside the limits of the catalog' as reason,
        known_at,
        capture_id
    from core.futures_settlements
    where quarantined_settle is not null
    union all
    select
        series_id,
        operation_date,
        family || ' ' || operation_id as item,
        'operation' as part,
        quality_reason as reason,
        known_at,
        capture_id
    from core.fed_operations
    where status = 'quarantined'
),
held_back as (
    select * from bars
    union all by name
    select
        *,
        'quarantined' as quality
    from amounts
)
select
    series_id,
    date,
    item,
    part,
    quality,
    reason,
    known_at,
    capture_id
from held_back
order by series_id, date, item
