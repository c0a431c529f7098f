/*
description = "To which NYSE session each calendar day belongs: what happens on a day without a session (a weekend of a 24x7 market, a London day while New York is closed) belongs to the next one, the first moment at which an equity investor could have seen it."
grain = ["calendar_date"]

[columns]
calendar_date = "A day of the calendar, session or not."
session_number = "Number of the session among all of the calendar: differences count sessions."

[rests_on]
"core.sessions" = "up.calendar = 'XNYS' and up.session_date = row.session_date"

[checks]
a_session_is_not_before_its_days = "session_date >= calendar_date"
no_wait_longer_than_a_week = "session_date - calendar_date <= 7"
*/
with sessions as (
    select
        session_date,
        lag(session_date) over (order by session_date) as session_before,
        row_number() over (order by session_date) as session_number
    from core.sessions
    where calendar = 'XNYS'
)
select
    unnest(generate_series(coalesce(session_before + 1, session_date), session_date, interval 1 day))::date as calendar_date,
    session_date,
    session_number
from sessions
order by calendar_date
