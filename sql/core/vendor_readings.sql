/*
description = "Every vendor's reading of what has more than one: the value of a date as the first vendor says it, and as each other does."
grain = ["first_series_id", "series_id", "date"]

[columns]
first_series_id = "The series that all of these are readings of; it is its own first reading."
reading = "Close or value of the date, as this vendor says it: never corrected by another's."

[rests_on]
"core.price_bars" = "up.series_id = row.series_id and up.session_date = row.date"
"core.observations" = "up.series_id = row.series_id and up.date = row.date"
"core.series" = "up.series_id = row.series_id"

[checks]
reading_is_a_number = "isfinite(reading)"
*/
with readings as (
    select
        series_id,
        session_date as date,
        close as reading,
        known_at
    from core.price_bars
    union all
    select
        series_id,
        date,
        value as reading,
        known_at
    from core.observations
    where value is not null
),
families as (
    select
        series_id,
        coalesce(second_reading_of, series_id) as first_series_id
    from core.series
    where second_reading_of is not null or series_id in (select others.second_reading_of from core.series as others)
)
select
    families.first_series_id,
    readings.series_id,
    readings.date,
    readings.reading,
    readings.known_at
from readings
inner join families on readings.series_id = families.series_id
order by families.first_series_id, readings.series_id, readings.date
