/*
description = "Newest known settlement of each dated future and trade date: the 30-day federal funds futures."
grain = ["contract_month", "trade_date"]

[columns]
trade_date = "Day of trading, CME's own."
settle = "Settlement price: 100 minus the expected average effective rate of the contract month, percent."

[rests_on]
"raw.price_bars" = "up.contract_month = row.contract_month and up.session_date = row.trade_date and up.known_at = row.known_at and up.capture_id = row.capture_id"

[checks]
settle_is_a_price = "settle between 70 and 101"
*/
select
    contract_month,
    session_date as trade_date,
    close as settle,
    known_at,
    known_at_method,
    capture_id
from raw.price_bars
where contract_month is not null
qualify row_number() over (partition by contract_month, session_date order by known_at desc, capture_id desc) = 1
order by contract_month, trade_date
