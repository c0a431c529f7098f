/*
description = "Which dates were to have a value by now, and since when each was out: the calendar behind every expected date and every missing session."
grain = ["release", "calendar", "frequency", "date"]

[rests_on]
"raw.release_dates" = "up.release = row.release and up.calendar = row.calendar and up.frequency = row.frequency and up.date = row.date"

[checks]
frequency_has_dates = "frequency in ('daily', 'weekly', 'monthly')"
*/
select
    release,
    calendar,
    frequency,
    date,
    known_at
from raw.release_dates
order by release, calendar, frequency, date
