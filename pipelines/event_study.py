"""What followed divergences, against what follows any day: `mart.divergence_horizon_study`.

An event study in calendar time (MacKinlay 1997, JEL 35): the forward returns of the laggard in mart.divergence_horizons,
beside those of every day of the same history and those of every day on which the laggard stood as far below its record,
whoever was at one. Horizons are calendar days, or sessions of New York. Owns the statistics; which events there are and what
they returned is said by the SQL, what other days returned by `pipelines.forward_returns`.

Windows overlap and returns cluster, so nothing here takes events for independent: the interval resamples blocks of
events, as long as their windows overlap on average, and the permutation moves all events together along the history.
All statistics are of the median, which one wild year cannot carry.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines import chance
from pipelines.forward_returns import (
    Benchmark,
    DayNumbers,
    Due,
    Numbers,
    Path,
    day_numbers,
    forward_returns,
    later,
    path_of,
)
from pipelines.pairs import Days

HORIZONS = {"days": (30, 90, 180), "sessions": (21, 63, 126)}  # by their unit, as in mart.divergence_horizons
THRESHOLDS = (0.10, 0.15, 0.20, 0.25)
RESAMPLES = 1000
LEAST_EVENTS = 5  # fewer say nothing about an interval or a chance
COVERAGE = (2.5, 97.5)
KEY = ("leader", "laggard", "threshold", "horizon_unit", "horizon")

COLUMNS: dict[str, tuple[Any, str]] = {
    "leader": (pl.String, "The series at its record."),
    "laggard": (pl.String, "The series below its record, whose returns these are."),
    "threshold": (pl.Float64, "How far below its record the laggard stood when the divergence began, as a fraction."),
    "horizon_unit": (pl.String, "What horizon counts, days or sessions, as in mart.divergence_horizons."),
    "horizon": (pl.Int64, "How many of them returns are measured over."),
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
    "seed": (pl.Int64, "Seed of bootstrap and permutation: a hash of pair, threshold and horizon, of a horizon in sessions its unit too."),
    "status": (pl.String, "ok; fewer than 5 events; all pending; no event."),
}


@dataclass(frozen=True)
class Events:
    """The events of one pair, threshold and horizon that count, in the order of their start.

    `since` is the day the history of the pair begins; where an event is not complete, the numbers are nan.
    """

    complete: NDArray[np.bool_]
    pending: NDArray[np.bool_]
    entries: DayNumbers
    returns: Numbers
    new_record: Numbers
    regained: Numbers
    since: int


def divergence_study(
    outcomes: pl.DataFrame,
    prices: pl.DataFrame,
    pairs: Sequence[tuple[str, str]],
    grid: Days,
    *,
    thresholds: Sequence[float] = THRESHOLDS,
    horizons: Mapping[str, Sequence[int]] = HORIZONS,
    resamples: int = RESAMPLES,
) -> pl.DataFrame:
    """One row for each ordered pair (leader, laggard), threshold and horizon, also where there is no event.

    `outcomes` as mart.divergence_horizons, `prices` as mart.drawdowns (series_id, session_date, close, drawdown,
    is_record_close), `grid` the sessions that horizons are counted in (`pipelines.pairs.sessions`). Everything in them is used
    and nothing else; the order of rows changes no digit.
    """
    dues = {(unit, horizon): later(unit, horizon, grid) for unit, lengths in horizons.items() for horizon in lengths}
    events = dict(_events(outcomes))
    paths = {name: path_of(prices, name) for name in sorted({laggard for _, laggard in pairs})}
    benchmarks: dict[tuple[str, str, int, int], Benchmark] = {}
    rows: list[dict[str, Any]] = []
    for leader, laggard in sorted(pairs):
        for threshold in thresholds:
            for (unit, horizon), due in dues.items():
                key = (leader, laggard, threshold, unit, horizon)
                rows.append(dict.fromkeys(COLUMNS) | dict(zip(KEY, key, strict=True)) | {"n": 0, "n_pending": 0, "status": "no event"})
                if (found := events.get(key)) is not None:
                    everyday = (laggard, unit, horizon, found.since)
                    if everyday not in benchmarks:
                        whole = forward_returns(paths[laggard], due)
                        benchmarks[everyday] = whole.where(whole.days >= found.since)
                    seed = chance.seed_of(leader, laggard, threshold, horizon, *([unit] if unit == "sessions" else []))
                    rows[-1] |= study(found, benchmarks[everyday], paths[laggard], threshold, due, seed, resamples)
    return pl.DataFrame(rows, schema={name: dtype for name, (dtype, _) in COLUMNS.items()}, orient="row")


def study(events: Events, benchmark: Benchmark, path: Path, threshold: float, due: Due, seed: int, resamples: int) -> dict[str, Any]:
    """The statistics of the events of one pair, threshold and horizon; `benchmark` are the days of the pair's history."""
    below = path.days[1:][path.drawdowns[:-1] <= -threshold]  # the close before: an entry follows what is known
    matched = benchmark.where(np.isin(benchmark.days, below, assume_unique=True))
    returns, entries = events.returns[events.complete], events.entries[events.complete]
    row = _benchmarks(benchmark, matched) | {"n": returns.size, "n_pending": int(events.pending.sum())}
    if not returns.size:
        return row | {"status": "all pending" if row["n_pending"] else "no event"}
    row |= _described(events) | {"seed": seed, "status": "ok"}
    if returns.size < LEAST_EVENTS:
        return row | {"status": f"fewer than {LEAST_EVENTS} events"}
    low, high = interval(returns, entries, due, seed, resamples)
    return row | {
        "ci_low": low,
        "ci_high": high,
        "p_permutation": permutation(returns, entries, benchmark, seed, resamples),
        "p_permutation_matched": permutation(returns, entries, matched, seed, resamples),
    }


