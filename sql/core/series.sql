/*
description = "The catalog: every series Lockstep knows, with its vendor, unit, calendar and terms."
grain = ["series_id"]

[columns]
title = "What the series is, in words."
group = "Subject: index, metals, crypto, liquidity or fed_operations."
symbol = "The vendor's own code."
shape = "Table its values go to: price_bars, observations or operations."
unit = "Unit of every stored value."
frequency = "How often a value comes: daily, weekly, monthly, or event."
calendar = "Days on which a value is expected: XNYS, XLON, XCME, SIFMA, FED or 24x7."
publisher = "Who makes the figure (the vendor only delivers it)."
licence = "What may be done with the figures, in one line."
history_start = "Where the vendor's history begins; null where not known."
record_claimable = "Whether the history reaches back far enough to call a high a record."
second_reading_of = "The series that this one is another vendor's reading of; null for a first reading."
is_optional = "Whether the series may stay silent without a red check."

[rests_on]
"raw.series" = "up.series_id = row.series_id"

[checks]
title_is_said = "length(title) > 0"
shape_is_known = "shape in ('price_bars', 'observations', 'operations')"
*/
select
    series_id,
    title,
    "group",
    vendor,
    symbol,
    shape,
    unit,
    frequency,
    calendar,
    publisher,
    licence,
    history_start,
    record_claimable,
    second_reading_of,
    optional as is_optional
from raw.series
order by series_id
