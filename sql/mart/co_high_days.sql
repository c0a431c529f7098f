/*
description = "Who is at a record close together on each NYSE session: of mart.co_high_sets, what stands on closes."
grain = ["session_date", "window_sessions"]

[rests_on]
"mart.co_high_sets" = "up.basis = 'close' and up.session_date = row.session_date and up.window_sessions = row.window_sessions"

[checks]
as_many_as_listed = "n_at_high = len(members)"
*/
select
    session_date,
    window_sessions,
    n_at_high,
    n_members,
    share,
    members,
    missing,
    is_event,
    known_at
from mart.co_high_sets
where basis = 'close'
order by session_date, window_sessions
