/*
description = "A figure that only a citation can give: who said it, about what, where it stands. Never computed."
refuted_by = "The citation says another figure. Others on the same subject stand beside it."
example = '{ forecaster = "Goldman Sachs", subject = "russell_2000", metric = "EPS growth", period = "2026" } with claimed_value = 49 and claimed_decimals = 0'
prints_a_number = "always"
series = []
rests_on = """
select 'core.analyst_claims' as what, subject as series_id, stated_on as date, value, known_at, source_url as capture_id
from core.analyst_claims where subject = $subject and metric = $metric and period = $period
"""

[parameters.forecaster]
type = "text"
meaning = "Who said it, as analyst_claims.toml names them."
[parameters.subject]
type = "text"
meaning = "About what."
[parameters.metric]
type = "text"
meaning = "Which figure."
[parameters.period]
type = "text"
meaning = "Of which period."
*/
with cited as (
    select
        *,
        forecaster = $forecaster as is_named
    from core.analyst_claims
    where subject = $subject and metric = $metric and period = $period
)
select
    row_number() over (order by not cited.is_named, cited.stated_on, cited.analyst_claim_id) as place,
    case
        when cited.is_named is null then 'a citation of ' || $forecaster
        else cited.forecaster || ' (' || cited.kind || ', ' || cited.basis || '), ' || cited.published_by || ' ' || cited.stated_on
    end as definition_id,
    rounds_to(cited.value, $claimed_value, $claimed_decimals) as holds,
    cited.value as observed_value,
    coalesce(printf('%g ', cited.value) || cited.unit || ', ' || cited.source_url, 'no citation is held') as observed_text,
    null::timestamptz as resolves_at,
    case when coalesce(cited.is_named, true) then 'attribution' else 'context' end as kind
from (select 1 as one) as always
left join cited on true
order by place
