/*
description = "The newest known bar of each instrument and session, with whether it may set a record."
grain = ["series_id", "session_date"]

[columns]
quality = "ok; provisional (it would set a record and is suspect: nobody has confirmed it yet); quarantined (the next bar did not confirm it): kept, and left out of every running peak."
quality_reason = "What makes a provisional or quarantined bar suspect; null for ok."

[rests_on]
"raw.price_bars" = "up.series_id = row.series_id and up.session_date = row.session_date and up.known_at = row.known_at and up.capture_id = row.capture_id"

[context]
"core.observations" = "A second vendor's close may confirm a bar that is suspect; no value of the row comes from it."
"raw.series" = "Which series are crypto, and which are second readings of which."

[checks]
close_is_a_price = "isfinite(close) and close > 0"
quality_is_known = "quality in ('ok', 'provisional', 'quarantined')"
suspicion_has_a_reason = "(quality = 'ok') = (quality_reason is null)"
*/
with limits as (
    -- Size of a move that would be remarkable: eight times the median absolute deviation of 250 returns, and at least
    -- 15 % (35 % for crypto). A high more than 3 % above the body is a wick that wants confirmation. A bar counts as
    -- confirmed when the next one trades within 5 % of it, or a second vendor's close lies within 0.5 % (crypto 1 %).
    select
        8.0 as deviations,
        0.15 as move,
        0.35 as move_crypto,
        1.03 as wick,
        0.05 as next_bar,
        0.005 as second_vendor,
        0.01 as second_vendor_crypto
),
bars as (
    select *
    from raw.price_bars
    where contract_month is null
    qualify row_number() over (partition by series_id, session_date order by known_at desc, capture_id desc) = 1
),
second_readings as (
    select
        catalog.second_reading_of as series_id,
        readings.session_date,
        list(readings.close) as closes
    from (
        select
            series_id,
            session_date,
            close
        from bars
        union all
        select
            series_id,
            date,
            value
        from core.observations
        where value is not null
    ) as readings
    inner join raw.series as catalog on readings.series_id = catalog.series_id
    where catalog.second_reading_of is not null
    group by catalog.second_reading_of, readings.session_date
),
moves as (
    select
        bars.*,
        catalog."group" = 'crypto' as is_crypto,
        coalesce(bars.high, bars.close) as top,
        greatest(coalesce(bars.open, bars.close), bars.close) as body_top,
        least(coalesce(bars.open, bars.close), bars.close) as body_bottom,
        ln(bars.close / lag(bars.close) over by_session) as move,
        lead(coalesce(bars.high, bars.close)) over by_session as next_high,
        lead(coalesce(bars.low, bars.close)) over by_session as next_low
    from bars
    inner join raw.series as catalog on bars.series_id = catalog.series_id
    window by_session as (partition by bars.series_id order by bars.session_date)
),
ranked as (
    select
        moves.*,
        mad(moves.move) over (
            partition by moves.series_id order by moves.session_date rows between 250 preceding and 1 preceding
        ) as usual_move
    from moves
),
judged as (
    select
        ranked.*,
        case
            when ranked.low > ranked.high or ranked.high < ranked.body_top or ranked.low > ranked.body_bottom
                then 'open, high, low and close out of order'
            when
                ranked.move > greatest(
                    limits.deviations * coalesce(ranked.usual_move, 0),
                    case when ranked.is_crypto then limits.move_crypto else limits.move end
                )
                then 'rises ' || round(100 * (exp(ranked.move) - 1), 1) || ' % in one session'
            when ranked.top > limits.wick * ranked.body_top
                then 'high ' || round(100 * (ranked.top / ranked.body_top - 1), 1) || ' % above the body'
        end as oddity,
        coalesce(
            list_min(list_transform(second.closes, lambda reading: abs(reading / ranked.close - 1)))
            <= case when ranked.is_crypto then limits.second_vendor_crypto else limits.second_vendor end
            and ranked.top <= limits.wick * ranked.body_top,
            false
        ) as is_seen_twice,
        ranked.next_high is not null as has_next,
        coalesce(
            ranked.next_high >= (1 - limits.next_bar) * ranked.top and ranked.next_low <= (1 + limits.next_bar) * ranked.top,
            false
        ) as is_followed
    from ranked
    cross join limits
    left join second_readings as second on ranked.series_id = second.series_id and ranked.session_date = second.session_date
),
peaks as (
    -- Peaks of what is beyond doubt: a suspect bar that nobody confirmed must not hide the next suspect behind it.
    select
        judged.*,
        judged.oddity is null or judged.is_seen_twice or judged.is_followed as is_sound,
        max(judged.close) filter (where judged.oddity is null or judged.is_seen_twice or judged.is_followed) over earlier as peak_close,
        max(judged.top) filter (where judged.oddity is null or judged.is_seen_twice or judged.is_followed) over earlier as peak_top
    from judged
    window earlier as (partition by judged.series_id order by judged.session_date rows between unbounded preceding and 1 preceding)
),
graded as (
    select
        peaks.*,
        case
            when peaks.is_sound or not coalesce(peaks.close > peaks.peak_close or peaks.top > peaks.peak_top, true) then 'ok'
            when peaks.has_next then 'quarantined'
            else 'provisional'
        end as quality
    from peaks
)
select
    series_id,
    session_date,
    open,
    high,
    low,
    close,
    volume,
    quality,
    case when quality <> 'ok' then oddity end as quality_reason,
    known_at,
    known_at_method,
    capture_id
from graded
order by series_id, session_date
