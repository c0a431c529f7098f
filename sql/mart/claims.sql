/*
description = "What articles claim, with the newest verdict on each claim and the one before it."
grain = ["article_id", "claim_id"]

[columns]
first_verdict = "Verdict at the moment of the article."
newest_verdict = "Verdict at the newest moment asked."
newest_as_of = "The newest moment asked."
previous_verdict = "Last verdict that was another one than the newest; null where there was none."
changed_as_of = "First moment at which the newest verdict was given."

[rests_on]
"core.claims" = "up.article_id = row.article_id and up.claim_id = row.claim_id"
"mart.claim_verdicts" = "up.article_id = row.article_id and up.claim_id = row.claim_id"

[checks]
changed_before_the_newest = "changed_as_of is null or changed_as_of <= newest_as_of"
*/
with said as (
    select
        article_id,
        claim_id,
        as_of,
        any_value(claim_verdict) as claim_verdict
    from mart.claim_verdicts
    group by article_id, claim_id, as_of
),
newest as (
    select
        article_id,
        claim_id,
        max(as_of) as newest_as_of,
        arg_max(claim_verdict, as_of) as newest_verdict
    from said
    group by article_id, claim_id
),
others as (
    select
        said.article_id,
        said.claim_id,
        max(said.as_of) as as_of,
        arg_max(said.claim_verdict, said.as_of) as previous_verdict
    from said
    inner join newest on said.article_id = newest.article_id and said.claim_id = newest.claim_id
    where said.claim_verdict <> newest.newest_verdict
    group by said.article_id, said.claim_id
),
changes as (
    select
        said.article_id,
        said.claim_id,
        min(said.as_of) as changed_as_of
    from said
    left join others on said.article_id = others.article_id and said.claim_id = others.claim_id
    where others.as_of is null or said.as_of > others.as_of
    group by said.article_id, said.claim_id
)
select
    claims.article_id,
    claims.claim_id,
    claims.article_title,
    claims.published_on,
    claims.publisher,
    claims.article_as_of,
    claims.text,
    claims.template,
    claims.params,
    claims.claimed_value,
    claims.claimed_decimals,
    at_first.claim_verdict as first_verdict,
    newest.newest_verdict,
    newest.newest_as_of,
    others.previous_verdict,
    changes.changed_as_of,
    claims.source_url,
    claims.known_at
from core.claims as claims
left join said as at_first
    on claims.article_id = at_first.article_id and claims.claim_id = at_first.claim_id and claims.article_as_of = at_first.as_of
left join newest on claims.article_id = newest.article_id and claims.claim_id = newest.claim_id
left join others on claims.article_id = others.article_id and claims.claim_id = others.claim_id
left join changes on claims.article_id = changes.article_id and claims.claim_id = changes.claim_id
order by claims.article_id, claims.claim_id
