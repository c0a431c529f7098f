/*
description = "Expected days of each calendar: exchange sessions, London days, bank business days."
grain = ["calendar", "session_date"]
*/
select
    calendar,
    session_date
from raw.sessions
order by calendar, session_date
