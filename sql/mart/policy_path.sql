/*
description = "The policy path that federal funds futures price, by CME's published FedWatch method: every trade date, every meeting ahead."
grain = ["as_of_date", "meeting_date"]

[rests_on]
"study.policy_path" = "up.as_of_date = row.as_of_date and up.meeting_date = row.meeting_date and up.known_at = row.known_at"

[checks]
status_says_whether_there_are_probabilities = "(status = 'OK') = (probabilities is not null)"
what_is_missing_is_said = "(status = 'OK') = (missing is null)"
probabilities_sum_to_one = "probabilities is null or abs(list_sum(list_transform(probabilities, lambda chance: chance.probability)) - 1) < 1e-9"
meeting_lies_ahead = "meeting_date > as_of_date"
*/
with newest as (
    -- A range recorded late says more about the same moment: of two rows known at once the one with an answer stands.
    select *
    from study.policy_path
    qualify row_number() over (partition by as_of_date, meeting_date order by known_at desc, status desc) = 1
)
select
    as_of_date,
    meeting_date,
    rate_before_percent,
    rate_after_percent,
    expected_change_bp,
    probabilities,
    status,
    missing,
    decision_day,
    known_at
from newest
where status is not null
order by as_of_date, meeting_date
