/*
description = "Every meeting of the Federal Open Market Committee from 2018 with its target range: past, ahead, unscheduled, cancelled."
grain = ["decision_date"]

[columns]
decision_date = "Last day of the meeting, New York."
decision_at = "Instant of the statement, UTC: 14:00 New York for a scheduled meeting."
effective_date = "Day from which the range applies: the first open day of the Reserve Banks after the decision."
scheduled = "Whether the meeting stood in the Committee's calendar; false for one called in haste."
cancelled_at = "Instant from which the meeting was off; null for every other."
lower_percent = "Lower limit of the target range decided; from FRED where our calendar does not hold it yet; null until held."
upper_percent = "Upper limit of the target range decided; from FRED where our calendar does not hold it yet; null until held."
range_source = "calendar (our cited table), fred (its target range on effective_date), or null."
change_bp = "Change of the upper limit against the meeting before, basis points; null until held, and for the first."

[rests_on]
"core.observations" = '''
up.series_id in ('target_lower', 'target_upper') and up.date in (
    select m.effective_date from core.fomc_meetings as m
    where m.range_source = 'fred' and m.decision_date <= row.decision_date and (
        m.decision_date = row.decision_date or (
            row.change_bp is not null and m.decision_date >= (
                select max(b.decision_date) from core.fomc_meetings as b
                where b.decision_date < row.decision_date and b.upper_percent is not null
            )
        )
    )
)
'''
"raw.fomc_meetings" = '''
up.decision_date = row.decision_date or (
    -- The meeting before that has a range: change_bp counts from it.
    up.lower_percent is not null and row.change_bp is not null and up.decision_date = (
        select max(m.decision_date) from core.fomc_meetings as m
        where m.decision_date < row.decision_date and m.upper_percent is not null
    )
)
'''

[checks]
range_has_two_limits = "(lower_percent is null) = (upper_percent is null)"
lower_is_below_upper = "lower_percent is null or lower_percent < upper_percent"
takes_effect_after_the_decision = "effective_date > decision_date"
cancelled_decides_nothing = "cancelled_at is null or lower_percent is null"
*/
with newest as (
    select *
    from raw.fomc_meetings
    qualify row_number() over (partition by decision_date order by known_at desc) = 1
),
ranges as (
    select
        lower_limit.date,
        lower_limit.value as lower_percent,
        upper_limit.value as upper_percent,
        greatest(lower_limit.known_at, upper_limit.known_at) as known_at
    from core.observations as lower_limit
    inner join core.observations as upper_limit on lower_limit.date = upper_limit.date
    where lower_limit.series_id = 'target_lower' and upper_limit.series_id = 'target_upper'
),
decided as (
    select
        newest.* exclude (lower_percent, upper_percent, known_at),
        coalesce(newest.lower_percent, ranges.lower_percent) as lower_percent,
        coalesce(newest.upper_percent, ranges.upper_percent) as upper_percent,
        case
            when newest.lower_percent is not null then 'calendar'
            when ranges.lower_percent is not null then 'fred'
        end as range_source,
        case when newest.lower_percent is null then greatest(newest.known_at, ranges.known_at) else newest.known_at end as known_at
    from newest
    left join ranges on newest.effective_date = ranges.date and newest.cancelled_at is null
)
select
    decision_date,
    decision_at,
    effective_date,
    scheduled,
    cancelled_at,
    lower_percent,
    upper_percent,
    range_source,
    100 * (upper_percent - lag(upper_percent ignore nulls) over (order by decision_date)) as change_bp,
    source_url,
    known_at
from decided
order by decision_date
