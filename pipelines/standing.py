"""Where the warehouse stands with each series: the newest date to reckon with, and what came of the questions asked last.

Owns which date is the newest (NEWEST: what is quarantined is not), what makes a pass closed and whole, the reading of the ledger
for it, from the warehouse or from the published file (which is never locked), and the date from which a series is asked again.
Whether it is time to ask is `pipelines.due`, asking is `pipelines.ingest`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from pipelines.warehouse import Published, Reader, Warehouse

IS_CLOSED = "min(captures.remaining) = 0"  # of the captures of one pass: it was asked to its end, not killed before
IS_WHOLE = f"(bool_and(captures.outcome = 'accepted') and {IS_CLOSED})"
NOTHING_HELD_BACK = """(
    select '' as series_id, null::date as date, '' as item, '' as part, '' as quality, '' as reason, null::timestamptz as known_at
    where false
)"""
NEWEST = """
    told as (
        select series_id, date, '' as item, known_at from raw.observations where value is not null
        union all
        select series_id, session_date, coalesce(contract_month, '') as item, known_at from raw.price_bars
        union all
        select series_id, operation_date, family || ' ' || operation_id as item, known_at from raw.operations where status <> 'announced'
    ),
    doubted as (
        select told.*, held.quality, held.reason
        from told
        left join core.held_back as held
            on told.series_id = held.series_id and told.date = held.date and told.item = held.item
            and held.part not in ('high', 'low', 'high and low') and told.known_at <= held.known_at
    ),
    newest as (
        select
            series_id, count(*) as rows, max(date) filter (where quality is distinct from 'quarantined') as newest,
            max(date) filter (where quality is not null) as doubted_date,
            arg_max(quality || ': ' || reason, date) filter (where quality is not null) as doubt
        from doubted
        group by series_id
    )
"""
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
    {NEWEST}
    select
        streaks.series_id, any_value(newest.newest) as newest, max(streaks.asked_at) as asked_at,
        any_value(newest.doubted_date) filter (where newest.doubted_date > newest.newest) as quarantined,
        arg_max(row(streaks.since), streaks.asked_at)[1] as since, arg_max(streaks.is_whole, streaks.asked_at) as is_whole,
        min(streaks.asked_at) filter (where streaks.whole_at is null or streaks.asked_at > streaks.whole_at) as failing_since
    from streaks
    left join newest on streaks.series_id = newest.series_id
    group by streaks.series_id
"""


@dataclass(frozen=True)
class Standing:
    """Where we stand with one series: its newest date with a value, and the pass of questions asked last.

    `quarantined`: the date of something newer than that, which cannot be reckoned with.
    `is_whole`: every answer of that pass was accepted and none is missing. `failing_since`: when the first of the passes
    was asked of which none has been whole since; None after a whole one.
    """

    newest: date | None
    asked_at: datetime
    since: date | None
    is_whole: bool
    failing_since: datetime | None = None
    quarantined: date | None = None

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
    return _by_series(warehouse)


def holes(warehouse: Warehouse, now: datetime) -> dict[str, date]:
    """The first missing session of each series that it is time to ask for again; which, and when, mart.missing_sessions says."""
    if "mart.missing_sessions" not in warehouse.tables():
        return {}
    query = "select series_id, min(date) as date from mart.missing_sessions where ask_again_at <= ? group by series_id"
    return dict(warehouse.frame(query, [now]).iter_rows())


def published(market: Path) -> Mapping[str, Standing]:
    """The same from a published file, which another run may be replacing; nothing where none was published yet."""
    return _by_series(Published(market)) if market.exists() else {}


def answer(reader: Reader, query: str) -> pl.DataFrame:
    """The answer to a query that holds NEWEST; where `core.held_back` was never built, nothing is held back.

    Raises:
        WarehouseError: DuckDB refuses the query.
    """
    return reader.frame(query if "core.held_back" in reader.tables() else query.replace("core.held_back", NOTHING_HELD_BACK))


def _by_series(reader: Reader) -> dict[str, Standing]:
    return {row.pop("series_id"): Standing(**row) for row in answer(reader, LEDGER).to_dicts()}
