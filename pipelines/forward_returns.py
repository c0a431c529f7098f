"""What a series returned from each of its days on: the benchmark that events are held against.

Owns the path of a series, the two ways to count a horizon (calendar days, sessions of a grid) and when a close comes too late to
end one. What is made of the returns is `pipelines.event_study`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.pairs import Days

PATIENCE_DAYS = 10  # as mart.divergence_horizons: a close more than ten days late is none
NEVER = np.iinfo(np.int64).max // 2  # a day number after any other, to which a horizon can be added

Numbers = NDArray[np.float64]
DayNumbers = NDArray[np.int64]  # since 1970
Due = Callable[[DayNumbers], DayNumbers]  # the days on which a horizon that begins on these is over


@dataclass(frozen=True)
class Path:
    """One series day by day: day numbers since 1970, closes, drawdown on closes, and the day of the next record close."""

    days: DayNumbers
    closes: Numbers
    drawdowns: Numbers
    next_record: DayNumbers


@dataclass(frozen=True)
class Benchmark:
    """Entry days of a path with a complete horizon, ascending: their forward return and whether a record came within it."""

    days: DayNumbers
    returns: Numbers
    records: NDArray[np.bool_]

    @cached_property
    def median(self) -> float:
        """The median forward return; there must be a day."""
        return float(np.median(self.returns))

    def where(self, chosen: NDArray[np.bool_]) -> "Benchmark":
        """The chosen days of it."""
        return Benchmark(self.days[chosen], self.returns[chosen], self.records[chosen])


def later(unit: str, horizon: int, grid: Days) -> Due:
    """A horizon of "days", or of "sessions" of the grid."""
    return sessions_later(grid, horizon) if unit == "sessions" else days_later(horizon)


def days_later(horizon: int) -> Due:
    """A horizon of calendar days."""
    return lambda days: days + horizon


def sessions_later(grid: Days, horizon: int) -> Due:
    """A horizon of sessions of the grid; a day between two sessions counts as the later one. Beyond the grid: NEVER."""
    numbers = np.append(grid.astype(np.int64), np.full(horizon + 1, NEVER))
    return lambda days: numbers[np.searchsorted(numbers[: grid.size], days) + horizon]


def path_of(prices: pl.DataFrame, series_id: str) -> Path:
    """The path of one series in a frame like mart.drawdowns."""
    rows = prices.filter(pl.col("series_id") == series_id).sort("session_date")
    days = day_numbers(rows["session_date"])
    records = days[rows["is_record_close"].fill_null(value=False).to_numpy()]
    upcoming = np.append(records, np.iinfo(np.int64).max)[np.searchsorted(records, days)]
    return Path(days, rows["close"].to_numpy(), rows["drawdown"].to_numpy(), upcoming)


def forward_returns(path: Path, due_on: Due) -> Benchmark:
    """Return from each day of the path to its first close on or after the day its horizon is over."""
    due = due_on(path.days)
    at = np.searchsorted(path.days, due)
    reached = np.flatnonzero(at < path.days.size)
    reached = reached[path.days[at[reached]] - due[reached] <= PATIENCE_DAYS]
    returns = path.closes[at[reached]] / path.closes[reached] - 1
    return Benchmark(path.days[reached], returns, path.next_record[reached] <= due[reached])


def day_numbers(dates: pl.Series) -> DayNumbers:
    """Dates as day numbers since 1970."""
    return dates.cast(pl.Int32).to_numpy().astype(np.int64)
