/*
description = "Every day on which the target range was decided to change or stay, against FRED's target range on that day."
grain = ["effective_date"]

[columns]
decided_lower_percent = "Lower limit the meeting decided; null where our calendar does not hold it, or where there was no meeting."
decided_upper_percent = "Upper limit the meeting decided; null where our calendar does not hold it, or where there was no meeting."
fred_lower_percent = "FRED's lower limit on the day; null where FRED does not reach it yet."
fred_upper_percent = "FRED's upper limit on the day; null where FRED does not reach it yet."
fred_change_bp = "Change of FRED's upper limit against its day before, basis points."
agreement = "agrees; pending (FRED does not reach the day yet); unrecorded (held, and our calendar waits for its range); change_did_not_arrive; change_without_meeting."

[rests_on]
"core.fomc_meetings" = "up.effective_date = row.effective_date and up.cancelled_at is null"
"core.observations" = "up.series_id in ('target_lower', 'target_upper') and up.date between row.effective_date - 1 and row.effective_date"

[checks]
no_change_without_a_meeting = "agreement <> 'change_without_meeting'"
every_change_arrived = "agreement <> 'change_did_not_arrive'"
*/
with ranges as (
    select
        upper_limit.date,
        lower_limit.value as lower_percent,
        upper_limit.value as upper_percent,
        lag(upper_limit.value) over (order by upper_limit.date) as upper_before,
        lag(lower_limit.value) over (order by upper_limit.date) as lower_before,
        greatest(lower_limit.known_at, upper_limit.known_at) as known_at
    from core.observations as upper_limit
    inner join core.observations as lower_limit on upper_limit.date = lower_limit.date and lower_limit.series_id = 'target_lower'
    where upper_limit.series_id = 'target_upper'
),
meetings as (
    select
        effective_date,
        decision_date,
        decision_at,
        case when range_source = 'calendar' then lower_percent end as lower_percent,
        case when range_source = 'calendar' then upper_percent end as upper_percent,
        known_at
    from core.fomc_meetings
    where cancelled_at is null
),
changes as (
    select ranges.*
    from ranges
    where
        ranges.date >= (select min(meetings.effective_date) from meetings)
        and (ranges.upper_percent <> ranges.upper_before or ranges.lower_percent <> ranges.lower_before)
),
days as (
    select effective_date from meetings
    union
    select date from changes
)
select
    days.effective_date,
    meetings.decision_date,
    meetings.decision_at,
    meetings.lower_percent as decided_lower_percent,
    meetings.upper_percent as decided_upper_percent,
    ranges.lower_percent as fred_lower_percent,
    ranges.upper_percent as fred_upper_percent,
    100 * (ranges.upper_percent - ranges.upper_before) as fred_change_bp,
    case
        when meetings.effective_date is null then 'change_without_meeting'
        when ranges.date is null then 'pending'
        when meetings.lower_percent is null then 'unrecorded'
        when meetings.lower_percent = ranges.lower_percent and meetings.upper_percent = ranges.upper_percent then 'agrees'
        else 'change_did_not_arrive'
    end as agreement,
    greatest(meetings.known_at, ranges.known_at) as known_at
from days
left join meetings on days.effective_date = meetings.effective_date
left join ranges on days.effective_date = ranges.date
order by days.effective_date
