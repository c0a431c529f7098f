/*
description = "Week by week: does the change in Treasuries the Fed holds (H.4.1) equal what the Desk's purchases settled (New York Fed)? Two publishers, one fact, two verdicts: plain, and with the inflation compensation of TIPS subtracted."
grain = ["week_ending"]

[columns]
week_ending = "Wednesday of the H.4.1 statement."
treasuries_held_usd_bn = "Treasuries held outright on that Wednesday, inflation compensation included."
change_in_treasuries_usd_bn = "Change of treasuries_held_usd_bn against the Wednesday before."
settled_purchases_usd_bn = "Accepted in purchases less sales that settled after the Wednesday before and by this one, small-value exercises included: they settle too."
n_settled = "Operations behind settled_purchases_usd_bn."
residual_usd_bn = "change_in_treasuries_usd_bn less settled_purchases_usd_bn."
inflation_compensation_usd_bn = "What the residual should be: the weekly change in inflation compensation of the Fed's TIPS, which H.4.1 counts as held and no operation buys."
compensation_basis = "published (the Fed's own figure), estimated (median residual of the four covered weeks before, at most 1 billion either way), none."
tolerance_usd_bn = "0.6 billion and 5 % of what settled."
coverage = "covered; not_covered (maturing Treasuries were not all rolled over, as far as the plans say); pending (operations are not known through the week, or one that may settle in it is quarantined)."
within_tolerance = "The compensated verdict, which the check goes by: whether residual_usd_bn less inflation_compensation_usd_bn lies within the tolerance; null where not covered."
within_plain_tolerance = "The plain verdict: whether residual_usd_bn alone does, nothing subtracted; null where not covered. Weeks of high inflation compensation fail it."

[rests_on]
"core.desk_plans" = "up.kind = 'reinvestment' and up.is_current and up.period_start <= row.week_ending - 7 and coalesce(up.period_end, row.week_ending) >= row.week_ending"
"core.fed_operations" = '''
(
    up.family = 'treasury' and up.status = 'results' and up.settlement_date <= row.week_ending
    and up.settlement_date > row.week_ending - case row.compensation_basis when 'estimated' then 35 else 7 end
)
-- One that is quarantined may settle in the week, and leaves it open.
or (up.family = 'treasury' and up.status = 'quarantined' and up.operation_date between row.week_ending - 13 and row.week_ending)
-- The week is judged because operations reach back before it and are known through it.
or up.settlement_date = (
    select min(o.settlement_date) from core.fed_operations as o where o.family = 'treasury' and o.status = 'results'
)
or up.known_at = (
    select min(o.known_at) from core.fed_operations as o
    where cast(timezone('America/New_York', o.known_at) as date) >= row.week_ending
)
'''
"core.observations" = '''
up.series_id in ('treasuries_held', 'soma_tips_inflation_compensation')
-- An estimate rests on the four weeks before, each of them on its own week before.
and up.date between row.week_ending - case row.compensation_basis when 'estimated' then 35 else 7 end and row.week_ending
'''

[checks]
holdings_move_by_what_settled = "within_tolerance or coverage <> 'covered'"
covered_weeks_are_judged = "(coverage = 'covered') = (within_tolerance is not null) and (coverage = 'covered') = (within_plain_tolerance is not null)"
*/
with limits as (
    -- 0.6 billion and 5 %: measured on nine weeks of 2025-26 (design/domain.md §3.5). The cap on the estimate keeps a
    -- vanished feed of operations (at least 3 billion a week) from being taken for inflation; the most seen is 1.4.
    select
        0.6 as flat,
        0.05 as share,
        1.0 as most_estimated
),
known as (
    select max(cast(timezone('America/New_York', known_at) as date)) as through
    from core.fed_operations
),
operations as (
    select
        settlement_date,
        case when direction = 'sale' then -accepted_usd_bn else accepted_usd_bn end as bought_usd_bn,
        known_at
    from core.fed_operations
    where family = 'treasury' and status = 'results' and settlement_date is not null
),
compensation as (
    select
        date,
        value - lag(value) over (order by date) as change_usd_bn,
        known_at
    from core.observations
    where series_id = 'soma_tips_inflation_compensation' and value is not null
),
weeks as (
    select
        date as week_ending,
        lag(date) over (order by date) as week_before,
        value as treasuries_held_usd_bn,
        value - lag(value) over (order by date) as change_in_treasuries_usd_bn,
        known_at
    from core.observations
    where series_id = 'treasuries_held' and value is not null
),
settled as (
    select
        weeks.week_ending,
        cast(coalesce(sum(cast(operations.bought_usd_bn as decimal(18, 9))), 0) as double) as settled_purchases_usd_bn,
        count(operations.settlement_date) as n_settled,
        max(operations.known_at) as known_at
    from weeks
    left join operations on weeks.week_before < operations.settlement_date and weeks.week_ending >= operations.settlement_date
    where weeks.week_before >= (select min(first_ones.settlement_date) from operations as first_ones)
    group by weeks.week_ending
),
residuals as (
    select
        weeks.*,
        settled.settled_purchases_usd_bn,
        settled.n_settled,
        weeks.change_in_treasuries_usd_bn - settled.settled_purchases_usd_bn as residual_usd_bn,
        limits.flat + limits.share * abs(settled.settled_purchases_usd_bn) as tolerance_usd_bn,
        limits.most_estimated,
        case
            when weeks.week_ending > known.through then 'pending'
            when exists (
                select 1 from core.fed_operations as doubtful
                where
                    doubtful.family = 'treasury'
                    and doubtful.status = 'quarantined'
                    and doubtful.operation_date between weeks.week_before - 6 and weeks.week_ending
            ) then 'pending'
            when exists (
                select 1 from core.desk_plans as plans
                where
                    plans.kind = 'reinvestment'
                    and plans.is_current
                    and plans.period_start <= weeks.week_before
                    and coalesce(plans.period_end, weeks.week_ending) >= weeks.week_ending
            ) then 'covered'
            else 'not_covered'
        end as coverage,
        compensation.change_usd_bn as compensation_usd_bn,
        greatest(weeks.known_at, settled.known_at, compensation.known_at) as row_known_at
    from weeks
    inner join settled on weeks.week_ending = settled.week_ending
    cross join limits
    cross join known
    left join compensation on weeks.week_ending = compensation.date
),
usual as (
    select
        *,
        median(residual_usd_bn) over (partition by coverage order by week_ending rows between 4 preceding and 1 preceding) as usual_usd_bn
    from residuals
),
judged as (
    select
        *,
        case
            when coverage <> 'covered' then null
            when compensation_usd_bn is not null then compensation_usd_bn
            when usual_usd_bn is not null then greatest(-most_estimated, least(most_estimated, usual_usd_bn))
            else 0
        end as inflation_compensation_usd_bn
    from usual
)
select
    week_ending,
    treasuries_held_usd_bn,
    change_in_treasuries_usd_bn,
    settled_purchases_usd_bn,
    n_settled,
    residual_usd_bn,
    inflation_compensation_usd_bn,
    case
        when coverage <> 'covered' then 'none'
        when compensation_usd_bn is not null then 'published'
        when usual_usd_bn is not null then 'estimated'
        else 'none'
    end as compensation_basis,
    tolerance_usd_bn,
    coverage,
    case when coverage = 'covered' then abs(residual_usd_bn - inflation_compensation_usd_bn) <= tolerance_usd_bn end as within_tolerance,
    case when coverage = 'covered' then abs(residual_usd_bn) <= tolerance_usd_bn end as within_plain_tolerance,
    row_known_at as known_at
from judged
order by week_ending
