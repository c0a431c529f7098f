/*
description = "The newest known value of each economic series and date."
grain = ["series_id", "date"]

[rests_on]
"raw.observations" = "up.series_id = row.series_id and up.date = row.date and up.known_at = row.known_at and up.capture_id = row.capture_id"

[checks]
value_is_finite = "value is null or isfinite(value)"
*/
select
    series_id,
    date,
    value,
    known_at,
    known_at_method,
    capture_id
from raw.observations
qualify row_number() over (partition by series_id, date order by known_at desc, capture_id desc) = 1
order by series_id, date
