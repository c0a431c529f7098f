"""Two series on one grid: which sessions they share, where their records fall on it, which records are one cluster.

The grid is that of NYSE sessions; what happens on another day (a weekend of a 24x7 market, a London day while New York
is closed) belongs to the next session, the first moment an equity investor could have seen it (domain §2.5). Owns the
grid, the common history and runs declustering. What coincidences mean is `pipelines.coincidence`.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

Days = NDArray[np.datetime64]
Positions = NDArray[np.int64]

CLUSTER_GAP_DAYS = 30
CALENDAR = "XNYS"


@dataclass(frozen=True)
class History:
    """What is known of one series on one basis: the days it has a price, the prices, and the days at a strict all-time record.

    `level` is the cited record below which the history begins, None where none is cited.
    """

    days: Days
    values: NDArray[np.float64]
    records: Days
    level: float | None


@dataclass(frozen=True)
class Shared:
    """The stretch of the grid that two series have in common; positions below count from its first session.

    `records_*` are the sessions with a record, `clusters_*` the first and last session of each run of them. `skipped_*`
    count the sessions on which that series printed nothing, `prior_*` its prices before the stretch (more than any number
    where a cited record stands for them); `lead_a` is by how many sessions the prices of A go on beyond those of B (negative: B goes on).
    """

    grid: Days
    records_a: Positions
    records_b: Positions
    clusters_a: tuple[Positions, Positions]
    clusters_b: tuple[Positions, Positions]
    skipped_a: int
    skipped_b: int
    prior_a: int
    prior_b: int
    lead_a: int


def ordered(members: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Every ordered pair of two different members, in the order of their names."""
    names = sorted(set(members))
    return ((a, b) for a in names for b in names if a != b)


def sessions(calendar: pl.DataFrame) -> Days:
    """The NYSE sessions of a frame like core.sessions, ascending.

    Raises:
        ValueError: the frame has no row of that calendar.
    """
    rows = calendar.filter(pl.col("calendar") == CALENDAR)["session_date"].unique().sort()
    if rows.is_empty():
        raise ValueError(f"no session of calendar {CALENDAR} in {calendar.height} rows; the grid of every pair is made of them")
    return _days(rows)


def history(bars: pl.DataFrame, records: pl.DataFrame, series_id: str, basis: str) -> History:
    """The history of a series on a basis: its bars (like core.sound_bars) and its records (like mart.record_highs).

    The bars carry the cited record of their series, if any (record_seed_close, record_seed_high, as core.series).
    """
    printed = bars.filter(pl.col("series_id") == series_id).unique("session_date").sort("session_date")
    highs = records.filter((pl.col("series_id") == series_id) & (pl.col("basis") == basis))
    values = printed["close"] if basis == "close" else printed.select(pl.max_horizontal("close", "high")).to_series()
    levels = printed["record_seed_close" if basis == "close" else "record_seed_high"].drop_nulls().to_list()
    return History(
        _days(printed["session_date"]), values.to_numpy(), _days(highs["session_date"].unique().sort()), levels[0] if levels else None
    )


def begin(a: History, b: History, since: date | None = None) -> np.datetime64:
    """The day on which the later of two histories begins, or `since` if that is later still. Both must have a price."""
    return max(a.days[0], b.days[0], np.datetime64(since) if since else a.days[0])


def share(grid: Days, a: History, b: History, *, since: date | None = None, gap_days: int = CLUSTER_GAP_DAYS) -> Shared | None:
    """What two histories have in common on the grid, from `since` on if given; None where no session sees both.

    The stretch runs from the first session on or after both first prices to the last session not after either last
    price: a record of Saturday is no event before Monday's session is in. Several days that roll into one session are
    one event. Both histories must have a price.
    """
    first = int(np.searchsorted(grid, begin(a, b, since)))
    stop = int(np.searchsorted(grid, min(a.days[-1], b.days[-1]), side="right"))
    if stop <= first:
        return None
    inside_a, inside_b = (_inside(grid, first, stop, days) for days in (a.records, b.records))
    return Shared(
        grid=grid[first:stop],
        records_a=_sessions_of(grid, first, inside_a),
        records_b=_sessions_of(grid, first, inside_b),
        clusters_a=_clusters(grid, first, inside_a, gap_days),
        clusters_b=_clusters(grid, first, inside_b, gap_days),
        skipped_a=stop - first - _sessions_of(grid, first, _inside(grid, first, stop, a.days)).size,
        skipped_b=stop - first - _sessions_of(grid, first, _inside(grid, first, stop, b.days)).size,
        prior_a=_prior(a, grid[first]),
        prior_b=_prior(b, grid[first]),
        lead_a=int(np.searchsorted(grid, a.days[-1], side="right") - np.searchsorted(grid, b.days[-1], side="right")),
    )


def _prior(series: History, start: np.datetime64) -> int:
    """Its prices before the stretch."""
    return sys.maxsize if series.level is not None else int(np.searchsorted(series.days, start))


def _days(column: pl.Series) -> Days:
    return column.cast(pl.Date).to_numpy().astype("datetime64[D]")


def _sessions_of(grid: Days, first: int, days: Days) -> Positions:
    """The sessions the days roll into, each once, counted from `first`."""
    return np.unique(np.searchsorted(grid, days)) - first


def _inside(grid: Days, first: int, stop: int, days: Days) -> Days:
    """The days whose session lies in grid[first:stop]."""
    before = grid[first - 1] if first else grid[0] - np.timedelta64(1, "D")  # what precedes the grid belongs to none of it
    return days[(days > before) & (days <= grid[stop - 1])]


def _clusters(grid: Days, first: int, days: Days, gap_days: int) -> tuple[Positions, Positions]:
    """First and last session of each run of records at most `gap_days` calendar days apart (as mart.high_clusters)."""
    if not days.size:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    breaks = np.flatnonzero(np.diff(days).astype(np.int64) > gap_days)
    begins, ends = days[np.append(0, breaks + 1)], days[np.append(breaks, -1)]
    return np.searchsorted(grid, begins) - first, np.searchsorted(grid, ends) - first
