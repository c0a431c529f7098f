/*
description = "Expected days of each calendar: exchange sessions, London days, bank business days."
grain = ["calendar", "session_date"]

[rests_on]
"raw.sessions" = "up.calendar = row.calendar and up.session_date = row.session_date"
*/
select
    calendar,
    session_date
from raw.sessions
order by calendar, session_date
