/*
description = "What the Desk did, one row an action: outright operations announced, held or cancelled, the days on which they settle, and days of standing repo. What it was told to do is mart.policy_actions."
grain = ["event_id"]

[columns]
event_id = "Name of the action: operation, settlement or standing_repo, and its key."
event_at = "When bidding closed (11:30 New York where the hour is not known), reserves moved (9:00), or the day's last repo closed, UTC."
effective_date = "Day on which reserves move: the settlement date, of repo the day itself."
type = "OP_SCHEDULED, OP_RESULT, OP_CANCELLED, SMALL_VALUE_TEST, SETTLEMENT, STANDING_REPO (10 billion or more on a day)."
title = "What the Desk did, in our words; never what for, which it does not say."
status = "planned (announced, or not settled yet), executed or cancelled."
amount_usd_bn = "Amount accepted, settled, or lent on the day."
planned_usd_bn = "Reserve management purchases announced for the cycle of a bill purchase; null where no amount is in our sources."
executed_usd_bn = "Bills bought in the cycle up to and with this purchase, reinvestment included."
rests_on = "Operations the action is read from, by the Desk's ids."

[rests_on]
"core.fed_operations" = '''
row.event_id = 'operation ' || up.family || ' ' || up.operation_id
or (
    row.event_id = 'settlement ' || up.family || ' ' || up.settlement_date || ' ' || up.direction
    and up.status in ('results', 'quarantined') and not up.is_small_value
)
-- The bills bought in the cycle up to and with this purchase: executed_usd_bn.
or (
    row.type = 'OP_RESULT' and row.executed_usd_bn is not null
    and up.family = 'treasury' and up.direction = 'purchase' and up.status = 'results' and not up.is_small_value
    and up.operation_type ilike '%bill%' and up.operation_date <= cast(timezone('America/New_York', row.event_at) as date) and up.operation_date >= (
        select max(c.cycle_start) from mart.bill_purchases as c
        where c.cycle_start <= cast(timezone('America/New_York', row.event_at) as date)
    )
)
-- A settlement is executed once operations are known through its day; until then, how far they are known.
or (
    row.type in ('SETTLEMENT', 'OP_SCHEDULED') and up.known_at = coalesce(
        (
            select min(o.known_at) from core.fed_operations as o
            where row.status = 'executed' and cast(timezone('America/New_York', o.known_at) as date) >= row.effective_date
        ),
        (select max(o.known_at) from core.fed_operations as o)
    )
)
'''
"core.repo_days" = "row.event_id = 'standing_repo ' || up.operation_date and up.direction = 'repo'"
"mart.bill_purchases" = '''
row.type = 'OP_RESULT' and row.executed_usd_bn is not null
and cast(timezone('America/New_York', row.event_at) as date) between up.cycle_start and coalesce(up.cycle_end, cast(timezone('America/New_York', row.event_at) as date))
'''
"mart.rate_pressure" = "row.event_id = 'standing_repo ' || up.date"

[checks]
the_desk_names_no_purpose = "title not ilike '%reserve management%' and title not ilike '%reinvest%'"
an_exercise_is_in_no_total = "type <> 'SMALL_VALUE_TEST' or (planned_usd_bn is null and executed_usd_bn is null)"
*/
with limits as (
    -- Standing repo below 10 billion is a day like any other.
    select 10.0 as repo_usd_bn
),
known as (
    select max(cast(timezone('America/New_York', known_at) as date)) as through
    from core.fed_operations
),
outright as (
    select
        *,
        operation_type ilike '%bill%' and direction = 'purchase' and status = 'results' and not is_small_value as is_bill_purchase
    from core.fed_operations
    where family in ('treasury', 'agency')
),
operations as (
    select
        'operation ' || outright.family || ' ' || outright.operation_id as event_id,
        timezone('America/New_York', outright.operation_date + coalesce(try_cast(outright.close_time as time), time '11:30')) as event_at,
        coalesce(outright.settlement_date, outright.operation_date) as effective_date,
        case
            when outright.status = 'announced' then 'OP_SCHEDULED'
            when outright.status = 'cancelled' then 'OP_CANCELLED'
            when outright.is_small_value then 'SMALL_VALUE_TEST'
            else 'OP_RESULT'
        end as type,
        case outright.status when 'announced' then 'planned' when 'cancelled' then 'cancelled' else 'executed' end as status,
        case
            when outright.status = 'results'
                then format(
                    '{}{}: {:.3f} bn accepted of {:.3f} bn offered, settles {}',
                    outright.operation_type,
                    case when outright.is_small_value then ' (small-value exercise, in no total)' else '' end,
                    outright.accepted_usd_bn,
                    outright.submitted_usd_bn,
                    outright.settlement_date
                )
            when outright.status = 'announced' and outright.operation_date < known.through
                then format('{} announced, no results known by {}', outright.operation_type, known.through)
            else outright.operation_type || ' ' || outright.status
        end as title,
        outright.accepted_usd_bn as amount_usd_bn,
        case when outright.is_bill_purchase then cycles.planned_usd_bn end as planned_usd_bn,
        case
            when outright.is_bill_purchase and cycles.cycle_start is not null
                then cast(sum(case when outright.is_bill_purchase then cast(outright.accepted_usd_bn as decimal(18, 9)) else 0 end) over (
                    partition by cycles.cycle_start order by outright.operation_date, outright.operation_id
                ) as double)
        end as executed_usd_bn,
        outright.family || ' ' || outright.operation_id as rests_on,
        outright.known_at
    from outright
    cross join known
    left join mart.bill_purchases as cycles
        on outright.operation_date >= cycles.cycle_start and outright.operation_date <= coalesce(cycles.cycle_end, outright.operation_date)
    where outright.status <> 'quarantined'
),
settlements as (
    select
        'settlement ' || outright.family || ' ' || outright.settlement_date || ' ' || outright.direction as event_id,
        timezone('America/New_York', outright.settlement_date + time '09:00') as event_at,
        outright.settlement_date as effective_date,
        'SETTLEMENT' as type,
        case when outright.settlement_date <= any_value(known.through) then 'executed' else 'planned' end as status,
        format(
            '{} {} of {} settle: reserves {}',
            upper(outright.family[1]) || outright.family[2:],
            outright.direction || 's',
            string_agg(distinct strftime(outright.operation_date, '%-d %B'), ' and '),
            case when outright.direction = 'purchase' then 'rise' else 'fall' end
        ) as title,
        cast(sum(cast(outright.accepted_usd_bn as decimal(38, 15))) as double) as amount_usd_bn, -- exact; pools have fractions of a dollar
        string_agg(outright.operation_id, ', ' order by outright.operation_id) as rests_on,
        max(outright.known_at) as known_at
    from outright
    cross join known
    where outright.status in ('results', 'quarantined') and not outright.is_small_value and outright.settlement_date is not null
    group by outright.family, outright.settlement_date, outright.direction
    having bool_and(outright.status = 'results') -- of a day of which one is quarantined, the sum is not known
),
repo_days as (
    select
        'standing_repo ' || repo.operation_date as event_id,
        timezone('America/New_York', repo.operation_date + coalesce(try_cast(repo.last_close_time as time), time '13:45')) as event_at,
        repo.operation_date as effective_date,
        'STANDING_REPO' as type,
        'executed' as status,
        format(
            'Standing repo taken up{}: lent until {}, not bought',
            case when pressure.is_year_end then ' over the year-end' when pressure.is_quarter_end then ' over the quarter-end' else '' end,
            repo.last_maturity_date
        ) as title,
        repo.accepted_usd_bn as amount_usd_bn,
        repo.operation_ids as rests_on,
        repo.known_at
    from core.repo_days as repo
    cross join limits
    left join mart.rate_pressure as pressure on repo.operation_date = pressure.date
    where repo.direction = 'repo' and repo.accepted_usd_bn >= limits.repo_usd_bn
),
actions as (
    select * from operations
    union all by name
    select * from settlements
    union all by name
    select * from repo_days
)
select
    event_id,
    event_at,
    effective_date,
    type,
    title,
    status,
    amount_usd_bn,
    planned_usd_bn,
    executed_usd_bn,
    rests_on,
    'https://markets.newyorkfed.org/static/docs/markets-api.html' as source_url,
    known_at
from actions
order by event_at, event_id
