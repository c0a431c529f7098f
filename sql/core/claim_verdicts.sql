/*
description = "Every evaluation of every claim, one row a definition: the log, to which rows are only added."
grain = ["article_id", "claim_id", "as_of", "definition_id", "evaluated_at"]

[columns]
evaluation = "Number of the evaluation at that moment and under that definition: 1 is the first, the highest is in force."

[rests_on]
"raw.claim_verdicts" = "up.article_id = row.article_id and up.claim_id = row.claim_id and up.as_of = row.as_of and up.definition_id = row.definition_id and up.evaluated_at = row.evaluated_at"

[checks]
verdict_is_known = "verdict in ('SUPPORTED', 'REFUTED', 'FORECAST_OPEN', 'RESOLVED_TRUE', 'RESOLVED_FALSE', 'ATTRIBUTION_ONLY', 'NOT_TESTABLE', 'INSUFFICIENT_DATA')"
claim_verdict_is_known = "claim_verdict like 'SUPPORTED_IF(%)' or claim_verdict in ('SUPPORTED', 'REFUTED', 'FORECAST_OPEN', 'RESOLVED_TRUE', 'RESOLVED_FALSE', 'ATTRIBUTION_ONLY', 'NOT_TESTABLE', 'INSUFFICIENT_DATA')"
no_more_true_than_there_are = "n_definitions_true between 0 and n_definitions"
it_comes_with_its_query = "length(sql) > 0"
*/
select
    article_id,
    claim_id,
    as_of,
    definition_id,
    row_number() over (partition by article_id, claim_id, as_of, definition_id order by evaluated_at) as evaluation,
    place,
    kind,
    observed_value,
    observed_text,
    match,
    resolves_at,
    verdict,
    claim_verdict,
    n_definitions,
    n_definitions_true,
    sql,
    inputs_hash,
    capture_ids,
    known_at,
    evaluated_at
from raw.claim_verdicts
order by article_id, claim_id, as_of, place, definition_id, evaluated_at
