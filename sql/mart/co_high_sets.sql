/*
description = "Who is at a record together: on each NYSE session, the index, metal and crypto series with a record close, or a record high, on the session or in the few before. The set is every such series whose history reaches back far enough to call a high a record; for another set, intersect the lists. A series without a price on the session is missing, never 'not at a record'. What stands on closes is mart.co_high_days."
grain = ["basis", "session_date", "window_sessions"]

[columns]
basis = "Records of what: close (record closes) or intraday (record highs)."
window_sessions = "A record counts if it was made on the session or in the k sessions before."
n_at_high = "Series at a record."
n_members = "Series of the set with a price on the session."
share = "n_at_high / n_members."
members = "The series at a record, in the order of their names."
missing = "The series of the set without a price on the session: not begun, ended, or closed that day."
is_event = "Whether 60 % or more are at a record while on the session before they were not: the start of a common high."

[rests_on]
"mart.drawdowns" = '''
up.session_date between row.session_date - (2 * row.window_sessions + 10) and row.session_date
and up.series_id in (select s.series_id from core.series as s where s.is_compared)
'''

[context]
"core.series" = "Which series take part."
"core.session_days" = "The grid: to which session of New York a day belongs."

[checks]
basis_is_known = "basis in ('close', 'intraday')"
share_is_a_share = "share between 0 and 1"
as_many_as_listed = "n_at_high = len(members)"
nobody_is_at_a_record_and_missing = "not list_has_any(members, missing)"
*/
with rules as (
    select
        unnest([0, 5, 10, 21]) as window_sessions,
        0.6 as common_share
),
bases as (
    select unnest(['close', 'intraday']) as basis
),
members as (
    select series_id
    from core.series
    where is_compared
),
prices as (
    select
        drawdowns.series_id,
        drawdowns.session_date,
        drawdowns.known_at,
        bases.basis,
        coalesce(case bases.basis when 'close' then drawdowns.is_record_close else drawdowns.is_record_high end, false) as is_record
    from mart.drawdowns as drawdowns
    inner join members on drawdowns.series_id = members.series_id
    cross join bases
),
grid as (
    select
        session_date,
        session_number
    from core.session_days
    where
        calendar_date = session_date
        and session_date between (select min(prices.session_date) from prices) and (select max(prices.session_date) from prices)
),
records as (
    select
        prices.series_id,
        prices.basis,
        days.session_number,
        max(prices.known_at) as known_at
    from prices
    inner join core.session_days as days on prices.session_date = days.calendar_date
    where prices.is_record
    group by prices.series_id, prices.basis, days.session_number
),
standings as (
    select
        members.series_id,
        bases.basis,
        grid.session_date,
        grid.session_number,
        prices.series_id is not null as has_price,
        prices.known_at,
        max(records.session_number) over so_far as last_record_number,
        arg_max(records.known_at, records.session_number) over so_far as record_known_at
    from members
    cross join bases
    cross join grid
    left join prices
        on members.series_id = prices.series_id and bases.basis = prices.basis and grid.session_date = prices.session_date
    left join records
        on members.series_id = records.series_id and bases.basis = records.basis and grid.session_number = records.session_number
    window so_far as (partition by members.series_id, bases.basis order by grid.session_number)
),
gathered as (
    select
        basis,
        session_date,
        list(
            struct_pack(series_id := series_id, age := session_number - last_record_number, known_at := record_known_at) order by series_id
        ) filter (where has_price) as present,
        max(known_at) as known_at,
        coalesce(list(series_id order by series_id) filter (where not has_price), []) as missing
    from standings
    group by basis, session_date
),
counted as (
    select
        gathered.basis,
        gathered.session_date,
        rules.window_sessions,
        rules.common_share,
        list_filter(gathered.present, lambda one: one.age <= rules.window_sessions) as at_high,
        list_transform(at_high, lambda one: one.series_id) as members,
        greatest(gathered.known_at, list_max(list_transform(at_high, lambda one: one.known_at))) as known_at,
        gathered.missing,
        len(gathered.present) as n_members
    from gathered
    cross join rules
    where gathered.present is not null
)
select
    basis,
    session_date,
    window_sessions,
    len(members) as n_at_high,
    n_members,
    n_at_high / n_members as share,
    members,
    missing,
    share >= common_share and coalesce(lag(share) over by_session < common_share, true) as is_event,
    greatest(known_at, lag(known_at) over by_session) as known_at
from counted
window by_session as (partition by basis, window_sessions order by session_date)
order by basis, session_date, window_sessions
