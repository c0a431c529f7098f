/*
description = "Every alert that was raised before this file was published, and what became of it. `lockstep alerts` shows those raised since as well."
grain = ["alert_id"]

[columns]
alert_id = "Digest of kind and key: the same for the same alert, and the idempotency key under which it is sent."
kind = "What happened: see docs/operations.md."
subject = "What the alert is about: a series, a pair, a cycle, a claim, a run."
about_date = "Day the alert is about; null where it is about none."
text = "The alert as one sentence."
facts = "The figures behind it, as JSON."
status = "raised (not delivered, or no webhook is set), delivered, or abandoned (not taken within two days)."
reason = "What the receiver said, or why the alert was abandoned; null while raised."
raised_at = "When it was raised, by the folder's clock (UTC)."

[rests_on]
"raw.alerts" = "up.alert_id = row.alert_id"

[checks]
status_is_known = "status in ('raised', 'delivered', 'abandoned')"
the_end_has_a_reason = "(status = 'raised') = (reason is null)"
raised_before_it_ended = "raised_at <= known_at"
*/
select
    alert_id,
    kind,
    subject,
    about_date,
    text,
    facts,
    status,
    reason,
    min(known_at) over (partition by alert_id) as raised_at,
    known_at
from raw.alerts
qualify row_number() over (partition by alert_id order by known_at desc, status <> 'raised' desc) = 1
order by raised_at, alert_id
