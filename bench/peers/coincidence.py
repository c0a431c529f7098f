"""Event coincidence, ours against pyunicorn's. Owns how our records become event series and what its edge rule is.

For a window k > 0 pyunicorn 1.0.0 leaves out the events within k sessions of the *first or last event* of the series
(the precursor rate: of the first, the trigger rate: of the last). We keep every event, cut its window off at the ends of
the common history, and say beside it what the rate is without those so cut. `without_edges` applies its rule to our
events. Everything here is counted anew from record days and sessions; only the rates of mart.co_highs are taken over.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pyunicorn.eventseries import EventSeries

CLOSE_ENOUGH = 1e-7  # pyunicorn divides in single precision; rates of n events differ by 1 / n or not at all
RATES = {"rate": "symmetric", "precursor_rate": "precursor", "trigger_rate": "trigger"}


@dataclass(frozen=True)
class Rate:
    """One rate of one ordered pair: ours as published, ours counted anew, pyunicorn's, and ours by its edge rule."""

    series_a: str
    series_b: str
    basis: str
    window: int
    kind: str
    ours: float
    recounted: float
    theirs: float
    by_their_rule: float
    kept: int

    @property
    def defined(self) -> bool:
        """Whether pyunicorn's rule leaves an event to divide by."""
        return self.kept > 0


def compare(co_highs: pd.DataFrame, records: pd.DataFrame, sessions: pd.Series) -> Iterator[Rate]:
    """Every rate of every ordered pair of mart.co_highs in which both have records."""
    days = {key: rows.to_numpy("datetime64[D]") for key, rows in records.groupby(["series_id", "basis"])["session_date"]}
    grid = sessions.to_numpy("datetime64[D]")
    usable = co_highs[(co_highs["n_a"] > 0) & (co_highs["n_b"] > 0)]
    for (a, b, basis), rows in usable.groupby(["series_a", "series_b", "basis"]):
        ends = rows[["start_date", "end_date"]].iloc[0].to_numpy("datetime64[D]")
        first, last = np.searchsorted(grid, ends)
        on_a, on_b = (on_grid(days[name, basis], grid, first, last) for name in (a, b))
        for row in rows.itertuples():
            if (row.n_sessions, row.n_a, row.n_b) != (last - first + 1, on_a.size, on_b.size):
                raise ValueError(f"{a}, {b}, {basis}: {row.n_a} and {row.n_b} events, counted anew {on_a.size} and {on_b.size}")
            yield from _rates(row, on_a, on_b, last - first + 1)


def on_grid(days: np.ndarray, grid: np.ndarray, first: int, last: int) -> np.ndarray:
    """The sessions of grid[first : last + 1] on which the days fall or into which they roll forward, counted from `first`."""
    places = np.unique(np.searchsorted(grid, days))
    return places[(places >= first) & (places <= last)] - first


def matched(events: np.ndarray, partners: np.ndarray, before: int, after: int) -> np.ndarray:
    """Which events have a partner from `before` sessions before to `after` sessions after."""
    nearest = np.searchsorted(partners, events - before)
    return np.append(partners, np.iinfo(np.int64).max)[nearest] <= events + after


def without_edges(events: np.ndarray, window: int, kind: str) -> np.ndarray:
    """Which events pyunicorn keeps: none is dropped for window 0."""
    kept = np.ones(events.size, bool)
    if window and kind != "trigger":
        kept &= events > events[0] + window
    if window and kind != "precursor":
        kept &= events < events[-1] - window
    return kept


def pyunicorn(on_a: np.ndarray, on_b: np.ndarray, size: int, window: int) -> dict[str, float]:
    """Its three rates of a pair: symmetric and precursor are shares of the events of A, trigger of those of B."""
    matrix = np.zeros((size, 2), np.int64)
    matrix[on_a, 0] = matrix[on_b, 1] = 1
    with np.errstate(divide="ignore", invalid="ignore"):
        both = EventSeries(matrix, taumax=window).event_series_analysis(method="ECA", symmetrization="directed", window_type="symmetric")
        precursor, trigger, *_ = EventSeries.event_coincidence_analysis(matrix[:, 0], matrix[:, 1], window)
    return {"symmetric": float(both[0, 1]), "precursor": float(precursor), "trigger": float(trigger)}


def _rates(row: tuple, on_a: np.ndarray, on_b: np.ndarray, size: int) -> Iterator[Rate]:
    window = row.window_sessions
    theirs = pyunicorn(on_a, on_b, size, window)
    reach = {"symmetric": (window, window), "precursor": (window, 0), "trigger": (0, window)}
    for column, kind in RATES.items():
        events, partners = (on_b, on_a) if kind == "trigger" else (on_a, on_b)
        hits, kept = matched(events, partners, *reach[kind]), without_edges(events, window, kind)
        by_rule = float(hits[kept].mean()) if kept.any() else float("nan")
        names = (row.series_a, row.series_b, row.basis, window, kind)
        yield Rate(*names, getattr(row, column), float(hits.mean()), theirs[kind], by_rule, int(kept.sum()))
