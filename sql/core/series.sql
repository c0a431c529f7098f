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
held_from = "First day with a value or price that is held; null where nothing is."
record_claimable = "Whether a high may be called a record: what is held begins where the vendor's history does, which reaches back far enough, or an earlier record is cited (record_seed_date)."
record_seed_date = "Day of the cited record that stood when what is held begins; null where none is cited."
record_seed_close = "That record, on closes."
record_seed_high = "That record, on highs; the close where no high is cited."
record_seed_source = "Who published it."
is_compared = "Whether its records are set beside those of others: prices of an index, metal or crypto series, a first reading, record_claimable."
second_reading_of = "The series that this one is another vendor's reading of; null for a first reading."
release = "Rule of pipelines/releases/rules.py that says which dates get a value, and when."
max_staleness_days = "Age in days at which a series of events is stale; null for the others, which have expected dates."
is_optional = "Whether the series may stay silent without a red check."

[rests_on]
"raw.series" = "up.series_id = row.series_id"
"raw.record_seeds" = "up.series_id = row.series_id and up.made_on = row.record_seed_date"
"raw.price_bars" = "up.series_id = row.series_id and up.session_date = row.held_from"
"raw.observations" = "up.series_id = row.series_id and up.date = row.held_from"

[checks]
title_is_said = "length(title) > 0"
shape_is_known = "shape in ('price_bars', 'observations', 'operations')"
*/
with held as (
    select
        series_id,
        min(first_date) as held_from
    from (
        select
            series_id,
            min(session_date) as first_date
        from raw.price_bars
        where contract_month is null
        group by series_id
        union all
        select
            series_id,
            min(date) as first_date
        from raw.observations
        where value is not null
        group by series_id
    ) as firsts
    group by series_id
),
seeds as (
    -- The record that stood on the first day held: made on it or before, not beaten before.
    select
        seeds.series_id,
        seeds.made_on as record_seed_date,
        seeds.close as record_seed_close,
        coalesce(seeds.high, seeds.close) as record_seed_high,
        seeds.source as record_seed_source
    from raw.record_seeds as seeds
    inner join held on seeds.series_id = held.series_id and held.held_from between seeds.made_on and seeds.beaten_on
    qualify row_number() over (partition by seeds.series_id order by seeds.made_on desc) = 1
),
judged as (
    -- Ten days late is still where the vendor's history begins: a first session can be missing.
    select
        catalog.* exclude (record_claimable),
        held.held_from,
        seeds.* exclude (series_id),
        catalog.record_claimable and coalesce(
            seeds.record_seed_date is not null or held.held_from is null or held.held_from <= catalog.history_start + 10, false
        ) as record_claimable
    from raw.series as catalog
    left join held on catalog.series_id = held.series_id
    left join seeds on catalog.series_id = seeds.series_id
)
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
    held_from,
    record_claimable,
    record_seed_date,
    record_seed_close,
    record_seed_high,
    record_seed_source,
    second_reading_of,
    "group" in ('index', 'metals', 'crypto') and shape = 'price_bars' and record_claimable and second_reading_of is null as is_compared,
    release,
    max_staleness_days,
    optional as is_optional
from judged
order by series_id
