/*
description = "What articles claim, told in our own words, each claim with its template and parameters."
grain = ["article_id", "claim_id"]

[columns]
article_title = "Title of the article, or what it is called here."
published_on = "Day of the article."
publisher = "Who published the article."
article_as_of = "Moment at which the reader of the article stood."
text = "The claim in our own words."
template = "Kind of claim: a file in pipelines/claims/templates, which says what would refute it."
params = "Parameters of the template, as JSON."
claimed_value = "Number that the article prints, in its unit; null where it prints none."
claimed_decimals = "Decimals it was printed with; -3 is to the thousand."

[rests_on]
"raw.claims" = "up.article_id = row.article_id and up.claim_id = row.claim_id"

[checks]
a_number_has_its_decimals = "(claimed_value is null) = (claimed_decimals is null)"
text_is_said = "length(text) > 7"
*/
select
    article_id,
    claim_id,
    article_title,
    published_on,
    publisher,
    article_as_of,
    text,
    template,
    params,
    claimed_value,
    claimed_decimals,
    source_url,
    known_at
from raw.claims
order by article_id, claim_id
