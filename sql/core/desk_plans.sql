/*
description = "What the Desk said it would buy, from a checked-in, cited table; amounts only where a source names one."
grain = ["plan_id"]

[columns]
plan_id = "Our name of the plan: when it was said, and by whom."
announced_on = "Day on which it was said, New York."
period_start = "First day the plan is for."
period_end = "Last day the plan is for; null where open."
monthly_amount_usd_bn = "Amount announced for one monthly cycle; null where none was named."
reinvestment_usd_bn = "Reinvestment of agency principal announced for one monthly cycle; null where none was named."
kind = "reserve_management (the holdings grow) or reinvestment (maturing Treasuries and agency principal are replaced)."
evidence = "What the row rests on: a statement, a speech, or the press about either."
title = "What was said, in a line."
summary = "What was said, in our words, and what our sources leave open."
supersedes = "The plan this one takes the place of; null where it adds to what was said."
is_current = "False once a later plan supersedes it."

[rests_on]
"raw.desk_plans" = "row.plan_id in (up.plan_id, up.supersedes)"

[checks]
period_is_in_order = "period_end is null or period_end >= period_start"
kind_is_known = "kind in ('reserve_management', 'reinvestment')"
it_is_cited = "source_url like 'https://%'"
*/
select
    plans.plan_id,
    plans.announced_on,
    plans.period_start,
    plans.period_end,
    plans.monthly_amount_usd_bn,
    plans.reinvestment_usd_bn,
    plans.kind,
    plans.evidence,
    plans.title,
    plans.summary,
    plans.supersedes,
    later.plan_id is null as is_current,
    plans.source_url,
    plans.known_at
from raw.desk_plans as plans
left join (
    select
        supersedes,
        min(plan_id) as plan_id
    from raw.desk_plans
    where supersedes is not null
    group by supersedes
) as later on plans.plan_id = later.supersedes
order by plans.plan_id
