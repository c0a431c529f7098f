/*
description = "Cuts that federal funds futures price: the effective rate, less the rate the contract so many months on implies. Negative are rises."
grain = ["as_of_date", "horizon_months"]

[columns]
as_of_date = "Trade date of the settlements."
horizon_months = "How many months on the contract lies."
last_rate_percent = "Newest effective federal funds rate of a day before as_of_date."
last_rate_date = "The day it is for."
decided_change_bp = "Change of the target range that was decided by as_of_date and is not in last_rate_percent yet."
effective_rate_percent = "last_rate_percent and decided_change_bp together: what is priced beyond it has not been decided."
implied_rate_percent = "100 less the settlement: average effective rate expected for the contract month, risk premium included."
cuts_priced_bp = "effective_rate_percent less implied_rate_percent, basis points; null where status is INSUFFICIENT_DATA."
status = "OK or INSUFFICIENT_DATA."
missing = "What INSUFFICIENT_DATA waits for; null for OK."
proxy_cuts_bp = "effective_rate_percent less the 1-year Treasury yield of the day before or up to a week earlier, basis points: 12 months only."
proxy = "What proxy_cuts_bp is. Never a FedWatch figure."

[rests_on]
"core.fomc_meetings" = "up.decision_date <= row.as_of_date and up.effective_date > row.last_rate_date and up.cancelled_at is null"
"core.futures_settlements" = '''
(up.contract_month = row.contract_month and up.trade_date = row.as_of_date)
-- A day has a row once a rate or a settlement of it, or of a later day, is known.
or (row.settle is null and up.trade_date = (
    select min(s.trade_date) from core.futures_settlements as s where s.trade_date >= row.as_of_date
))
'''
"core.observations" = "up.series_id = 'treasury_1y' and row.horizon_months = 12 and up.date between row.as_of_date - 7 and row.as_of_date - 1"
"core.overnight_rates" = '''
up.date = row.last_rate_date
or (row.settle is null and up.date = (
    select min(r.date) from core.overnight_rates as r where r.date >= row.as_of_date and r.effr_percent is not null
))
'''

[context]
"core.sessions" = "Which days CME trades."

[checks]
status_says_whether_there_is_a_number = "(status = 'OK') = (cuts_priced_bp is not null)"
what_is_missing_is_said = "(status = 'OK') = (missing is null)"
cuts_are_possible = "cuts_priced_bp is null or abs(cuts_priced_bp) < 1000"
proxy_is_labelled = "(proxy_cuts_bp is null) = (proxy is null)"
*/
with horizons as (
    select unnest([3, 6, 9, 12]) as horizon_months
),
limits as (
    -- A rate or yield older than this has been missed, not carried over a holiday.
    select 7 as oldest_days
),
yields as (
    select
        date,
        value,
        known_at
    from core.observations
    where series_id = 'treasury_1y' and value is not null
),
rates as (
    select
        date,
        effr_percent as last_rate_percent,
        known_at
    from core.overnight_rates
    where effr_percent is not null
),
days as (
    select session_date as as_of_date
    from core.sessions
    where
        calendar = 'XCME'
        and session_date > (select min(meetings.decision_date) from core.fomc_meetings as meetings)
        and session_date <= greatest(
            (select max(rates.date) from rates), (select max(settlements.trade_date) from core.futures_settlements as settlements)
        )
),
grounded as (
    -- Not an asof join: DuckDB takes the few days it expects here for a reason to loop over every rate.
    select
        days.as_of_date,
        max(rates.date) as last_rate_date,
        arg_max(rates.last_rate_percent, rates.date) as last_rate_percent,
        arg_max(rates.known_at, rates.date) as known_at
    from days
    cross join limits
    left join rates on days.as_of_date > rates.date and days.as_of_date - limits.oldest_days <= rates.date
    group by days.as_of_date
),
yielding as (
    select
        days.as_of_date,
        arg_max(yields.value, yields.date) as yield_percent,
        arg_max(yields.known_at, yields.date) as known_at
    from days
    cross join limits
    inner join yields on days.as_of_date > yields.date and days.as_of_date - limits.oldest_days <= yields.date
    group by days.as_of_date
),
decided as (
    select
        grounded.as_of_date,
        coalesce(sum(meetings.change_bp), 0) as decided_change_bp,
        min(meetings.decision_date) filter (where meetings.change_bp is null) as unrecorded_date,
        max(meetings.known_at) as known_at
    from grounded
    left join core.fomc_meetings as meetings
        on
            grounded.as_of_date >= meetings.decision_date
            and grounded.last_rate_date < meetings.effective_date
            and meetings.cancelled_at is null
    group by grounded.as_of_date
),
priced as (
    select
        grounded.as_of_date,
        horizons.horizon_months,
        strftime(grounded.as_of_date + to_months(horizons.horizon_months), '%Y-%m') as contract_month,
        grounded.last_rate_date,
        grounded.last_rate_percent,
        decided.unrecorded_date,
        case when decided.unrecorded_date is null then decided.decided_change_bp end as decided_change_bp,
        case when horizons.horizon_months = 12 then yielding.yield_percent end as yield_percent,
        greatest(grounded.known_at, decided.known_at) as known_at,
        yielding.known_at as yield_known_at
    from grounded
    cross join horizons
    inner join decided on grounded.as_of_date = decided.as_of_date
    left join yielding on grounded.as_of_date = yielding.as_of_date
),
stated as (
    select
        priced.*,
        settlements.settle,
        settlements.known_at as settle_known_at,
        priced.last_rate_percent + priced.decided_change_bp / 100 as effective_rate_percent,
        100 - settlements.settle as implied_rate_percent,
        case
            when priced.last_rate_percent is null then 'effective rate of the week before'
            when priced.unrecorded_date is not null then 'target range decided on ' || priced.unrecorded_date
            when settlements.settle is null then 'settlement of ' || priced.contract_month
        end as missing
    from priced
    left join core.futures_settlements as settlements
        on priced.contract_month = settlements.contract_month and priced.as_of_date = settlements.trade_date
)
select
    as_of_date,
    horizon_months,
    contract_month,
    last_rate_percent,
    last_rate_date,
    decided_change_bp,
    effective_rate_percent,
    settle,
    implied_rate_percent,
    100 * (effective_rate_percent - implied_rate_percent) as cuts_priced_bp,
    case when missing is null then 'OK' else 'INSUFFICIENT_DATA' end as status,
    missing,
    100 * (effective_rate_percent - yield_percent) as proxy_cuts_bp,
    case
        when proxy_cuts_bp is not null then 'effective rate less 1-year Treasury yield: the average of a year, term premium included'
    end as proxy,
    greatest(known_at, settle_known_at, case when proxy_cuts_bp is not null then yield_known_at end) as known_at
from stated
order by as_of_date, horizon_months
