/*
description = "The newest known value of each economic series and date. What lies outside the catalog's limits is no value of its series: it stands apart."
grain = ["series_id", "date"]

[columns]
quarantined_value = "What the vendor said, where it lies outside the limits that the catalog gives the series; value is null then."

[rests_on]
"raw.observations" = "up.series_id = row.series_id and up.date = row.date and up.known_at = row.known_at and up.capture_id = row.capture_id"

[context]
"raw.series" = "What limits the catalog gives the series."

[checks]
value_is_finite = "value is null or isfinite(value)"
quarantined_or_a_value = "value is null or quarantined_value is null"
*/
with newest as (
    select
        told.*,
        coalesce(
            told.value between coalesce(catalog.minimum, '-infinity'::double) and coalesce(catalog.maximum, 'infinity'::double), true
        ) as is_possible
    from raw.observations as told
    left join raw.series as catalog on told.series_id = catalog.series_id
    qualify row_number() over (partition by told.series_id, told.date order by told.known_at desc, told.capture_id desc) = 1
)
select
    series_id,
    date,
    case when is_possible then value end as value,
    case when not is_possible then value end as quarantined_value,
    known_at,
    known_at_method,
    capture_id
from newest
order by series_id, date
