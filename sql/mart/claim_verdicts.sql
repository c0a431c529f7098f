/*
description = "The verdict on every claim at every moment asked, one row a definition, with the SELECT behind it. Of several evaluations of one moment the last is shown; all stand in core.claim_verdicts."
grain = ["article_id", "claim_id", "as_of", "definition_id"]

[columns]
n_evaluations = "Evaluations of this moment that said something else than the one before; 1 where nothing was ever corrected."

[rests_on]
"core.claim_verdicts" = "up.article_id = row.article_id and up.claim_id = row.claim_id and up.as_of = row.as_of and up.definition_id = row.definition_id"

[checks]
last_evaluation_is_shown = "evaluation = n_evaluations"
*/
select
    article_id,
    claim_id,
    as_of,
    definition_id,
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
    evaluation,
    count(*) over (partition by article_id, claim_id, as_of, definition_id) as n_evaluations,
    sql,
    capture_ids,
    known_at,
    evaluated_at
from core.claim_verdicts
qualify row_number() over (partition by article_id, claim_id, as_of, definition_id order by evaluation desc) = 1
order by article_id, claim_id, as_of, place, definition_id
