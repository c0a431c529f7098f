/*
description = "One series is more sensitive to interest rates than others: the daily return of the one less the other falls when the yield rises."
refuted_by = "A slope that is not below zero beyond chance (t of -1.96, Newey and West 1987, five lags)."
example = '{ a = "russell_2000", against = ["sp500", "nasdaq_100"], yields = ["treasury_2y", "treasury_10y"] }'
prints_a_number = "never"
series = []
rests_on = """
select 'core.price_bars' as what, series_id, session_date as date, close as value, known_at, capture_id
from core.price_bars where series_id = $a or series_id in (select unnest($against))
qualify row_number() over (partition by series_id order by session_date desc) <= 2
union all
select 'core.observations' as what, series_id, date, value, known_at, capture_id
from core.observations where series_id in (select unnest($yields))
qualify row_number() over (partition by series_id order by date desc) <= 2
"""

[parameters.a]
type = "series"
meaning = "The series that should be more sensitive."
[parameters.against]
type = "series_set"
meaning = "Those it is compared with."
[parameters.yields]
type = "series_set"
meaning = "The yields, in percent."
*/
with returns as (
    select
        series_id,
        session_date,
        ln(close / lag(close) over (partition by series_id order by session_date)) as move
    from mart.drawdowns
    where series_id = $a or series_id in (select unnest($against))
),
changes as (
    select
        series_id as yield,
        date,
        value - lag(value) over (partition by series_id order by date) as change
    from core.observations
    where series_id in (select unnest($yields)) and value is not null
),
days as (
    select
        other.series_id as other,
        changes.yield,
        years.years,
        one.session_date,
        one.move - other.move as spread,
        changes.change
    from returns as one
    inner join returns as other on one.session_date = other.session_date and other.series_id <> $a
    inner join changes on one.session_date = changes.date
    cross join (select unnest([3, 1, 10]) as years) as years
    where
        one.series_id = $a and one.move is not null and other.move is not null and changes.change is not null
        and one.session_date > (select max(session_date) from returns) - 365 * years.years
),
fits as (
    -- In the order of the days: in another a sum differs in its last digits.
    select
        other,
        yield,
        years,
        regr_slope(spread, change order by session_date) as slope,
        regr_intercept(spread, change order by session_date) as intercept,
        avg(change order by session_date) as mean_change,
        sum(change ^ 2 order by session_date) - count(*) * avg(change order by session_date) ^ 2 as sum_squares,
        count(*) as n
    from days
    group by other, yield, years
),
scores as (
    select
        days.other,
        days.yield,
        days.years,
        days.session_date,
        (days.change - fits.mean_change) * (days.spread - fits.intercept - fits.slope * days.change) as score
    from days
    inner join fits on days.other = fits.other and days.yield = fits.yield and days.years = fits.years
),
lagged as (
    select
        *,
        lag(score, 1, 0) over by_day as s1,
        lag(score, 2, 0) over by_day as s2,
        lag(score, 3, 0) over by_day as s3,
        lag(score, 4, 0) over by_day as s4,
        lag(score, 5, 0) over by_day as s5
    from scores
    window by_day as (partition by other, yield, years order by session_date)
),
spreads as (
    -- Bartlett's weights 1 - l / 6.
    select
        other,
        yield,
        years,
        sum(score * (score + 2 * (s1 * 5 + s2 * 4 + s3 * 3 + s4 * 2 + s5) / 6) order by session_date) as variance
    from lagged
    group by other, yield, years
)
select
    row_number() over (order by fits.years <> 3, fits.years, fits.yield, fits.other) as place,
    'less ' || fits.other || ', on ' || fits.yield || ', ' || fits.years || ' y' as definition_id,
    case when fits.n >= 100 then fits.slope * fits.sum_squares / sqrt(spreads.variance) <= -1.96 end as holds,
    100 * fits.slope as observed_value,
    printf('%.2f %% a percentage point of yield, t %.1f', 100 * fits.slope, fits.slope * fits.sum_squares / sqrt(spreads.variance))
    || ', ' || fits.n || ' days' as observed_text,
    null::timestamptz as resolves_at,
    'test' as kind
from fits
inner join spreads on fits.other = spreads.other and fits.yield = spreads.yield and fits.years = spreads.years
order by place
