/*
description = "Records of one typically come with records of the other: a share of them within some sessions, and more than chance would bring."
refuted_by = "A smaller share, or one no larger than on any day (the base rate)."
example = '{ a = "russell_2000", b = "btc_usd", start = 2020-01-01 }'
prints_a_number = "never"
series = []
rests_on = """
select 'core.price_bars' as what, bars.series_id, bars.session_date as date, bars.close as value, bars.known_at, bars.capture_id
from core.price_bars as bars
semi join mart.record_highs as records on bars.series_id = records.series_id and bars.session_date = records.session_date
where bars.series_id in ($a, $b) and bars.session_date >= $start
"""

[parameters.a]
type = "series"
meaning = "The series whose records are asked about."
[parameters.b]
type = "series"
meaning = "The series whose records should be near."
[parameters.start]
type = "date"
meaning = "Records from here on."
[parameters.share]
type = "number"
meaning = "What typically means: at least this share of the records of a."
default = 0.5
minimum = 0.01
maximum = 1
*/
with grid as (
    select
        session_date,
        row_number() over (order by session_date) as place
    from core.sessions
    where
        calendar = 'XNYS' and session_date >= $start
        and session_date <= (
            select max(session_date) as last_date
            from mart.drawdowns
            where series_id = $a
        )
),
records as (
    -- A record of a day without a session rolls forward to the next one: the first moment the equity investor could see it.
    select distinct
        records.series_id,
        records.basis,
        first_value(grid.place) over (partition by records.series_id, records.basis, records.session_date order by grid.place) as place
    from mart.record_highs as records
    inner join grid on records.session_date <= grid.session_date and grid.session_date <= records.session_date + 7
    where records.series_id in ($a, $b) and records.session_date >= $start
),
definitions as (
    select
        basis.basis,
        width.sessions
    from (select unnest(['close', 'intraday']) as basis) as basis
    cross join (select unnest([0, 5, 10, 21]) as sessions) as width
),
days as (
    select
        definitions.basis,
        definitions.sessions,
        grid.place,
        exists(
            select 1 from records
            where records.series_id = $a and records.basis = definitions.basis and records.place = grid.place
        ) as is_record,
        exists(
            select 1 from records
            where records.series_id = $b and records.basis = definitions.basis and abs(records.place - grid.place) <= definitions.sessions
        ) as is_near
    from definitions
    cross join grid
),
rates as (
    select
        basis,
        sessions,
        count(*) filter (where is_record) as n,
        count(*) filter (where is_record and is_near) as n_near,
        avg(is_near::integer) as base_rate
    from days
    group by basis, sessions
)
select
    row_number() over (order by not (basis = 'close' and sessions = 10), basis, sessions) as place,
    basis || ', within ' || sessions || ' sessions' as definition_id,
    case when n > 0 then n_near >= $share * n and n_near > base_rate * n end as holds,
    100.0 * n_near / nullif(n, 0) as observed_value,
    n_near || ' of ' || n || ' records; base rate ' || printf('%.1f %%', 100 * base_rate) as observed_text,
    null::timestamptz as resolves_at,
    'test' as kind
from rates
order by place
