/*
description = "Newest known settlement of each dated future and trade date: the 30-day federal funds futures."
grain = ["contract_month", "trade_date"]

[columns]
trade_date = "Day of trading, CME's own."
settle = "Settlement price: 100 minus the expected average effective rate of the contract month, percent; null where quarantined."
quarantined_settle = "What the vendor said, where a price of that bar lies outside the limits of the catalog; settle is null then."

[rests_on]
"raw.price_bars" = "up.contract_month = row.contract_month and up.session_date = row.trade_date and up.known_at = row.known_at and up.capture_id = row.capture_id"

[context]
"raw.series" = "What limits the catalog gives the prices."

[checks]
settle_is_a_price = "settle is null or settle between 70 and 101"
quarantined_or_a_settlement = "(settle is null) = (quarantined_settle is not null)"
*/
with newest as (
    select
        told.*,
        coalesce(
            least(told.open, told.high, told.low, told.close) >= coalesce(catalog.minimum, '-infinity'::double)
            and greatest(told.open, told.high, told.low, told.close) <= coalesce(catalog.maximum, 'infinity'::double),
            true
        ) as is_possible
    from raw.price_bars as told
    left join raw.series as catalog on told.series_id = catalog.series_id
    where told.contract_month is not null
    qualify row_number() over (partition by told.contract_month, told.session_date order by told.known_at desc, told.capture_id desc) = 1
)
select
    series_id,
    contract_month,
    session_date as trade_date,
    case when is_possible then close end as settle,
    case when not is_possible then close end as quarantined_settle,
    known_at,
    known_at_method,
    capture_id
from newest
order by contract_month, trade_date
