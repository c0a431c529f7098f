/*
description = "Days on which two vendors say different things of the same: both values, the gap, and which of them the others side with."
grain = ["first_series_id", "series_id", "date"]

[columns]
first_reading = "What the first vendor says."
gap = "reading / first_reading - 1, without its sign; the plain difference where the first reading is 0."
tolerance = "Gap up to which two readings agree: a hundredth of a percent (a rounded last digit), 1 % for crypto, whose venues differ."
n_readings = "Readings of the date, the first among them."
n_with_first = "Other readings that agree with the first."
n_with_other = "Other readings (neither the first nor this one) that agree with this one."
verdict = "two readings differ (nobody else to ask); the first stands alone; the other stands alone; all differ; two against two."

[rests_on]
"core.vendor_readings" = "up.first_series_id = row.first_series_id and up.date = row.date"

[context]
"core.series" = "Which series are crypto."

[checks]
gap_is_beyond_the_tolerance = "gap > tolerance"
verdict_is_known = "verdict in ('two readings differ', 'the first stands alone', 'the other stands alone', 'all differ', 'two against two')"
two_have_nobody_else = "(n_readings = 2) = (verdict = 'two readings differ')"
*/
with pairs as (
    select
        others.first_series_id,
        others.series_id,
        others.date,
        firsts.reading as first_reading,
        others.reading,
        case when firsts.reading = 0 then abs(others.reading) else abs(others.reading / firsts.reading - 1) end as gap,
        case when catalog."group" = 'crypto' then 0.01 else 0.0001 end as tolerance,
        greatest(firsts.known_at, others.known_at) as known_at
    from core.vendor_readings as others
    inner join core.vendor_readings as firsts
        on others.first_series_id = firsts.series_id and firsts.first_series_id = firsts.series_id and others.date = firsts.date
    inner join core.series as catalog on others.first_series_id = catalog.series_id
    where others.series_id <> others.first_series_id
),
sides as (
    select
        pairs.*,
        1 + count(*) over of_the_day as n_readings,
        count(*) filter (where pairs.gap <= pairs.tolerance) over of_the_day as n_with_first,
        len(
            list_filter(
                list(pairs.reading) over of_the_day, lambda x: abs(x - pairs.reading) <= pairs.tolerance * abs(pairs.reading)
            )
        ) - 1 as n_with_other
    from pairs
    window of_the_day as (partition by pairs.first_series_id, pairs.date)
)
select
    first_series_id,
    series_id,
    date,
    first_reading,
    reading,
    gap,
    tolerance,
    n_readings,
    n_with_first,
    n_with_other,
    case
        when n_readings = 2 then 'two readings differ'
        when n_with_first > 0 and n_with_other > 0 then 'two against two'
        when n_with_other > 0 then 'the first stands alone'
        when n_with_first > 0 then 'the other stands alone'
        else 'all differ'
    end as verdict,
    known_at
from sides
where gap > tolerance
order by first_series_id, date, series_id