def interval(returns: Numbers, entries: DayNumbers, due: Due, seed: int, resamples: int) -> tuple[float, float]:
    """95 % percentile interval of the median by the stationary bootstrap; blocks as long as windows overlap on average."""
    ends = np.searchsorted(entries, due(entries))
    overlap = float((ends - np.arange(entries.size)).mean())
    drawn = chance.stationary_resamples(seed, returns.size, overlap, resamples)
    low, high = np.percentile(np.median(returns[drawn], axis=1), COVERAGE)
    return float(low), float(high)


def permutation(returns: Numbers, entries: DayNumbers, among: Benchmark, seed: int, resamples: int) -> float | None:
    """Two-sided chance of a median as far from that of `among`: all events moved by one circular shift of its days."""
    size = among.days.size
    by = chance.shifts(seed, size, resamples)
    if not by.size:
        return None
    at = np.searchsorted(among.days, entries)
    medians = np.median(among.returns[(at + by[:, None]) % size], axis=1)
    return chance.p_value(float(abs(np.median(returns) - among.median)), np.abs(medians - among.median))


def _events(outcomes: pl.DataFrame) -> Iterator[tuple[tuple[str, str, float, str, int], Events]]:
    """The events of each leader, laggard, threshold and horizon. Read once as a whole: a frame for each costs more than its study."""
    rows = outcomes.sort(*KEY, "start_date")
    since = day_numbers(rows["history_start"])
    counted, status = rows["is_in_study"].to_numpy(), rows["status"]
    complete, pending = ((status == word).to_numpy() & counted for word in ("complete", "pending"))
    entries = day_numbers(rows["entry_date"].fill_null(rows["start_date"]))
    returns, new_record, regained = (
        rows[name].cast(pl.Float64).fill_null(float("nan")).to_numpy() for name in ("forward_return", "made_new_record", "regained_ratio")
    )
    stop = 0
    for *key, size in rows.group_by(KEY, maintain_order=True).len().iter_rows():
        at = slice(stop, stop := stop + size)
        yield tuple(key), Events(complete[at], pending[at], entries[at], returns[at], new_record[at], regained[at], int(since[at][0]))


def _described(events: Events) -> dict[str, Any]:
    returns = pl.Series(events.returns[events.complete])
    return {
        "mean": returns.mean(),
        "median": returns.median(),
        "share_positive": float((events.returns[events.complete] > 0).mean()),
        "share_new_record": _share(events.new_record[events.complete]),
        "share_regained_ratio": _share(events.regained[events.complete]),
    }


def _share(said: Numbers) -> float | None:
    """The share of those of which it is known."""
    known = said[~np.isnan(said)]
    return float(known.mean()) if known.size else None


def _benchmarks(benchmark: Benchmark, matched: Benchmark) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, days in (("benchmark", benchmark), ("matched", matched)):
        row[f"{name}_n"] = days.days.size
        if days.days.size:
            row[f"{name}_median"] = days.median
            row[f"{name}_share_positive"] = float((days.returns > 0).mean())
            row[f"{name}_share_new_record"] = float(days.records.mean())
    return row
