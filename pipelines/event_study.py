"""What followed divergences, against what follows any day: `mart.divergence_study`.

An event study in calendar time (MacKinlay 1997, JEL 35): the forward returns of the laggard in mart.divergence_outcomes,
beside those of every day of the same history and those of every day on which the laggard stood as far below its record,
whoever was at one. Owns the statistics; which events there are and what they returned is said by the SQL.

Windows overlap and returns cluster, so nothing here takes events for independent: the interval resamples blocks of
events, as long as their windows overlap on average, and the permutation moves all events together along the history.
All statistics are of the median, which one wild year cannot carry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines import chance

HORIZONS = (30, 90, 180)
THRESHOLDS = (0.10, 0.15, 0.20, 0.25)
RESAMPLES = 1000
LEAST_EVENTS = 5  # fewer say nothing about an interval or a chance
PATIENCE_DAYS = 10  # as mart.divergence_outcomes: a close more than ten days late is none
COVERAGE = (2.5, 97.5)

Numbers = NDArray[np.float64]

COLUMNS: dict[str, tuple[Any, str]] = {
    "leader": (pl.String, "The series at its record."),
    "laggard": (pl.String, "The series below its record, whose returns these are."),
    "threshold": (pl.Float64, "How far below its record the laggard stood when the divergence began, as a fraction."),
    "horizon_days": (pl.Int64, "Calendar days over which returns are measured."),
    "n": (pl.Int64, "Divergences with a complete horizon, those within 60 days of the one before left out."),
    "n_pending": (pl.Int64, "Divergences whose horizon has not passed."),
    "mean": (pl.Float64, "Mean forward return of the laggard."),
    "median": (pl.Float64, "Median forward return of the laggard."),
    "share_positive": (pl.Float64, "Share of forward returns above zero."),
    "share_new_record": (pl.Float64, "Share of divergences after which the laggard closed at a record within the horizon."),
    "share_regained_ratio": (pl.Float64, "Share after which laggard / leader regained its level at the leader's record before."),
    "ci_low": (pl.Float64, "Lower end of the 95 % interval of the median, stationary bootstrap; null below 5 events."),
    "ci_high": (pl.Float64, "Upper end of that interval."),
    "p_permutation": (pl.Float64, "Chance of a median as far from benchmark_median, events moved along the history; null below 5 events."),
    "benchmark_n": (pl.Int64, "Days of the laggard since history_start with a complete horizon."),
    "benchmark_median": (pl.Float64, "Median forward return of the laggard over those days."),
    "benchmark_share_positive": (pl.Float64, "Share of those days with a forward return above zero."),
    "benchmark_share_new_record": (pl.Float64, "Share of those days with a record close of the laggard within the horizon."),
    "matched_n": (pl.Int64, "Those of the days whose close before stood at least the threshold below the laggard's record."),
    "matched_median": (pl.Float64, "Median forward return over the matched days."),
    "matched_share_positive": (pl.Float64, "Share of the matched days with a forward return above zero."),
    "matched_share_new_record": (pl.Float64, "Share of the matched days with a record close of the laggard within the horizon."),
    "p_permutation_matched": (pl.Float64, "Chance of a median as far from matched_median, events moved along the matched days."),
    "seed": (pl.Int64, "Seed of bootstrap and permutation: a hash of pair, threshold and horizon."),
    "status": (pl.String, "ok; fewer than 5 events; all pending; no event."),
}


@dataclass(frozen=True)
class Path:
    """One series day by day: day numbers since 1970, closes, drawdown on closes, and the day of the next record close."""

    days: NDArray[np.int64]
    closes: Numbers
    drawdowns: Numbers
    next_record: NDArray[np.int64]


@dataclass(frozen=True)
class Benchmark:
    """Entry days of a path with a complete horizon, ascending: their forward return and whether a record came within it."""

    days: NDArray[np.int64]
    returns: Numbers
    records: NDArray[np.bool_]

    def where(self, chosen: NDArray[np.bool_]) -> "Benchmark":
        """The chosen days of it."""
        return Benchmark(self.days[chosen], self.returns[chosen], self.records[chosen])


def divergence_study(
    outcomes: pl.DataFrame,
    prices: pl.DataFrame,
    pairs: Sequence[tuple[str, str]],
    *,
    thresholds: Sequence[float] = THRESHOLDS,
    horizons: Sequence[int] = HORIZONS,
    resamples: int = RESAMPLES,
) -> pl.DataFrame:
    """One row for each ordered pair (leader, laggard), threshold and horizon, also where there is no event.

    `outcomes` as mart.divergence_outcomes, `prices` as mart.drawdowns (series_id, session_date, close, drawdown,
    is_record_close). Everything in them is used and nothing else; the order of rows changes no digit.
    """
    events = outcomes.sort("start_date").partition_by("leader", "laggard", "threshold", "horizon_days", as_dict=True)
    paths = {name: path_of(prices, name) for name in sorted({laggard for _, laggard in pairs})}
    benchmarks = {(name, horizon): forward_returns(path, horizon) for name, path in paths.items() for horizon in horizons}
    rows: list[dict[str, Any]] = []
    for leader, laggard in sorted(pairs):
        for threshold in thresholds:
            for horizon in horizons:
                row = {"leader": leader, "laggard": laggard, "threshold": threshold, "horizon_days": horizon}
                found = events.get((leader, laggard, threshold, horizon))
                rows.append(dict.fromkeys(COLUMNS) | row | {"n": 0, "n_pending": 0, "status": "no event"})
                if found is not None:
                    rows[-1] |= study(found, benchmarks[laggard, horizon], paths[laggard], resamples)
    return pl.DataFrame(rows, schema={name: dtype for name, (dtype, _) in COLUMNS.items()}, orient="row")


def path_of(prices: pl.DataFrame, series_id: str) -> Path:
    """The path of one series in a frame like mart.drawdowns."""
    rows = prices.filter(pl.col("series_id") == series_id).sort("session_date")
    days = rows["session_date"].cast(pl.Int32).to_numpy().astype(np.int64)
    records = days[rows["is_record_close"].fill_null(value=False).to_numpy()]
    never = np.iinfo(np.int64).max
    upcoming = np.append(records, never)[np.searchsorted(records, days)]
    return Path(days, rows["close"].to_numpy(), rows["drawdown"].to_numpy(), upcoming)


def forward_returns(path: Path, horizon: int) -> Benchmark:
    """Return from each day of the path to its first close on or after `horizon` calendar days later."""
    due = path.days + horizon
    at = np.searchsorted(path.days, due)
    reached = np.flatnonzero(at < path.days.size)
    reached = reached[path.days[at[reached]] - due[reached] <= PATIENCE_DAYS]
    returns = path.closes[at[reached]] / path.closes[reached] - 1
    return Benchmark(path.days[reached], returns, path.next_record[reached] <= due[reached])


def study(events: pl.DataFrame, everyday: Benchmark, path: Path, resamples: int) -> dict[str, Any]:
    """The statistics of the events of one pair, threshold and horizon (rows of mart.divergence_outcomes)."""
    key = events.select("leader", "laggard", "threshold", "horizon_days").row(0)
    counted = events.filter(pl.col("is_in_study"))
    complete = counted.filter(pl.col("status") == "complete")
    since = int(events["history_start"].cast(pl.Int32)[0])
    below = path.days[1:][path.drawdowns[:-1] <= -key[2]]  # the close before: an entry follows what is known
    benchmark = everyday.where(everyday.days >= since)
    matched = benchmark.where(np.isin(benchmark.days, below))
    row = _benchmarks(benchmark, matched) | {"n": complete.height, "n_pending": counted.filter(pl.col("status") == "pending").height}
    if complete.is_empty():
        return row | {"status": "all pending" if row["n_pending"] else "no event"}
    returns, entries = complete["forward_return"].to_numpy(), complete["entry_date"].cast(pl.Int32).to_numpy().astype(np.int64)
    row |= _described(complete) | {"seed": chance.seed_of(*key), "status": "ok"}
    if complete.height < LEAST_EVENTS:
        return row | {"status": f"fewer than {LEAST_EVENTS} events"}
    low, high = interval(returns, entries, key[3], row["seed"], resamples)
    return row | {
        "ci_low": low,
        "ci_high": high,
        "p_permutation": permutation(returns, entries, benchmark, row["seed"], resamples),
        "p_permutation_matched": permutation(returns, entries, matched, row["seed"], resamples),
    }


def interval(returns: Numbers, entries: NDArray[np.int64], horizon: int, seed: int, resamples: int) -> tuple[float, float]:
    """95 % percentile interval of the median by the stationary bootstrap; blocks as long as windows overlap on average."""
    ends = np.searchsorted(entries, entries + horizon)
    overlap = float((ends - np.arange(entries.size)).mean())
    drawn = chance.stationary_resamples(seed, returns.size, overlap, resamples)
    low, high = np.percentile(np.median(returns[drawn], axis=1), COVERAGE)
    return float(low), float(high)


def permutation(returns: Numbers, entries: NDArray[np.int64], among: Benchmark, seed: int, resamples: int) -> float | None:
    """Two-sided chance of a median as far from that of `among`: all events moved by one circular shift of its days."""
    size = among.days.size
    by = chance.shifts(seed, size, resamples)
    if not by.size:
        return None
    at = np.searchsorted(among.days, entries)
    medians = np.median(among.returns[(at + by[:, None]) % size], axis=1)
    centre = np.median(among.returns)
    return chance.p_value(float(abs(np.median(returns) - centre)), np.abs(medians - centre))


def _described(complete: pl.DataFrame) -> dict[str, Any]:
    returns = complete["forward_return"]
    return {
        "mean": returns.mean(),
        "median": returns.median(),
        "share_positive": (returns > 0).mean(),
        "share_new_record": complete["made_new_record"].mean(),
        "share_regained_ratio": complete["regained_ratio"].mean(),
    }


def _benchmarks(benchmark: Benchmark, matched: Benchmark) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, days in (("benchmark", benchmark), ("matched", matched)):
        row[f"{name}_n"] = days.days.size
        if days.days.size:
            row[f"{name}_median"] = float(np.median(days.returns))
            row[f"{name}_share_positive"] = float((days.returns > 0).mean())
            row[f"{name}_share_new_record"] = float(days.records.mean())
    return row
