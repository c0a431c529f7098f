/*
description = "The newest known state of each operation of the New York Fed's Desk."
grain = ["family", "operation_id"]

[columns]
submitted_usd_bn = "Amount offered to the Desk; null while only announced."
accepted_usd_bn = "Amount the Desk accepted; null while only announced."
is_small_value = "A small-value exercise: a test of the plumbing without policy meaning (amount below the limit), left out of totals."

[checks]
accepted_is_not_above_submitted = "accepted_usd_bn is null or submitted_usd_bn is null or accepted_usd_bn <= submitted_usd_bn"
settles_on_or_after_the_operation = "settlement_date is null or settlement_date >= operation_date"
*/
with small as (
    -- The Desk's exercises are at most 200 million dollars; the smallest real purchase since 2019 is several times that.
    select 0.2 as below_usd_bn
),
newest as (
    select *
    from raw.operations
    qualify row_number() over (partition by family, operation_id order by known_at desc, capture_id desc) = 1
)
select
    newest.family,
    newest.operation_id,
    newest.operation_date,
    newest.settlement_date,
    newest.maturity_date,
    newest.operation_type,
    newest.direction,
    newest.term,
    newest.submitted_usd / 1e9 as submitted_usd_bn,
    newest.accepted_usd / 1e9 as accepted_usd_bn,
    newest.award_rate_percent,
    newest.maturity_start,
    newest.maturity_end,
    newest.status,
    coalesce(newest.accepted_usd / 1e9 > 0 and newest.accepted_usd / 1e9 < small.below_usd_bn, false) as is_small_value,
    newest.note,
    newest.close_time,
    newest.known_at,
    newest.known_at_method,
    newest.capture_id
from newest
cross join small
order by newest.operation_date, newest.family, newest.operation_id
