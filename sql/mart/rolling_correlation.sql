/*
description = "How two series moved together, week by week: correlation and beta of weekly log returns over the last 26 and 52 weeks. Context, not cause. Weeks end on Friday, so that New York's close and the end of the UTC day differ by hours, not by a day's news. Pairs as in mart.common_lows, both orders."
grain = ["series_a", "series_b", "window_weeks", "week_ending"]

[columns]
series_a = "One series: the one that beta is of."
series_b = "The other: the one that beta is against."
window_weeks = "Weeks in the window, the newest included."
week_ending = "The Friday that ends the newest week of the window."
correlation = "Correlation of the weekly log returns; null if one of the two never moved."
beta = "Slope of the return of series_a on that of series_b: what series_a moved when series_b moved by 1; null if series_b never moved."

[rests_on]
"mart.drawdowns" = '''
up.series_id in (row.series_a, row.series_b) and up.session_date > row.week_ending - 7 * (row.window_weeks + 1)
-- A week is over once there is a price on its Friday or later.
and up.session_date <= greatest(
    (select min(d.session_date) from mart.drawdowns as d where d.series_id = row.series_a and d.session_date >= row.week_ending),
    (select min(d.session_date) from mart.drawdowns as d where d.series_id = row.series_b and d.session_date >= row.week_ending)
)
'''

[context]
"core.series" = "Which series take part."

[checks]
correlation_in_range = "correlation is null or correlation between -1.000001 and 1.000001"
ends_on_friday = "isodow(week_ending) = 5"
*/
with lengths as (
    select
        unnest([26, 52]) as window_weeks,
        7 * (window_weeks - 1) as reach
),
bars as (
    select
        series_id,
        session_date,
        close,
        session_date + ((12 - isodow(session_date)) % 7)::integer as week_ending,
        max(session_date) over (partition by series_id) as last_date,
        known_at,
        lead(known_at) over (partition by series_id order by session_date) as next_known_at
    from mart.drawdowns as drawdowns
    semi join core.series as members on drawdowns.series_id = members.series_id and members.is_compared
),
weeks as (
    -- Only weeks that are over for the series: it has a price on that Friday, or the next one later.
    select
        series_id,
        week_ending,
        ln(arg_max(close, session_date)) as log_close,
        max(case when session_date = week_ending then known_at else greatest(known_at, next_known_at) end) as known_at
    from bars
    where week_ending <= last_date
    group by series_id, week_ending
),
returns as (
    -- A return spans one week, never a gap. In whole billionths: sums of them are exact, so that no order of adding and
    -- no later week moves a digit (a windowed corr() differs in the last ones once rows are added behind it).
    select
        series_id,
        week_ending,
        case
            when week_ending - lag(week_ending) over by_week = 7
                then round(1e9 * (log_close - lag(log_close) over by_week))::hugeint
        end as week_return,
        greatest(known_at, lag(known_at) over by_week) as known_at
    from weeks
    window by_week as (partition by series_id order by week_ending)
),
pairs as (
    select
        a.series_id as series_a,
        b.series_id as series_b,
        a.week_ending,
        a.week_return as return_a,
        b.week_return as return_b,
        greatest(a.known_at, b.known_at) as known_at
    from returns as a
    inner join returns as b on a.week_ending = b.week_ending and a.series_id <> b.series_id
    where a.week_return is not null and b.week_return is not null
),
sums as (
    select
        pairs.series_a,
        pairs.series_b,
        lengths.window_weeks,
        pairs.week_ending,
        count(*) over weeks_back as n,
        sum(pairs.return_a) over weeks_back as a,
        sum(pairs.return_b) over weeks_back as b,
        sum(pairs.return_a * pairs.return_b) over weeks_back as ab,
        sum(pairs.return_a * pairs.return_a) over weeks_back as aa,
        sum(pairs.return_b * pairs.return_b) over weeks_back as bb,
        max(pairs.known_at) over weeks_back as known_at
    from pairs
    cross join lengths
    window weeks_back as (
        partition by pairs.series_a, pairs.series_b, lengths.window_weeks order by pairs.week_ending
        range between interval (lengths.reach) days preceding and current row
    )
)
select
    series_a,
    series_b,
    window_weeks,
    week_ending,
    (n * ab - a * b)::double / nullif(sqrt((n * aa - a * a)::double) * sqrt((n * bb - b * b)::double), 0) as correlation,
    (n * ab - a * b)::double / nullif((n * bb - b * b)::double, 0) as beta,
    known_at
from sums
where n = window_weeks
order by series_a, series_b, window_weeks, week_ending
