/*
description = "Wednesdays on which net liquidity turned: the highest or lowest level among nine weeks, known four weeks later."
grain = ["date"]

[columns]
turn = "peak or trough."

[rests_on]
"mart.net_liquidity" = "up.definition = 'wednesday' and up.date between row.date - 28 and row.date + 28"

[checks]
turn_is_known = "turn in ('peak', 'trough')"
it_was_known_weeks_later = "known_at >= cast(date + 28 as timestamp)"
*/
with weeks as (
    select
        date,
        net_liquidity_usd_bn,
        max(net_liquidity_usd_bn) over around as highest,
        min(net_liquidity_usd_bn) over around as lowest,
        max(known_at) over around as known_at,
        count(*) over around as n_weeks
    from mart.net_liquidity
    where definition = 'wednesday'
    window around as (order by date rows between 4 preceding and 4 following)
)
select
    date,
    case when net_liquidity_usd_bn = highest then 'peak' else 'trough' end as turn,
    net_liquidity_usd_bn,
    known_at
from weeks
where n_weeks = 9 and net_liquidity_usd_bn in (highest, lowest) and highest > lowest
order by date
