/*
description = "Of a set, at least a share stands at a record (or none does), within some sessions; and a named one leads."
refuted_by = "A smaller share at a record, or the leader not at one. Members without data are missing, never counted as not at a record."
example = '{ set = ["gold_futures", "silver_futures", "copper_futures"], leader = "silver_futures", on = 2025-12-11 }'
prints_a_number = "never"
series = []
rests_on = """
select 'core.price_bars' as what, series_id, session_date as date, close as value, known_at, capture_id
from core.price_bars where series_id in (select unnest($set)) and session_date <= coalesce($on, date '9999-12-31')
qualify row_number() over (partition by series_id order by session_date desc) <= 1 + $within_sessions
"""

[parameters.set]
type = "series_set"
meaning = "The members."
[parameters.on]
type = "date"
meaning = "The day; the last one known, if not given."
optional = true
[parameters.within_sessions]
type = "integer"
meaning = "A record of the last so many sessions counts."
default = 5
minimum = 0
maximum = 63
[parameters.share]
type = "number"
meaning = "The share that makes it true (0 with expect = none)."
default = 0.6
minimum = 0
maximum = 1
[parameters.expect]
type = "text"
meaning = "high: the share is at a record. none: nobody is."
default = "high"
choices = ["high", "none"]
[parameters.leader]
type = "series"
meaning = "A member that must be at a record itself."
optional = true
*/
with latest as (
    select
        series_id,
        bool_or(coalesce(is_record_close, false)) as by_close,
        bool_or(coalesce(is_record_high, false)) as by_high,
        bool_or(is_52w_high_close) as by_year
    from (
        select *
        from mart.drawdowns
        where series_id in (select unnest($set)) and session_date <= coalesce($on, date '9999-12-31')
        qualify
            row_number() over (partition by series_id order by session_date desc) <= 1 + $within_sessions
            and max(session_date) over (partition by series_id) >= coalesce($on, max(session_date) over ()) - 7
    ) as sessions
    group by series_id
),
flags as (
    select
        1 as place,
        'record close' as definition_id,
        series_id,
        by_close as is_high
    from latest
    union all
    select
        2 as place,
        'record high, intraday' as definition_id,
        series_id,
        by_high
    from latest
    union all
    select
        3 as place,
        'highest close of 52 weeks' as definition_id,
        series_id,
        by_year
    from latest
),
counted as (
    select
        place,
        definition_id,
        count(is_high) as n,
        count(*) filter (where is_high) as n_high,
        string_agg(series_id, ', ' order by series_id) filter (where is_high) as members,
        bool_or(is_high) filter (where series_id = $leader) as leads
    from flags
    group by place, definition_id
)
select
    place,
    definition_id,
    case
        when n = 0 then null
        when $expect = 'none' then n_high = 0
        when $leader is not null then n_high >= $share * n and leads
        else n_high >= $share * n
    end as holds,
    100.0 * n_high / nullif(n, 0) as observed_value,
    n_high || ' of ' || n || coalesce(': ' || members, '')
    || case when len($set) > n then '; no data for ' || (len($set) - n) else '' end as observed_text,
    case when $on is not null then day_ends($on) end as resolves_at,
    'test' as kind
from counted
order by place
