/*
description = "How far each series can be trusted now: how new it is against how new it should be, what is missing, held back, revised or contradicted."
grain = ["series_id"]

[columns]
series_id = "The series that the row judges, a row of core.series."
last_date = "Newest date with something that is not quarantined; null where there is none."
expected_date = "Newest date that was out by the newest release of any series known; of events, the oldest date that is not stale."
age_days = "Calendar days from last_date to the day of the newest release of any series known."
missing_sessions = "Dates since the first one held that were to have a value and have none (mart.missing_sessions names them)."
missing_sessions_90d = "Those of them that were due within 90 days."
quarantined = "What core.held_back lists as quarantined: bars, highs and lows, values, settlements, operations."
provisional = "Bars that core.held_back lists as provisional, or whose high or low is."
revisions_30d = "Values that replaced another within 30 days."
second_vendor_gap = "Gap between the first vendor and the one nearest to it, on the newest date that has both; null without a second."
disagreements_30d = "Vendors' readings within 30 days that differ by more than the tolerance (mart.vendor_disagreements)."
last_outcome = "What became of the last pass of questions: accepted, refused, unreachable; null where it was never asked for."
grade = "good; watch (something is held back, missing, contradicted or was refused lately); bad (it is late, or nothing is held); none (never asked for)."
grade_reason = "What keeps the grade from being good."

[rests_on]
"core.series" = "up.series_id = row.series_id"
"core.price_bars" = "up.series_id = row.series_id"
"core.observations" = "up.series_id = row.series_id"
"core.captures" = "up.series_id = row.series_id"
"core.fed_operations" = "up.series_id = row.series_id and up.operation_date = row.last_date"
"core.held_back" = "up.series_id = row.series_id"
"core.revisions" = "up.series_id = row.series_id"
"core.vendor_readings" = "up.first_series_id = row.series_id"
"mart.missing_sessions" = "up.series_id = row.series_id"
"mart.vendor_disagreements" = "up.first_series_id = row.series_id"

[context]
"core.futures_settlements" = "The newest trade date of the federal funds futures."
"core.release_dates" = "What was due, and where the clock stands."

[checks]
grade_is_known = "grade in ('good', 'watch', 'bad', 'none')"
less_than_good_has_a_reason = "(grade in ('good', 'none')) = (grade_reason is null)"
late_is_bad = "grade in ('bad', 'none') or coalesce(last_date >= expected_date, true)"
*/
with clock as (
    select max(known_at) as newest_release
    from core.release_dates
),
held as (
    select
        series_id,
        max(date) as last_date
    from (
        select
            series_id,
            date
        from core.observations
        where
            value is not null and (series_id, date) not in (
                select (told.series_id, told.date) from core.held_back as told
                where told.part = 'value'
            )
        union all
        select
            series_id,
            session_date
        from core.price_bars
        where quality <> 'quarantined'
        union all
        select
            series_id,
            operation_date
        from core.fed_operations
        where status <> 'quarantined'
        union all
        select
            series_id,
            trade_date
        from core.futures_settlements
        where settle is not null
    ) as dates
    group by series_id
),
expected as (
    select
        catalog.series_id,
        coalesce(max(due.date), any_value(clock.newest_release::date - catalog.max_staleness_days::integer)) as expected_date
    from core.series as catalog
    cross join clock
    left join core.release_dates as due
        on catalog.release = due.release and catalog.calendar = due.calendar and catalog.frequency = due.frequency
    group by catalog.series_id
),
kept_apart as (
    select
        told.series_id,
        count(*) filter (where told.quality = 'quarantined') as quarantined,
        count(*) filter (where told.quality = 'provisional') as provisional,
        count(*) filter (
            where told.part in ('value', 'settlement', 'operation') and told.date > clock.newest_release::date - 30
        ) as no_bars_30d,
        max(told.date || ' is quarantined: ' || told.reason) filter (
            where told.quality = 'quarantined' and told.part in ('bar', 'value') and told.date > held.last_date
        ) as what_is_newer
    from core.held_back as told
    cross join clock
    left join held on told.series_id = held.series_id
    group by told.series_id
),
holes as (
    select
        missing.series_id,
        count(*) as missing_sessions,
        count(*) filter (where missing.due_at > clock.newest_release - interval 90 days) as missing_sessions_90d
    from mart.missing_sessions as missing
    cross join clock
    group by missing.series_id
),
revised as (
    select
        revisions.series_id,
        count(*) as revisions_30d
    from core.revisions as revisions
    cross join clock
    where revisions.known_at > clock.newest_release - interval 30 days
    group by revisions.series_id
),
gaps as (
    select
        others.first_series_id as series_id,
        others.date,
        min(abs(others.reading / nullif(firsts.reading, 0) - 1)) as second_vendor_gap
    from core.vendor_readings as others
    inner join core.vendor_readings as firsts on others.first_series_id = firsts.series_id and others.date = firsts.date
    where others.series_id <> others.first_series_id
    group by others.first_series_id, others.date
    qualify row_number() over (partition by others.first_series_id order by others.date desc) = 1
),
disagreements as (
    select
        told.first_series_id as series_id,
        count(*) as disagreements_30d
    from mart.vendor_disagreements as told
    cross join clock
    where told.date > clock.newest_release::date - 30
    group by told.first_series_id
),
passes as (
    select
        series_id,
        asked_at,
        coalesce(any_value(outcome) filter (where outcome <> 'accepted'), 'accepted') as last_outcome
    from core.captures
    group by series_id, asked_at
    qualify row_number() over (partition by series_id order by asked_at desc) = 1
),
counted as (
    select
        catalog.series_id,
        catalog."group",
        catalog.vendor,
        catalog.is_optional,
        held.last_date,
        expected.expected_date,
        clock.newest_release::date - held.last_date as age_days,
        coalesce(holes.missing_sessions, 0) as missing_sessions,
        coalesce(holes.missing_sessions_90d, 0) as missing_sessions_90d,
        coalesce(kept_apart.quarantined, 0) as quarantined,
        coalesce(kept_apart.provisional, 0) as provisional,
        coalesce(kept_apart.no_bars_30d, 0) as no_bars_30d,
        kept_apart.what_is_newer,
        coalesce(revised.revisions_30d, 0) as revisions_30d,
        gaps.second_vendor_gap,
        coalesce(disagreements.disagreements_30d, 0) as disagreements_30d,
        passes.last_outcome,
        held.last_date is null and passes.last_outcome is null as is_never_asked,
        clock.newest_release as known_at
    from core.series as catalog
    cross join clock
    left join held on catalog.series_id = held.series_id
    left join expected on catalog.series_id = expected.series_id
    left join kept_apart on catalog.series_id = kept_apart.series_id
    left join holes on catalog.series_id = holes.series_id
    left join revised on catalog.series_id = revised.series_id
    left join gaps on catalog.series_id = gaps.series_id
    left join disagreements on catalog.series_id = disagreements.series_id
    left join passes on catalog.series_id = passes.series_id
),
reasoned as (
    select
        *,
        case
            when is_never_asked then null
            when last_date is null then 'nothing is held'
            when last_date < expected_date
                then concat_ws('; ', 'the newest date is ' || last_date || ', ' || expected_date || ' should be there', what_is_newer)
        end as what_is_bad,
        case
            when last_outcome <> 'accepted' then 'its last answer was ' || last_outcome
            when no_bars_30d > 0 then no_bars_30d || ' of the last 30 days cannot be and are quarantined (core.held_back)'
            when provisional > 0 then provisional || ' bars wait for confirmation'
            when missing_sessions_90d > 0 then missing_sessions_90d || ' sessions of the last 90 days are missing'
            when disagreements_30d > 0 then disagreements_30d || ' readings of the last 30 days differ from another vendor'
        end as what_to_watch
    from counted
)
select
    series_id,
    "group",
    vendor,
    last_date,
    expected_date,
    age_days,
    missing_sessions,
    missing_sessions_90d,
    quarantined,
    provisional,
    revisions_30d,
    second_vendor_gap,
    disagreements_30d,
    last_outcome,
    is_optional,
    case
        when is_never_asked then 'none'
        when what_is_bad is not null then 'bad'
        when what_to_watch is not null then 'watch'
        else 'good'
    end as grade,
    case when not is_never_asked then coalesce(what_is_bad, what_to_watch) end as grade_reason,
    known_at
from reasoned
order by series_id
