/*
description = "Events of policy that are neither a decision on the range nor a plan, from a checked-in, cited table."
grain = ["event_id"]

[columns]
event_id = "Name of the event: family and key."
event_at = "When it happened, UTC; where only the day is known, the end of that day in New York."
effective_date = "Day from which it matters."
type = "Kind of event, in capitals."
status = "planned or executed."
title = "What happened, in our words."
amount_usd_bn = "The event's own amount; null where it has none."

[rests_on]
"raw.policy_events" = "up.event_id = row.event_id"

[checks]
it_is_cited = "source_url like 'https://%'"
status_is_known = "status in ('planned', 'executed')"
*/
select
    event_id,
    event_at,
    effective_date,
    type,
    status,
    title,
    amount_usd_bn,
    source_url,
    known_at
from raw.policy_events
order by event_id
