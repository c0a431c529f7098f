/*
description = "The newest known state of each operation of the New York Fed's Desk. One that cannot be has no amounts and is in no total."
grain = ["family", "operation_id"]

[columns]
submitted_usd_bn = "Amount offered to the Desk; null while only announced, and where quarantined."
accepted_usd_bn = "Amount the Desk accepted; null while only announced, and where quarantined."
status = "announced, results, cancelled; or quarantined: what the Desk's answer says of it cannot be."
quality_reason = "What about it cannot be, with the figures as they were told, or what a ruling says of it; null for nearly all."
former_ids = "Other ids under which the Desk told of the same operation; null for nearly all. See the rule in the SELECT."
is_small_value = "A small-value exercise: a test of the plumbing without policy meaning, left out of totals. By amount and schedule; for repo by the Desk's note."

[rests_on]
"raw.operations" = '''
up.family = row.family and (
    (up.operation_id = row.operation_id and up.known_at = row.known_at and up.capture_id = row.capture_id)
    or list_contains(string_split(row.former_ids, ', '), up.operation_id)
    or (
        -- A small operation is judged by its like around it.
        row.family in ('treasury', 'agency') and row.accepted_usd_bn > 0 and row.accepted_usd_bn < 0.5
        and up.operation_type = row.operation_type and up.accepted_usd >= 0.5e9
        and up.operation_date between row.operation_date - 45 and row.operation_date + 45
    )
)
'''
"raw.operation_rulings" = "up.family = row.family and up.operation_id = row.operation_id"

[context]
"raw.series" = "What limits the catalog gives the amounts."

[checks]
quarantined_has_a_reason_and_no_amount = "status <> 'quarantined' or (quality_reason is not null and coalesce(submitted_usd_bn, accepted_usd_bn) is null)"
accepted_is_not_above_submitted = "quality_reason is not null or accepted_usd_bn is null or submitted_usd_bn is null or accepted_usd_bn <= submitted_usd_bn"
settles_on_or_after_the_operation = "quality_reason is not null or settlement_date is null or settlement_date >= operation_date"
*/
with small as (
    -- Exercises stayed below half a billion (newyorkfed.org/markets/opolicy/operating_policy_160218 caps one at 250 million);
    -- the smallest real outright operation since 2012 is 601. What runs on a schedule has its like around it, so a small
    -- operation is an exercise only where it is a tenth of its like or less, or has none. Small take-up of a standing facility
    -- is real: a repo operation is an exercise only where the Desk's note says so.
    select
        0.5 as below_usd_bn,
        0.1 as share_of_regular
),
heard as (
    select
        *,
        bool_or(status = 'results') over (partition by family, operation_id) as has_results
    from raw.operations
),
told as (
    -- The page of announcements may go on saying Announced after the results are out; it takes none of them back.
    select * exclude (has_results)
    from heard
    where status <> 'announced' or not has_results
    qualify row_number() over (partition by family, operation_id order by known_at desc, capture_id desc) = 1
),
described as (
    -- Ids are opaque, and an operation may come back under another one (the suffix changed from 1 to 25 in March 2026). Two
    -- ids are one operation where day, kind, settlement, maturities and hour agree, and either both have results of the same
    -- dollars, or one was announced only, before the other. Of such the id told last stands. Other dollars are another operation.
    select
        *,
        row(
            family, operation_type, direction, term, operation_date, close_time,
            settlement_date, maturity_date, maturity_start, maturity_end
        ) as description,
        row(status, submitted_usd, accepted_usd) as outcome
    from told
),
placed as (
    select
        *,
        row_number() over (partition by description, outcome order by known_at desc, operation_id desc) > 1
        or (
            status = 'announced'
            and coalesce(max(known_at) filter (where status <> 'announced') over (partition by description) >= known_at, false)
        ) as is_former
    from described
),
current_ids as (
    select
        *,
        string_agg(operation_id, ', ') filter (where is_former) over (
            partition by description order by operation_id rows between unbounded preceding and unbounded following
        ) as former_ids
    from placed
    qualify not is_former
),
rulings as (
    select *
    from raw.operation_rulings
    qualify row_number() over (partition by family, operation_id order by known_at desc, ruling_id desc) = 1
),
judged as (
    select
        current_ids.*,
        rulings.ruling,
        case
            when rulings.ruling is not null then 'ruled ' || rulings.ruling || ': ' || rulings.reason
            when
                least(current_ids.submitted_usd, current_ids.accepted_usd) < 1e9 * catalog.minimum
                or greatest(current_ids.submitted_usd, current_ids.accepted_usd) > 1e9 * catalog.maximum
                then format(
                    'accepted {} bn of {} bn offered, beyond the limits of the catalog',
                    coalesce((current_ids.accepted_usd / 1e9)::varchar, 'no'),
                    coalesce((current_ids.submitted_usd / 1e9)::varchar, 'no')
                )
            when current_ids.accepted_usd > current_ids.submitted_usd
                then format('accepted {} bn, more than the {} bn offered', current_ids.accepted_usd / 1e9, current_ids.submitted_usd / 1e9)
            when current_ids.settlement_date < current_ids.operation_date
                then format('settles {}, before it is held', current_ids.settlement_date)
        end as quality_reason
    from current_ids
    left join raw.series as catalog on current_ids.series_id = catalog.series_id
    left join rulings on current_ids.family = rulings.family and current_ids.operation_id = rulings.operation_id
),
newest as (
    select
        * exclude (status, submitted_usd, accepted_usd),
        case when is_sound then status else 'quarantined' end as status,
        case when is_sound then submitted_usd end as submitted_usd,
        case when is_sound then accepted_usd end as accepted_usd
    from (
        select
            *,
            coalesce(ruling = 'ok', quality_reason is null) as is_sound
        from judged
    ) as judged
)
select
    newest.series_id,
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
    newest.quality_reason,
    newest.former_ids,
    coalesce(
        newest.note ilike '%small value%'
        or (
            newest.family in ('treasury', 'agency')
            and newest.accepted_usd > 0
            and newest.accepted_usd / 1e9 < small.below_usd_bn
            and newest.accepted_usd / 1e9 < small.share_of_regular * coalesce(
                median(newest.accepted_usd / 1e9) filter (where newest.accepted_usd / 1e9 >= small.below_usd_bn) over (
                    partition by newest.family, newest.operation_type
                    order by newest.operation_date
                    range between interval 45 days preceding and interval 45 days following
                ),
                'infinity'::double
            )
        ),
        false
    ) as is_small_value,
    newest.note,
    newest.close_time,
    newest.known_at,
    newest.known_at_method,
    newest.capture_id
from newest
cross join small
order by newest.operation_date, newest.family, newest.operation_id
