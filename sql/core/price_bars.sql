/*
description = "The newest known bar of each instrument and session, and what of it may be trusted. For prices to reckon with, read core.sound_bars."
grain = ["series_id", "session_date"]

[columns]
quality = "Of the bar and its close: ok; provisional (suspect, and nobody has confirmed it yet); quarantined (nobody did, the next bars undid it, or a ruling says so)."
high_quality = "The same of the high; never better than the bar's own. A high that is not ok costs the high alone."
low_quality = "The same of the low."
quality_reason = "What is wrong with the bar, its high or its low, or what a ruling says of it; null where all three are ok."
is_roll = "The nearest listed month of the future changes with this session, by the exchange's rule: the move is partly the gap between two contracts."

[rests_on]
"raw.price_bars" = "up.series_id = row.series_id and up.session_date = row.session_date and up.known_at = row.known_at and up.capture_id = row.capture_id"
"raw.bar_rulings" = "up.series_id = row.series_id and up.session_date = row.session_date"

[context]
"core.observations" = "A second vendor's close may confirm a bar that is suspect; no value of the row comes from it."
"raw.series" = "Which series are crypto, which are second readings of which, and what price each can have."
"raw.sessions" = "On which sessions the nearest month of a future changes."

[checks]
sound_close_is_a_price = "quality <> 'ok' or (isfinite(close) and close > 0)"
quality_is_known = "quality in ('ok', 'provisional', 'quarantined')"
parts_are_not_better_than_the_bar = "high_quality in ('ok', 'provisional', 'quarantined') and low_quality in ('ok', 'provisional', 'quarantined') and (quality = 'ok' or (high_quality <> 'ok' and low_quality <> 'ok'))"
suspicion_has_a_reason = "(quality = 'ok' and high_quality = 'ok' and low_quality = 'ok') = (quality_reason is null)"
*/
with limits as (
    -- docs/decisions/0011 argues each. A move is remarkable beyond eight times the median absolute deviation of 250 returns and
    -- 15 % (crypto 35 %); no market doubles (crypto: trebles) in a session. A high or low 3 % outside the body is a wick.
    -- A neighbour confirms a price when it trades within 5 % of it, a second vendor when it is within 0.5 % (crypto 1 %) of
    -- the close; four times that apart, it contradicts. New York traded on Saturdays until 27 September 1952.
    select
        8.0 as deviations,
        0.15 as move,
        0.35 as move_crypto,
        ln(2.0) as huge,
        ln(3.0) as huge_crypto,
        0.03 as wick,
        0.05 as nearness,
        0.005 as second_vendor,
        0.01 as second_vendor_crypto,
        4.0 as contradiction
),
markets as (
    select
        catalog.series_id,
        catalog.second_reading_of,
        catalog.calendar,
        coalesce(catalog.minimum, 0.0) as least_price,
        coalesce(catalog.maximum, 'infinity'::double) as greatest_price,
        coalesce(catalog.nearest_future, false) as is_nearest_future,
        case when catalog."group" = 'crypto' then limits.move_crypto else limits.move end as move_limit,
        case when catalog."group" = 'crypto' then limits.huge_crypto else limits.huge end as huge,
        case when catalog."group" = 'crypto' then limits.second_vendor_crypto else limits.second_vendor end as agreement,
        limits.deviations,
        limits.wick,
        limits.nearness,
        limits.contradiction
    from raw.series as catalog
    cross join limits
),
rolls as (
    -- COMEX and NYMEX metals trade until the third last business day of the month; the session after it quotes the next one.
    select session_date
    from raw.sessions
    where calendar = 'XCME'
    qualify row_number() over (partition by year(session_date), month(session_date) order by session_date desc) = 2
),
rulings as (
    -- What a person has ruled of a bar, its high or its low: the newest ruling of each stands.
    select
        series_id,
        session_date,
        max(ruling) filter (where part = 'bar') as ruled,
        max(ruling) filter (where part = 'high') as ruled_high,
        max(ruling) filter (where part = 'low') as ruled_low,
        string_agg('ruled ' || ruling || ': ' || reason, '; ' order by part) as ruling_text
    from (
        select *
        from raw.bar_rulings
        qualify row_number() over (partition by series_id, session_date, part order by known_at desc, ruling_id desc) = 1
    ) as newest
    group by series_id, session_date
),
bars as (
    select
        told.*,
        markets.second_reading_of,
        markets.least_price,
        markets.greatest_price,
        markets.move_limit,
        markets.huge,
        markets.agreement,
        markets.deviations,
        markets.wick,
        markets.nearness,
        markets.contradiction,
        rulings.ruled,
        rulings.ruled_high,
        rulings.ruled_low,
        rulings.ruling_text,
        markets.is_nearest_future and rolls.session_date is not null as is_roll,
        markets.calendar <> '24x7' and isodow(told.session_date) > 5 and told.session_date > date '1952-09-27' as is_weekend,
        told.close > 0 and told.close between markets.least_price and markets.greatest_price as is_price,
        coalesce(
            least(told.open, told.high, told.low) > 0
            and least(told.open, told.high, told.low) >= markets.least_price
            and greatest(told.open, told.high, told.low) <= markets.greatest_price,
            true
        ) as has_possible_parts,
        coalesce(told.high, told.close) as top,
        coalesce(told.low, told.close) as bottom
    from raw.price_bars as told
    inner join markets on told.series_id = markets.series_id
    left join rolls on told.session_date = rolls.session_date
    left join rulings on told.series_id = rulings.series_id and told.session_date = rulings.session_date
    where told.contract_month is null
    qualify row_number() over (partition by told.series_id, told.session_date order by told.known_at desc, told.capture_id desc) = 1
),
bodies as (
    select
        *,
        is_price and not coalesce(is_weekend, false) as is_possible,
        coalesce(top < bottom or close > top or close < bottom or open > top or open < bottom, false) as is_disordered,
        case when open between bottom and top then greatest(open, close) else close end as body_top,
        case when open between bottom and top then least(open, close) else close end as body_bottom
    from bars
),
second_readings as (
    select
        readings.series_id,
        readings.session_date,
        list(readings.close) as closes,
        list(readings.high) filter (where readings.high is not null) as highs,
        list(readings.low) filter (where readings.low is not null) as lows
    from (
        select
            second_reading_of as series_id,
            session_date,
            close,
            high,
            low
        from bodies
        where is_possible and second_reading_of is not null
        union all
        select
            markets.second_reading_of,
            told.date,
            told.value,
            null as high,
            null as low
        from core.observations as told
        inner join markets on told.series_id = markets.series_id
        where told.value is not null and markets.second_reading_of is not null
    ) as readings
    group by readings.series_id, readings.session_date
),
beginnings as (
    -- A first bar has nothing before it: it is false when each of the next four stands further from it than any market moves.
    select
        *,
        row_number() over (partition by series_id order by session_date) > 1
        or count(*) over ahead < 4
        or (max(close) over ahead >= exp(-huge) * close and min(close) over ahead <= exp(huge) * close) as is_candidate
    from bodies
    where is_possible
    window ahead as (partition by series_id order by session_date rows between 1 following and 4 following)
),
levels as (
    -- The level before a bar is the median of the seven before it, so that three bad bars in a row do not carry it away.
    select
        *,
        ln(close / lag(close) over by_session) as move,
        median(close) filter (where is_candidate) over (
            partition by series_id order by session_date rows between 7 preceding and 1 preceding
        ) as level
    from beginnings
    window by_session as (partition by series_id order by session_date)
),
scaled as (
    select
        *,
        least(
            huge,
            greatest(
                move_limit,
                deviations * coalesce(
                    mad(move) over (partition by series_id order by session_date rows between 250 preceding and 1 preceding), 0
                )
            )
        ) as unusual
    from levels
),
settled as (
    -- A close is settled unless it is apart from the level since a jump of this session or the two before it.
    select
        *,
        last_value(case when is_settled then close end ignore nulls) over (
            partition by series_id order by session_date rows between unbounded preceding and 1 preceding
        ) as settled_close
    from (
        select
            *,
            is_candidate and not (
                coalesce(abs(ln(close / level)) > unusual, false)
                and bool_or(coalesce(abs(move) > unusual, false)) over (
                    partition by series_id order by session_date rows between 2 preceding and current row
                )
            ) as is_settled
        from scaled
    ) as scaled
),
neighbours as (
    -- What the sessions around say of a price. A neighbour's own wick counts for 3 % of its body and no more.
    select
        settled.*,
        ln(settled.close / settled.settled_close) as rise,
        least(settled.top, (1 + settled.wick) * settled.body_top) as traded_top,
        greatest(settled.bottom, (1 - settled.wick) * settled.body_bottom) as traded_bottom,
        list_min(list_transform(second.closes, lambda reading: abs(reading / settled.close - 1))) as second_gap,
        coalesce(list_bool_or(list_transform(second.highs, lambda reading: abs(reading / settled.top - 1) <= settled.agreement)), false)
            as is_high_seen_twice,
        coalesce(list_bool_or(list_transform(second.lows, lambda reading: abs(reading / settled.bottom - 1) <= settled.agreement)), false)
            as is_low_seen_twice
    from settled
    left join second_readings as second on settled.series_id = second.series_id and settled.session_date = second.session_date
),
followed as (
    select
        *,
        count(*) over ahead as n_next,
        list(struct_pack(top := traded_top, bottom := traded_bottom)) over (
            partition by series_id order by session_date rows between 3 preceding and 1 preceding
        ) as before,
        list(struct_pack(top := traded_top, bottom := traded_bottom)) over ahead as after,
        list(close) over ahead as next_closes
    from neighbours
    window ahead as (partition by series_id order by session_date rows between 1 following and 3 following)
),
seen as (
    select
        *,
        coalesce(second_gap <= agreement, false) as is_seen_twice,
        coalesce(second_gap > contradiction * agreement, false) as is_contradicted,
        coalesce(rise > unusual, false) as is_rise,
        coalesce(rise < -unusual, false) as is_fall,
        coalesce(abs(rise) > huge, false) as is_huge,
        -- the session before speaks for a rise only if it is part of it
        len(
            list_filter(
                list_concat(after[1:1], case when lag(rise > unusual) over by_session then before[-1:] else [] end),
                lambda bar: bar.top >= (1 - nearness) * close and bar.bottom <= (1 + nearness) * close
            )
        ) as n_beside,
        len(
            list_filter(
                list_concat(after, before), lambda bar: bar.top >= (1 - nearness) * close and bar.bottom <= (1 + nearness) * close
            )
        ) as n_near,
        coalesce(after[1].top >= (1 - nearness) * top and after[1].bottom <= (1 + nearness) * top, false) as is_top_followed,
        coalesce(list_min(next_closes) <= (1 + nearness) * settled_close, false) as is_rise_undone,
        -- silver fell 14 % on 26 September 2011 and rose again the next day: only a fall twice as large is undone
        n_next + coalesce(lag(rise < -unusual) over by_session, false)::integer as n_beside_fall,
        coalesce(next_closes[1] >= (1 - nearness) * settled_close and rise < -2 * move_limit, false) as is_fall_undone,
        -- what halved and doubles again within three sessions did not halve, wherever it comes to stand
        coalesce(list_max(next_closes) >= least((1 - nearness) * settled_close, exp(huge) * close), false) as is_fall_undone_later
    from followed
    window by_session as (partition by series_id order by session_date)
),
doubts as (
    -- What is wrong with the close, whether it would matter or not; and whether somebody has confirmed it all the same.
    select
        *,
        case
            when not is_candidate then 'stands alone at the beginning, at ' || round(close / next_closes[1], 2) || ' times the next close'
            when is_rise then 'rises ' || round(100 * (exp(rise) - 1), 1) || ' % from the last settled close'
            when is_huge then 'falls ' || round(100 * (1 - exp(rise)), 1) || ' % from the last settled close'
            when is_fall and (is_contradicted or is_fall_undone)
                then 'falls ' || round(100 * (1 - exp(rise)), 1) || ' %, contradicted by the next session or a second vendor'
            when is_contradicted then 'a second vendor is ' || round(100 * second_gap, 1) || ' % away'
            when is_roll then 'the nearest month changes with this session'
        end as oddity,
        case
            when is_seen_twice then true
            when not is_candidate then false
            when is_rise and is_huge then n_near >= 3
            when is_rise then n_beside >= 1 and not is_rise_undone
            when is_fall then not (is_contradicted or is_fall_undone or (is_huge and (n_beside_fall = 0 or is_fall_undone_later)))
            else n_beside >= 1
        end as is_confirmed,
        case
            when is_disordered then 'open, high, low and close out of order'
            when not has_possible_parts then 'a price beyond what the series can be'
            when top > (1 + wick) * body_top then 'high ' || round(100 * (top / body_top - 1), 1) || ' % above the body'
        end as high_oddity,
        not is_disordered and has_possible_parts and (is_high_seen_twice or (is_top_followed and top <= exp(huge) * body_top))
            as is_high_confirmed,
        case
            when is_disordered then 'open, high, low and close out of order'
            when not has_possible_parts then 'a price beyond what the series can be'
            when body_bottom > exp(huge) * bottom then 'low ' || round(100 * (1 - bottom / body_bottom), 1) || ' % below the body'
        end as low_oddity
    from seen
),
peaks as (
    -- Peaks of what is beyond doubt: a suspect bar that nobody confirmed must not hide the next suspect behind it.
    select
        *,
        max(close) filter (where is_sound) over earlier as peak_close,
        max(close) filter (where is_sound) over year_before as year_close,
        max(case when is_high_sound then top else close end) filter (where is_sound) over earlier as peak_top
    from (
        select
            *,
            coalesce(ruled = 'ok', oddity is null or is_confirmed) as is_sound,
            coalesce(ruled_high = 'ok', high_oddity is null or is_high_confirmed) as is_high_sound
        from doubts
    ) as judged
    window
        earlier as (partition by series_id order by session_date rows between unbounded preceding and 1 preceding),
        year_before as (
            partition by series_id order by session_date range between interval 365 days preceding and interval 1 day preceding
        )
),
weighed as (
    -- A suspect rise is held back where it would set a record or a 52-week high, a suspect fall always.
    select
        *,
        not is_sound and (is_fall or is_huge or not is_candidate or coalesce(close > peak_close or close > year_close, true)) as is_held,
        not is_high_sound
        and (is_disordered or not has_possible_parts or top > exp(huge) * body_top or coalesce(top > peak_top, true)) as is_high_held,
        low_oddity is not null and (is_disordered or not has_possible_parts or not is_low_seen_twice) as is_low_held
    from peaks
),
graded as (
    select
        *,
        case
            when ruled is not null then ruled
            when not is_held then 'ok'
            when n_next = 0 or (is_rise and is_huge and n_next < 3 and not is_rise_undone) then 'provisional'
            else 'quarantined'
        end as quality,
        case
            when ruled_high is not null then ruled_high
            when not is_high_held then 'ok'
            when n_next = 0 then 'provisional'
            else 'quarantined'
        end as high_grade,
        case
            when ruled_low is not null then ruled_low
            when not is_low_held then 'ok'
            when n_next = 0 then 'provisional'
            else 'quarantined'
        end as low_grade
    from weighed
    union all by name
    select
        *,
        'quarantined' as quality,
        case
            when is_price then 'a ' || dayname(session_date) || ', on which this market is closed'
            else 'close ' || close || ' is no price of this series, which lies between ' || least_price || ' and ' || greatest_price
        end as oddity,
        'quarantined' as high_grade,
        'quarantined' as low_grade
    from bodies
    where not is_possible
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
    case when quality = 'ok' then high_grade else quality end as high_quality,
    case when quality = 'ok' then low_grade else quality end as low_quality,
    case
        when quality = 'ok' and high_grade = 'ok' and low_grade = 'ok' then null
        when ruling_text is not null then ruling_text
        when quality <> 'ok' then oddity
        when high_grade <> 'ok' then high_oddity
        else low_oddity
    end as quality_reason,
    is_roll,
    known_at,
    known_at_method,
    capture_id
from graded
order by series_id, session_date
