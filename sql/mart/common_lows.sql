/*
description = "Where two series had their lows while both were below their record closes (index, metal and crypto series whose history reaches back far enough to call a high a record): each pair of overlapping drawdown episodes of 5 % or more is one window, from the later of the two peaks to the earlier recovery (or to the last price). Both orders of a pair are rows."
grain = ["series_a", "series_b", "window_start"]

[columns]
series_a = "One series."
series_b = "The other; lags count from series_a to series_b."
window_start = "The later of the two record closes from which the two fell."
window_end = "Last day on which both are below: the day before the earlier recovery, or the last day with a price of both."
trough_date_a = "Earliest day of the lowest close of series_a in the window."
trough_a = "That close."
trough_date_b = "Earliest day of the lowest close of series_b in the window."
trough_b = "That close."
lag_sessions = "NYSE sessions from trough_date_a to trough_date_b (a day without a session counts as the next one); negative: b first."
lag_days = "Calendar days from trough_date_a to trough_date_b."
trough_date_intraday_a = "Earliest day of the lowest low of series_a in the window (the close where no low is known)."
trough_intraday_a = "That low."
trough_date_intraday_b = "Earliest day of the lowest low of series_b in the window (the close where no low is known)."
trough_intraday_b = "That low."
lag_sessions_intraday = "NYSE sessions from trough_date_intraday_a to trough_date_intraday_b."
lag_days_intraday = "Calendar days from trough_date_intraday_a to trough_date_intraday_b."
depth_a = "trough_a over the record close of series_a, less 1."
depth_b = "trough_b over the record close of series_b, less 1."
is_provisional_a = "Whether the low on closes of series_a may yet be undercut: less than half of the loss regained since, and fewer than 20 NYSE sessions with a price since."
is_provisional_b = "The same for series_b."
status = "provisional while one of the two lows is, confirmed after."

[rests_on]
"mart.drawdown_episodes" = '''
up.series_id in (row.series_a, row.series_b) and up.first_underwater_date <= row.window_end and up.last_underwater_date >= row.window_start
'''
"mart.drawdowns" = '''
up.series_id in (row.series_a, row.series_b) and up.session_date >= row.window_start and (
    row.status = 'provisional'
    -- 20 sessions after the lows they are confirmed, whatever comes later.
    or up.session_date <= greatest(row.window_end, row.trough_date_a + 45, row.trough_date_b + 45)
)
'''

[context]
"core.series" = "Which series take part."
"core.session_days" = "The grid: to which session of New York a day belongs."

[checks]
window_is_in_order = "window_start < window_end"
troughs_lie_in_the_window = "trough_date_a between window_start and window_end and trough_date_b between window_start and window_end"
intraday_is_not_above_close = "trough_intraday_a <= trough_a and trough_intraday_b <= trough_b"
status_is_known = "status in ('provisional', 'confirmed')"
*/
with rules as (
    select
        -0.05 as least_depth,
        0.5 as regained_share,
        20 as sessions_to_confirm
),
episodes as (
    select
        episodes.series_id,
        episodes.peak_date,
        episodes.peak,
        episodes.first_underwater_date,
        episodes.last_underwater_date,
        episodes.known_at
    from mart.drawdown_episodes as episodes
    semi join core.series as members on episodes.series_id = members.series_id and members.is_compared
    cross join rules
    where episodes.depth <= rules.least_depth
),
windows as (
    select
        one.series_id as series_a,
        other.series_id as series_b,
        one.peak_date as peak_date_a,
        one.peak as peak_a,
        greatest(one.peak_date, other.peak_date) as window_start,
        least(one.last_underwater_date, other.last_underwater_date) as window_end,
        -- The window is what it is once the earlier of the two has recovered (or, while both are open, with the last prices).
        case
            when one.last_underwater_date < other.last_underwater_date then one.known_at
            when one.last_underwater_date > other.last_underwater_date then other.known_at
            else greatest(one.known_at, other.known_at)
        end as known_at
    from episodes as one
    inner join episodes as other
        on
            one.series_id <> other.series_id
            and one.first_underwater_date <= other.last_underwater_date
            and one.last_underwater_date >= other.first_underwater_date
),
bars as (
    select
        drawdowns.series_id,
        drawdowns.session_date,
        drawdowns.close,
        drawdowns.low,
        drawdowns.known_at,
        count(*) filter (where sessions.session_date is not null) over (
            partition by drawdowns.series_id order by drawdowns.session_date
        ) as sessions_so_far,
        max(drawdowns.known_at) over since as newest_known_at,
        max(drawdowns.close) over since as highest_since,
        count(*) filter (where sessions.session_date is not null) over since as sessions_since
    from mart.drawdowns as drawdowns
    left join core.session_days as sessions
        on drawdowns.session_date = sessions.calendar_date and drawdowns.session_date = sessions.session_date
    window since as (
        partition by drawdowns.series_id order by drawdowns.session_date rows between 1 following and unbounded following
    )
),
days as (
    select
        windows.series_a,
        windows.series_b,
        windows.peak_a,
        windows.window_start,
        windows.window_end,
        windows.known_at,
        unnest(generate_series(windows.window_start, windows.window_end, interval 1 day))::date as session_date
    from windows
),
lows as (
    select
        days.series_a,
        days.series_b,
        days.peak_a,
        days.window_start,
        days.window_end,
        days.known_at,
        min(struct_pack(low := bars.close, session_date := bars.session_date)) as on_close,
        min(struct_pack(low := bars.low, session_date := bars.session_date)) as on_low
    from days
    inner join bars on days.series_a = bars.series_id and days.session_date = bars.session_date
    group by all
),
judged as (
    select
        lows.*,
        lows.on_close.low / lows.peak_a - 1 as depth,
        bars.sessions_since < rules.sessions_to_confirm
        and coalesce(
            bars.highest_since < lows.on_close.low + rules.regained_share * (lows.peak_a - lows.on_close.low), true
        ) as is_provisional,
        lows.on_close.low + rules.regained_share * (lows.peak_a - lows.on_close.low) as level,
        bars.sessions_so_far + rules.sessions_to_confirm as number,
        bars.newest_known_at,
        close_days.session_number as close_number,
        low_days.session_number as low_number
    from lows
    cross join rules
    inner join bars on lows.series_a = bars.series_id and lows.on_close.session_date = bars.session_date
    inner join core.session_days as close_days on lows.on_close.session_date = close_days.calendar_date
    inner join core.session_days as low_days on lows.on_low.session_date = low_days.calendar_date
),
confirmed as (
    -- The first price after a low that confirms it; twenty sessions take no more than 45 days.
    select
        judged.series_a,
        judged.series_b,
        judged.window_start,
        arg_min(bars.known_at, bars.session_date) as known_at
    from judged
    inner join bars
        on
            judged.series_a = bars.series_id
            and judged.on_close.session_date < bars.session_date
            and judged.on_close.session_date + 45 >= bars.session_date
            and (judged.level <= bars.close or judged.number <= bars.sessions_so_far)
    group by judged.series_a, judged.series_b, judged.window_start
),
dated as (
    select
        judged.*,
        case
            when judged.is_provisional then greatest(judged.known_at, judged.newest_known_at)
            else greatest(judged.known_at, coalesce(confirmed.known_at, judged.newest_known_at))
        end as row_known_at
    from judged
    left join confirmed
        on
            judged.series_a = confirmed.series_a
            and judged.series_b = confirmed.series_b
            and judged.window_start = confirmed.window_start
)
select
    a.series_a,
    a.series_b,
    a.window_start,
    a.window_end,
    a.on_close.session_date as trough_date_a,
    a.on_close.low as trough_a,
    b.on_close.session_date as trough_date_b,
    b.on_close.low as trough_b,
    b.close_number - a.close_number as lag_sessions,
    trough_date_b - trough_date_a as lag_days,
    a.on_low.session_date as trough_date_intraday_a,
    a.on_low.low as trough_intraday_a,
    b.on_low.session_date as trough_date_intraday_b,
    b.on_low.low as trough_intraday_b,
    b.low_number - a.low_number as lag_sessions_intraday,
    trough_date_intraday_b - trough_date_intraday_a as lag_days_intraday,
    a.depth as depth_a,
    b.depth as depth_b,
    a.is_provisional as is_provisional_a,
    b.is_provisional as is_provisional_b,
    case when a.is_provisional or b.is_provisional then 'provisional' else 'confirmed' end as status,
    greatest(a.row_known_at, b.row_known_at) as known_at
from dated as a
inner join dated as b on a.series_a = b.series_b and a.series_b = b.series_a and a.window_start = b.window_start
order by a.series_a, a.series_b, a.window_start
