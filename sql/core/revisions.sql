/*
description = "Every value that replaced another, with both and when: closes, observations, and accepted amounts of operations."
grain = ["series_id", "date", "known_at", "item"]

[columns]
item = "What was revised within the series: the operation or the contract month; empty where the series has one value a date."
old_value = "The value known before, in the unit of the series (operations: dollars)."
new_value = "The value known since, in the unit of the series (operations: dollars)."

[rests_on]
"raw.observations" = "row.item = '' and up.series_id = row.series_id and up.date = row.date and up.known_at <= row.known_at"
"raw.operations" = "up.family || ' ' || up.operation_id = row.item and up.series_id = row.series_id and up.known_at <= row.known_at"
"raw.price_bars" = "up.series_id = row.series_id and up.session_date = row.date and coalesce(up.contract_month, '') = row.item and up.known_at <= row.known_at"

[checks]
something_changed = "old_value is distinct from new_value"
*/
with told as (
    select
        series_id,
        date,
        '' as item,
        known_at,
        value,
        lag(value) over earlier as before,
        row_number() over earlier as place
    from raw.observations
    window earlier as (partition by series_id, date order by known_at, capture_id)
    union all
    select
        series_id,
        session_date,
        coalesce(contract_month, '') as item,
        known_at,
        close,
        lag(close) over earlier as before,
        row_number() over earlier as place
    from raw.price_bars
    window earlier as (partition by series_id, contract_month, session_date order by known_at, capture_id)
    union all
    select
        series_id,
        operation_date,
        family || ' ' || operation_id as item,
        known_at,
        accepted_usd,
        lag(accepted_usd) over earlier as before,
        row_number() over earlier as place
    from raw.operations
    where status <> 'announced' -- results revise no announcement
    window earlier as (partition by family, operation_id order by known_at, capture_id)
)
select
    series_id,
    date,
    item,
    known_at,
    before as old_value,
    value as new_value
from told
where place > 1 and before is distinct from value
order by series_id, date, known_at, item
