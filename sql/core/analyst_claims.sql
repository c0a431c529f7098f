/*
description = "What analysts said, each figure with who said it and where it stands. Nothing here is computed."
grain = ["analyst_claim_id"]

[columns]
analyst_claim_id = "Name of the citation."
forecaster = "Whose figure it is."
published_by = "Who printed it."
subject = "What it is about: a series where there is one."
metric = "Which figure."
period = "Of which period."
value = "The figure, in its unit."
unit = "Unit of the figure."
kind = "own_forecast (the forecaster's own), consensus, or quoted_consensus (a consensus that somebody shows)."
basis = "How earnings are counted: GAAP, operating, including losses, or not stated."
stated_on = "Day on which it was printed."
evidence = "What is held of it, and what is not."

[rests_on]
"raw.analyst_claims" = "up.analyst_claim_id = row.analyst_claim_id"

[checks]
figure_is_finite = "isfinite(value)"
it_is_cited = "source_url like 'https://%'"
*/
select
    analyst_claim_id,
    forecaster,
    published_by,
    subject,
    metric,
    period,
    value,
    unit,
    kind,
    basis,
    stated_on,
    evidence,
    source_url,
    known_at
from raw.analyst_claims
order by analyst_claim_id
