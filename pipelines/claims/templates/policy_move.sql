/*
description = "The Committee changed its target range by a printed number of basis points on a day."
refuted_by = "No decision that day, or another size."
example = '{ on = 2025-12-10 } with claimed_value = -25 and claimed_decimals = 0'
prints_a_number = "always"
series = ["target_upper", "target_lower"]
rests_on = """
select 'core.observations' as what, series_id, date, value, known_at, capture_id
from core.observations where series_id in ('target_upper', 'target_lower') and date between $on - 1 and $on + 1
union all
select 'core.fomc_meetings' as what, null, decision_date, upper_percent, known_at, source_url
from core.fomc_meetings where decision_date = $on
"""

[parameters.on]
type = "date"
meaning = "The day of the decision, in New York."
*/
with decided as (
    select change_bp
    from core.fomc_meetings
    where decision_date = $on
),
seen as (
    select
        max(value) filter (where date = $on - 1) as before,
        max(value) filter (where date = $on) as that_day,
        max(value) filter (where date = $on + 1) as day_after
    from core.observations
    where series_id = 'target_upper'
),
told as (
    select
        1 as place,
        'announced that day' as definition_id,
        (select change_bp from decided) as bp
    union all
    select
        2 as place,
        'FRED, the day after against that day' as definition_id,
        100 * (day_after - that_day) as bp
    from seen
    union all
    select
        3 as place,
        'in force that day (FRED, against the day before)' as definition_id,
        100 * (that_day - before) as bp
    from seen
)
select
    place,
    definition_id,
    rounds_to(bp, $claimed_value, $claimed_decimals) as holds,
    bp as observed_value,
    coalesce(printf('%+.0f bp', bp), 'not known') as observed_text,
    case when place = 2 then day_ends($on + 1) else day_ends($on) end as resolves_at,
    'test' as kind
from told
order by place
