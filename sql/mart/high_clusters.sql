/*
description = "Records declustered: runs of records no more than gap_days apart, for gaps of 10, 30, 60 and 90 days."
grain = ["series_id", "basis", "gap_days", "cluster_id"]

[columns]
gap_days = "Records no more than this many calendar days apart belong to one cluster."
start_date = "First record of the cluster."
last_date = "Last record of the cluster so far."
peak_date = "Session of the highest record of the cluster: its last."
n_records = "Records in the cluster."

[rests_on]
"mart.record_highs" = "up.series_id = row.series_id and up.basis = row.basis and up.session_date <= row.last_date"

[checks]
dates_in_order = "start_date <= last_date"
at_least_one_record = "n_records >= 1"
*/
with gaps as (
    select unnest([10, 30, 60, 90]) as gap_days
),
spaced as (
    select
        records.series_id,
        records.basis,
        gaps.gap_days,
        records.session_date,
        records.known_at,
        records.session_date - lag(records.session_date) over (
            partition by records.series_id, records.basis, gaps.gap_days order by records.session_date
        ) as days_since
    from mart.record_highs as records
    cross join gaps
),
numbered as (
    select
        *,
        count(*) filter (where days_since is null or days_since > gap_days) over (
            partition by series_id, basis, gap_days order by session_date
        ) as cluster_id,
        max(known_at) over (partition by series_id, basis, gap_days order by session_date) as so_far_known_at
    from spaced
)
select
    series_id,
    basis,
    gap_days,
    cluster_id,
    min(session_date) as start_date,
    max(session_date) as last_date,
    max(session_date) as peak_date,
    count(*) as n_records,
    max(so_far_known_at) as known_at
from numbered
group by series_id, basis, gap_days, cluster_id
order by series_id, basis, gap_days, cluster_id
