/*
description = "Where every instrument stands at its last session: against its record on both bases, and since when."
grain = ["series_id"]

[columns]
record_close = "Highest close so far."
record_close_date = "First session of the highest close, or the day of the cited record that still stands."
record_intraday = "Highest high so far."
record_intraday_date = "First session of the highest high, or the day of the cited record that still stands."
is_at_record_close = "The last session is a record close."
is_at_record_high = "The last session made a record high."
days_since_record_close = "Calendar days from the record close to the last session."
days_since_record_intraday = "Calendar days from the record high to the last session."
return_1_session = "close / close of the session before - 1."
bars_not_ok = "Bars of the series that are provisional or quarantined, or whose high or low is, and so left out."
fallback_series_id = "Another vendor's reading that is newer than the last session, where there is one: beside the first vendor's, never in its place, and in no running peak of it."
fallback_date = "Newest date of that reading."
fallback_reading = "What it says: a close or value in the unit of the series."

[rests_on]
"core.vendor_readings" = "up.first_series_id = row.series_id"
"core.price_bars" = "up.series_id = row.series_id"
"core.series" = "up.series_id = row.series_id"
"mart.drawdowns" = "up.series_id = row.series_id"

[checks]
record_is_not_below_close = "record_close >= close and record_intraday >= close"
at_a_record_nothing_is_below = "not is_at_record_close or drawdown = 0"
*/
with last_sessions as (
    select
        *,
        close / lag(close) over (partition by series_id order by session_date) - 1 as return_1_session
    from mart.drawdowns
    qualify row_number() over (partition by series_id order by session_date desc) = 1
),
tops as (
    select
        series_id,
        min(session_date) filter (where close = top_close) as record_close_date,
        min(session_date) filter (where greatest(high, close) = top_high) as record_intraday_date,
        any_value(top_close) as top_close,
        any_value(top_high) as top_high
    from (
        select
            series_id,
            session_date,
            close,
            high,
            max(close) over (partition by series_id) as top_close,
            max(greatest(high, close)) over (partition by series_id) as top_high
        from mart.drawdowns
    ) as prices
    group by series_id
),
records as (
    -- A record that is cited from before the history held stands until a held price beats it.
    select
        tops.series_id,
        case when last_sessions.running_peak > tops.top_close then catalog.record_seed_date else tops.record_close_date end
            as record_close_date,
        case when last_sessions.running_peak_intraday > tops.top_high then catalog.record_seed_date else tops.record_intraday_date end
            as record_intraday_date
    from tops
    inner join last_sessions on tops.series_id = last_sessions.series_id
    inner join core.series as catalog on tops.series_id = catalog.series_id
),
doubts as (
    select
        series_id,
        count(*) filter (where quality_reason is not null) as bars_not_ok
    from core.price_bars
    group by series_id
),
fallbacks as (
    -- Of several vendors the one with the newest date, then the first by name.
    select
        others.first_series_id,
        others.series_id,
        others.date,
        others.reading
    from core.vendor_readings as others
    inner join last_sessions on others.first_series_id = last_sessions.series_id
    where others.series_id <> others.first_series_id and others.date > last_sessions.session_date
    qualify row_number() over (partition by others.first_series_id order by others.date desc, others.series_id asc) = 1
)
select
    last_sessions.series_id,
    catalog.title,
    catalog."group",
    catalog.vendor,
    last_sessions.session_date,
    last_sessions.close,
    last_sessions.return_1_session,
    last_sessions.running_peak as record_close,
    records.record_close_date,
    last_sessions.running_peak_intraday as record_intraday,
    records.record_intraday_date,
    last_sessions.drawdown,
    last_sessions.drawdown_from_intraday_peak,
    last_sessions.session_date - records.record_close_date as days_since_record_close,
    last_sessions.session_date - records.record_intraday_date as days_since_record_intraday,
    coalesce(last_sessions.is_record_close, false) as is_at_record_close,
    coalesce(last_sessions.is_record_high, false) as is_at_record_high,
    catalog.record_claimable,
    catalog.second_reading_of,
    doubts.bars_not_ok,
    fallbacks.series_id as fallback_series_id,
    fallbacks.date as fallback_date,
    fallbacks.reading as fallback_reading,
    last_sessions.known_at
from last_sessions
inner join records on last_sessions.series_id = records.series_id
inner join core.series as catalog on last_sessions.series_id = catalog.series_id
inner join doubts on last_sessions.series_id = doubts.series_id
left join fallbacks on last_sessions.series_id = fallbacks.first_series_id
order by catalog."group", last_sessions.series_id
