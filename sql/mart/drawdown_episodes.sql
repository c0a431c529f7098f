/*
description = "Every time below the record close: peak, first day below, trough, last day below, recovery. Recovery by equality counts."
grain = ["series_id", "peak_date"]

[columns]
peak_date = "Last date at which the running peak was attained before the fall."
peak = "The close that was to be reached again."
first_underwater_date = "First session below the peak."
trough_date = "Earliest session of the lowest close."
trough = "The lowest close of the episode."
depth = "trough / peak - 1."
last_underwater_date = "Last session below the peak so far."
recovery_date = "First session that closes at or above the peak; null while open."
status = "closed once recovered, open until then."
sessions_to_trough = "Sessions from peak to trough; null where the peak is a cited record and the sessions after it are not held."
sessions_to_recovery = "Sessions from trough to recovery; null while open."
sessions_underwater = "Sessions from peak to recovery; to the last session while open; null as sessions_to_trough is."
days_to_trough = "Calendar days from peak to trough."
days_to_recovery = "Calendar days from trough to recovery; null while open."
days_underwater = "Calendar days from peak to recovery; to the last session while open."
left_censored = "The history begins at this peak, or after it where it is a cited record: an earlier, higher peak or a lower trough may lie before."

[rests_on]
"mart.drawdowns" = "up.series_id = row.series_id and up.session_date between row.peak_date and coalesce(row.recovery_date, up.session_date)"
"core.series" = "up.series_id = row.series_id and up.record_seed_date = row.peak_date"

[checks]
depth_in_range = "depth > -1 and depth < 0"
dates_in_order = "peak_date < first_underwater_date and first_underwater_date <= trough_date and trough_date <= last_underwater_date"
recovery_after_trough = "recovery_date is null or recovery_date > last_underwater_date"
open_has_no_recovery = "(status = 'open') = (recovery_date is null)"
*/
with closes as (
    select
        series_id,
        session_date,
        close,
        running_peak,
        known_at,
        false as is_seed
    from mart.drawdowns
    union all
    select
        series_id,
        record_seed_date as session_date,
        record_seed_close as close,
        record_seed_close as running_peak,
        null as known_at,
        true as is_seed
    from core.series
    where record_seed_date < held_from and held_from is not null
),
sessions as (
    select
        *,
        close < running_peak as is_underwater,
        row_number() over so_far as session_number,
        count(*) filter (where close >= running_peak) over so_far as episode
    from closes
    window so_far as (partition by series_id order by session_date)
),
tops as (
    select
        series_id,
        episode,
        session_date as peak_date,
        close as peak,
        session_number as peak_number,
        known_at,
        is_seed
    from sessions
    where not is_underwater
),
falls as (
    select
        series_id,
        episode,
        min(session_date) as first_underwater_date,
        max(session_date) as last_underwater_date,
        max(session_number) as last_number,
        max(known_at) as known_at,
        min(struct_pack(close := close, session_date := session_date, session_number := session_number)) as lowest
    from sessions
    where is_underwater
    group by series_id, episode
),
episodes as (
    select
        falls.*,
        tops.peak_date,
        tops.peak,
        tops.peak_number,
        tops.is_seed,
        after.peak_date as recovery_date,
        after.peak_number as recovery_number,
        after.known_at as recovery_known_at
    from falls
    inner join tops on falls.series_id = tops.series_id and falls.episode = tops.episode
    left join tops as after on falls.series_id = after.series_id and after.episode = falls.episode + 1
)
select
    series_id,
    peak_date,
    peak,
    first_underwater_date,
    lowest.session_date as trough_date,
    lowest.close as trough,
    lowest.close / peak - 1 as depth,
    last_underwater_date,
    recovery_date,
    case when recovery_date is null then 'open' else 'closed' end as status,
    case when not is_seed then lowest.session_number - peak_number end as sessions_to_trough,
    recovery_number - lowest.session_number as sessions_to_recovery,
    case when not is_seed then coalesce(recovery_number, last_number) - peak_number end as sessions_underwater,
    lowest.session_date - peak_date as days_to_trough,
    recovery_date - lowest.session_date as days_to_recovery,
    coalesce(recovery_date, last_underwater_date) - peak_date as days_underwater,
    peak_number = 1 as left_censored,
    coalesce(recovery_known_at, known_at) as known_at
from episodes
order by series_id, peak_date
