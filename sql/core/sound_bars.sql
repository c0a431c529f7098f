/*
description = "The prices to reckon with: bars whose close is ok, each with its high and low where these are ok too. The one place where what is suspect is left out."
grain = ["series_id", "session_date"]

[rests_on]
"core.price_bars" = "up.series_id = row.series_id and up.session_date = row.session_date"

[checks]
close_is_sound = "isfinite(close) and close > 0"
high_and_low_are_sound = "coalesce(isfinite(high) and high > 0, true) and coalesce(isfinite(low) and low > 0, true)"
close_lies_between = "coalesce(close <= high, true) and coalesce(close >= low, true)"
*/
select
    series_id,
    session_date,
    case when high_quality = 'ok' then high end as high,
    case when low_quality = 'ok' then low end as low,
    close,
    quality,
    is_roll,
    known_at,
    known_at_method,
    capture_id
from core.price_bars
where quality = 'ok'
order by series_id, session_date
