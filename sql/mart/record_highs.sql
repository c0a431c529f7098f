/*
description = "Every record: a close (or a high) above all earlier ones and above the cited record, if the history held begins below one; strictly. The first bar of a series without one is none."
grain = ["series_id", "basis", "session_date"]

[columns]
basis = "close, or intraday (the high; the close where no high is known)."
value = "The record close or high."
previous_record = "The record that it beat."
previous_record_date = "First day of the record that it beat."
cluster_id = "Number of the cluster: records no more than 30 calendar days apart belong together."

[rests_on]
"core.sound_bars" = "up.series_id = row.series_id and up.session_date <= row.session_date"
"core.series" = "up.series_id = row.series_id and up.record_seed_date is not null"

[checks]
record_beats_the_record = "value > previous_record"
previous_record_is_earlier = "previous_record_date < session_date"
*/
with prices as (
    select
        series_id,
        'close' as basis,
        session_date,
        close as value,
        quality,
        known_at
    from core.sound_bars
    union all
    select
        series_id,
        'intraday' as basis,
        session_date,
        greatest(coalesce(high, close), close) as value,
        quality,
        known_at
    from core.sound_bars
    union all
    select
        series_id,
        unnest(['close', 'intraday']) as basis,
        record_seed_date as session_date,
        unnest([record_seed_close, record_seed_high]) as value,
        null as quality,
        null as known_at
    from core.series
    where record_seed_date < held_from
),
compared as (
    select
        *,
        max(value) over earlier as peak_before
    from prices
    window earlier as (partition by series_id, basis order by session_date rows between unbounded preceding and 1 preceding)
),
peaks as (
    select
        *,
        value > peak_before as is_record,
        lag(session_date) over (partition by series_id, basis order by session_date) as day_before
    from compared
    where peak_before is null or value > peak_before
),
records as (
    select
        *,
        lag(session_date) over (partition by series_id, basis order by session_date) as record_before
    from peaks
    where is_record
)
select
    series_id,
    basis,
    session_date,
    value,
    peak_before as previous_record,
    day_before as previous_record_date,
    count(*) filter (where record_before is null or session_date - record_before > 30) over (
        partition by series_id, basis order by session_date
    ) as cluster_id,
    quality,
    known_at
from records
order by series_id, basis, session_date
