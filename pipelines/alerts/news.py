"""What is new: the rows of the published file, and the freshness of each series, that somebody should hear of.

Owns which row is an alert, its key and its sentence. A row is news if it could be known only after the watch began; that it
was told before is for the journal to say. A table that is not there tells nothing.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipelines.alerts import Alert
from pipelines.status import Freshness
from pipelines.warehouse import Published, query

PLANNED = "coalesce(printf('%.1f bn', planned_usd_bn), 'an amount nobody named') as planned"
TABLE = re.compile(r"\b(?:core|mart)\.\w+")
BARS = """
    select bars.series_id, series.title, bars.session_date, bars.close, bars.high, bars.quality_reason,
        state.record_close, state.record_intraday
    from core.price_bars as bars
    inner join core.series as series on bars.series_id = series.series_id
    inner join mart.market_state as state on bars.series_id = state.series_id
    where bars.known_at > $since and series.record_claimable and series.second_reading_of is null
        and (
            (bars.quality = '{quality}' and bars.close > state.record_close)
            or (bars.high_quality = '{quality}' and bars.high > state.record_intraday)
        )
"""


@dataclass(frozen=True)
class News:
    """The alerts of one kind: the rows (`query`, which may use $since), the columns that make the key, and the sentence."""

    query: str
    key: tuple[str, ...]
    subject: str
    about: str
    text: str


NEWS = {
    "record_provisional": News(
        BARS.format(quality="provisional"),
        ("series_id", "session_date"),
        "{series_id}",
        "session_date",
        "{title} would set a record on {session_date} (close {close:,.2f} against {record_close:,.2f}, "
        "high {high} against {record_intraday}); it is suspect "
        "({quality_reason}) and waits for the next bar or a second vendor.",
    ),
    "record_refuted": News(
        BARS.format(quality="quarantined"),
        ("series_id", "session_date"),
        "{series_id}",
        "session_date",
        "{title}: the bar of {session_date} (close {close:,.2f}, high {high}) was not confirmed ({quality_reason}); "
        "what is suspect of it sets no record.",
    ),
    "value_quarantined": News(
        """select held.*, series.title, case item when '' then '' else ' (' || item || ')' end as which
        from core.held_back as held
        inner join core.series as series on held.series_id = series.series_id
        where held.known_at > $since and held.part in ('value', 'settlement', 'operation')""",
        ("series_id", "date", "item"),
        "{series_id}",
        "date",
        "{title}: the {part} of {date}{which} is quarantined: {reason}; it counts nowhere.",
    ),
    "record_set": News(
        """select records.*, series.title, case basis when 'close' then 'record close' else 'intraday record' end as what
        from mart.record_highs as records
        inner join core.series as series on records.series_id = series.series_id
        where records.known_at > $since and series.record_claimable and series.second_reading_of is null""",
        ("series_id", "basis", "session_date"),
        "{series_id}",
        "session_date",
        "{title}: {what} {value:,.2f} on {session_date}, above {previous_record:,.2f} of {previous_record_date}.",
    ),
    "divergence_begun": News(
        """select * from mart.divergences where threshold = 0.20 and start_known_at > $since""",
        ("leader", "laggard", "start_date"),
        "{leader}/{laggard}",
        "start_date",
        "{leader} made a record on {start_date} while {laggard} stood at least 20 % below its own; the last such stretch "
        "ended {previous_end_date} (history from {history_start}).",
    ),
    "divergence_ended": News(
        """select divergences.*, min(sessions.session_date) as over_on
        from mart.divergences as divergences
        inner join core.sessions as sessions on sessions.calendar = 'XNYS' and sessions.session_date > divergences.end_date
        where divergences.threshold = 0.20 and divergences.status = 'closed'
        group by all
        having over_on >= cast(timezone('America/New_York', $since) as date)""",
        ("leader", "laggard", "start_date"),
        "{leader}/{laggard}",
        "over_on",
        "{leader} and {laggard} no longer diverge since {over_on}: {ended_by}; it began {start_date}, at its widest {max_gap:.1%} apart.",
    ),
    "operation_against_plan": News(
        f"""select operations.operation_id, operations.operation_date, operations.settlement_date, operations.accepted_usd_bn,
            sum(operations.accepted_usd_bn) over (
                partition by cycles.cycle_start order by operations.operation_date, operations.operation_id
            ) as so_far_usd_bn,
            cycles.cycle_start, cycles.cycle_end, cycles.planned_usd_bn, {PLANNED}
        from core.fed_operations as operations
        inner join mart.bill_purchases as cycles
            on operations.operation_date >= cycles.cycle_start
            and operations.operation_date <= coalesce(cycles.cycle_end, operations.operation_date)
        where operations.family = 'treasury' and operations.direction = 'purchase' and operations.status = 'results'
            and operations.operation_type ilike '%bill%' and not operations.is_small_value
        qualify operations.known_at > $since""",
        ("operation_id",),
        "{cycle_start}",
        "operation_date",
        "The Desk bought bills for {accepted_usd_bn:.3f} bn on {operation_date}, settling {settlement_date}: {so_far_usd_bn:.1f} bn "
        "since {cycle_start}, reinvestment included; planned until {cycle_end}: {planned} of reserve management.",
    ),
    "cycle_against_plan": News(
        f"""select *, {PLANNED}, coalesce(printf('%.1f bn', reinvestment_usd_bn), 'not known') as reinvested
        from mart.bill_purchases
        where is_complete and n_operations > 0 and cycle_end >= cast(timezone('America/New_York', $since) as date)""",
        ("cycle_start",),
        "{cycle_start}",
        "cycle_end",
        "The cycle of bill purchases from {cycle_start} to {cycle_end} is over: {executed_usd_bn:.1f} bn in {n_operations} operations, "
        "planned {planned} of reserve management, reinvestment {reinvested} ({split}).",
    ),
    "claim_verdict_changed": News(
        """with said as (
            select article_id, claim_id, as_of, any_value(claim_verdict) as verdict, any_value(known_at) as known_at
            from mart.claim_verdicts group by article_id, claim_id, as_of
        ),
        told as (
            select *, lag(verdict) over earlier as verdict_before, lag(as_of) over earlier as as_of_before from said
            window earlier as (partition by article_id, claim_id order by as_of)
        )
        select *, cast(as_of as date) as as_of_date from told
        where as_of_before is not null and verdict is distinct from verdict_before and known_at > $since""",
        ("article_id", "claim_id", "as_of", "verdict"),
        "{article_id}/{claim_id}",
        "as_of_date",
        "Claim {claim_id} of {article_id} is {verdict} as of {as_of}; it was {verdict_before} as of {as_of_before}.",
    ),
}


def published(market: Path, since: datetime) -> list[Alert]:
    """The alerts of the published file that could be known only after `since`, by kind; none while no file is there."""
    if not market.exists():
        return []
    held = Published(market).tables()
    told = {kind: news for kind, news in NEWS.items() if set(TABLE.findall(news.query)) <= held}
    return [_alert(kind, news, row) for kind, news in told.items() for row in _rows(market, news, since)]


def stale(found: Iterable[Freshness]) -> list[Alert]:
    """An alert for every series that is red, one for each date at which it stopped."""
    return [
        Alert(
            "series_stale",
            (item.series.series_id, item.verdict, str(item.newest)),
            item.series.series_id,
            item.expected,
            f"{item.series.title} is {item.verdict}: {(item.reason or 'nobody knows why').rstrip('.')}.",
            {"newest": str(item.newest), "expected": str(item.expected), "vendor": item.series.vendor},
        )
        for item in found
        if item.is_red
    ]


def recovered(told: Iterable[Alert], found: Iterable[Freshness]) -> list[Alert]:
    """An alert for every stale one of `told` whose series is well again."""
    well = {item.series.series_id: item for item in found if not item.is_red and item.newest is not None}
    return [
        Alert(
            "series_recovered",
            alert.key,
            alert.subject,
            well[alert.subject].newest,
            f"{well[alert.subject].series.title} holds {well[alert.subject].newest} and is up to date again.",
        )
        for alert in told
        if alert.kind == "series_stale" and alert.subject in well
    ]


def failed(job: str, run_id: str, message: str, day: date) -> Alert:
    """The alert of a run that ended in failure; its text is the first line of what it said."""
    first = message.strip().partition("\n")[0][:300] or "it said nothing"
    return Alert("run_failed", (run_id,), job, day, f"The run {run_id[:8]} of {job} failed: {first}", {"run_id": run_id})


def _rows(market: Path, news: News, since: datetime) -> list[dict[str, Any]]:
    return query(market, news.query.replace("$since", f"timestamptz '{since.isoformat()}'")).to_dicts()


def _alert(kind: str, news: News, row: dict[str, Any]) -> Alert:
    shown = {name: "none" if value is None else value for name, value in row.items()}
    return Alert(
        kind,
        tuple(_plain(row[name]) for name in news.key),
        news.subject.format_map(shown),
        row[news.about],
        news.text.format_map(shown),
        {name: value if isinstance(value, int | float | bool) else _plain(value) for name, value in row.items() if value is not None},
    )


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
