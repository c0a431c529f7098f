"""Where the warehouse stands with each series: the newest date held, and what came of the questions asked last.

Owns what makes a pass closed and whole, the reading of the ledger for it, from the warehouse or from the published file
(which is never locked), and the date from which a series is asked again. Whether it is time to ask is `pipelines.due`,
asking is `pipelines.ingest`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from pipelines.warehouse import Warehouse, query

IS_CLOSED = "min(captures.remaining) = 0"  # of the captures of one pass: it was asked to its end, not killed before
IS_WHOLE = f"(bool_and(captures.outcome = 'accepted') and {IS_CLOSED})"
LEDGER = f"""
    with passes as (
        select
            captures.series_id, captures.asked_at, min(captures.since) as since, {IS_WHOLE} as is_whole
        from raw.captures as captures
        group by captures.series_id, captures.asked_at
    ),
    streaks as (
        select *, max(asked_at) filter (where is_whole) over (partition by series_id) as whole_at from passes
    ),
    newest as (
        select series_id, max(date) as newest from raw.observations where value is not null group by series_id
        union all
        select series_id, max(session_date) from raw.price_bars group by series_id
        union all
        select series_id, max(operation_date) from raw.operations where status <> 'announced' group by series_id
    )
    select
        streaks.series_id, any_value(newest.newest) as newest, max(streaks.asked_at) as asked_at,
        arg_max(row(streaks.since), streaks.asked_at)[1] as since, arg_max(streaks.is_whole, streaks.asked_at) as is_whole,
        min(streaks.asked_at) filter (where streaks.whole_at is null or streaks.asked_at > streaks.whole_at) as failing_since
    from streaks
    left join newest on streaks.series_id = newest.series_id
    group by streaks.series_id
"""


@dataclass(frozen=True)
class Standing:
    """Where we stand with one series: its newest date with a value, and the pass of questions asked last.

    `is_whole`: every answer of that pass was accepted and none is missing. `failing_since`: when the first of the passes
    was asked of which none has been whole since; None after a whole one.
    """

    newest: date | None
    asked_at: datetime
    since: date | None
    is_whole: bool
    failing_since: datetime | None = None

    def ask_from(self, overlap_days: int, hole: date | None = None) -> date | None:
        """First date to ask for: the overlap before the newest one, or all of the last pass again if it was not whole.

        A `hole` (a missing session that it is time to ask for again) takes the question back to it.
        """
        if not self.is_whole or self.newest is None:
            return self.since
        overlap = self.newest - timedelta(days=overlap_days)
        return min(overlap, hole) if hole else overlap


def standings(warehouse: Warehouse) -> dict[str, Standing]:
    """The standing of every series that was ever asked for, by series_id."""
    return _by_series(warehouse.frame(LEDGER))


def holes(warehouse: Warehouse, now: datetime) -> dict[str, date]:
    """The first missing session of each series that it is time to ask for again; which, and when, mart.missing_sessions says."""
    if "mart.missing_sessions" not in warehouse.tables():
        return {}
    query = "select series_id, min(date) as date from mart.missing_sessions where ask_again_at <= ? group by series_id"
    return dict(warehouse.frame(query, [now]).iter_rows())


def published(market: Path) -> Mapping[str, Standing]:
    """The same from a published file, which another run may be replacing; nothing where none was published yet."""
    return _by_series(query(market, LEDGER)) if market.exists() else {}


def _by_series(rows: pl.DataFrame) -> dict[str, Standing]:
    return {row.pop("series_id"): Standing(**row) for row in rows.to_dicts()}
