/*
description = "How far every instrument stands below its record, on each session and each basis. Of core.sound_bars; where the history held begins below a cited record, that record is the first peak."
grain = ["series_id", "session_date"]

[columns]
running_peak = "Highest close up to and including the session."
running_peak_intraday = "Highest high (close where no high is known) up to and including the session."
drawdown = "close / running_peak - 1: 0 at a record close, -0.25 a quarter below it."
drawdown_from_intraday_peak = "close / running_peak_intraday - 1: what the press quotes."
drawdown_low = "low / running_peak_intraday - 1: the worst of the session; close where no low is known."
is_record_close = "The close is above every earlier close (strictly; a tie is none). Null on the first bar, unless an earlier record is cited."
is_record_high = "The high is above every earlier high (strictly). Null as is_record_close is."
is_tie_close = "The close equals the highest earlier close."
is_tie_high = "The high equals the highest earlier high."
is_52w_high_close = "The close is above every close of the 365 calendar days before (strictly). Null while less than that is known."
is_52w_high_intraday = "The high is above every high of the 365 calendar days before (strictly). Null while less than that is known."

[rests_on]
"core.sound_bars" = "up.series_id = row.series_id and up.session_date <= row.session_date"
"core.series" = "up.series_id = row.series_id and up.record_seed_date is not null"

[checks]
drawdown_in_range = "drawdown > -1 and drawdown <= 0"
drawdown_from_intraday_peak_in_range = "drawdown_from_intraday_peak > -1 and drawdown_from_intraday_peak <= 0"
peak_is_not_below_close = "running_peak >= close"
record_means_no_drawdown = "not coalesce(is_record_close, false) or drawdown = 0"
no_tie_is_a_record = "not coalesce(is_record_close and is_tie_close, false) and not coalesce(is_record_high and is_tie_high, false)"
*/
with bars as (
    select
        series_id,
        session_date,
        close,
        greatest(coalesce(high, close), close) as top,
        coalesce(high, close) as high,
        coalesce(low, close) as low,
        known_at,
        false as is_seed
    from core.sound_bars
    union all
    select
        series_id,
        record_seed_date as session_date,
        record_seed_close as close,
        record_seed_high as top,
        null as high,
        null as low,
        null as known_at,
        true as is_seed
    from core.series
    where record_seed_date < held_from
),
peaks as (
    select
        *,
        max(close) over so_far as running_peak,
        max(top) over so_far as running_peak_intraday,
        max(close) over earlier as previous_peak,
        max(top) over earlier as previous_peak_intraday,
        max(close) over year_before as previous_year_peak,
        max(top) over year_before as previous_year_peak_intraday,
        min(session_date) filter (where not is_seed) over earlier as first_date
    from bars
    window
        so_far as (partition by series_id order by session_date),
        earlier as (partition by series_id order by session_date rows between unbounded preceding and 1 preceding),
        year_before as (
            partition by series_id order by session_date
            range between interval 365 days preceding and interval 1 day preceding
        )
)
select
    series_id,
    session_date,
    close,
    high,
    low,
    running_peak,
    running_peak_intraday,
    close / running_peak - 1 as drawdown,
    close / running_peak_intraday - 1 as drawdown_from_intraday_peak,
    low / running_peak_intraday - 1 as drawdown_low,
    close > previous_peak as is_record_close,
    top > previous_peak_intraday as is_record_high,
    close = previous_peak as is_tie_close,
    top = previous_peak_intraday as is_tie_high,
    case when first_date <= session_date - 365 then close > previous_year_peak end as is_52w_high_close,
    case when first_date <= session_date - 365 then top > previous_year_peak_intraday end as is_52w_high_intraday,
    known_at
from peaks
where not is_seed
order by series_id, session_date
