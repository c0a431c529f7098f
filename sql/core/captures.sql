/*
description = "Every answer a vendor gave (or failed to give), what became of it, and the digest under which it lies in the archive."
grain = ["capture_id"]

[rests_on]
"raw.captures" = "up.capture_id = row.capture_id"

[checks]
outcome_is_known = "outcome in ('accepted', 'refused', 'unreachable')"
refusal_has_a_reason = "outcome = 'accepted' or reason is not null"
*/
select
    capture_id,
    vendor,
    series_id,
    url,
    asked_at,
    since,
    remaining,
    status,
    outcome,
    rows,
    rows_read,
    reason,
    captured_at,
    sha256
from raw.captures
order by capture_id
