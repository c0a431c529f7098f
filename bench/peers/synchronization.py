"""Event synchronization of clusters, ours against pyunicorn's. Owns how clusters become its events and which of its rules are not ours.

Both count the pairs of events that lie no further apart than half the distance of either to its own neighbours, and than the
window; both divide by the root of the product of the numbers of events. pyunicorn 1.0.0 (a) leaves the first and the last event of
either series out of pairs and numbers, so that fewer than three events on a side give 0, and (b) takes a half off a pair of which
one event is near another one too, on its other side: one that lies halfway between two. `by_their_rules` applies both to our
events. Everything here is counted anew from record days and sessions; only event_synchronization of mart.co_highs is taken over.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pyunicorn.eventseries import EventSeries

CLOSE_ENOUGH = 1e-12
GAP_DAYS = 30


@dataclass(frozen=True)
class Synchronization:
    """One ordered pair: ours as published, ours counted anew, pyunicorn's, and ours by its rules, (a) alone and (a) with (b)."""

    series_a: str
    series_b: str
    basis: str
    window: int
    fewest: int
    ours: float
    recounted: float
    theirs: float
    without_ends: float
    by_their_rules: float


def compare(co_highs: pd.DataFrame, records: pd.DataFrame, sessions: pd.Series) -> Iterator[Synchronization]:
    """Every ordered pair, basis and window of mart.co_highs in which both have clusters."""
    days = {key: np.sort(rows.to_numpy("datetime64[D]")) for key, rows in records.groupby(["series_id", "basis"])["session_date"]}
    grid = sessions.to_numpy("datetime64[D]")
    usable = co_highs[co_highs["event_synchronization"].notna()]
    for (a, b, basis), rows in usable.groupby(["series_a", "series_b", "basis"]):
        ends = rows[["start_date", "end_date"]].iloc[0].to_numpy("datetime64[D]")
        first, last = np.searchsorted(grid, ends)
        x, y = (begins(days[name, basis], grid, first, last) for name in (a, b))
        for row in rows.itertuples():
            if (row.n_a_clusters, row.n_b_clusters) != (x.size, y.size):
                raise ValueError(f"{a}, {b}, {basis}: not {row.n_a_clusters} and {row.n_b_clusters} clusters but {x.size} and {y.size}")
            yield beside((a, b, basis, row.window_sessions), row.event_synchronization, x, y, last - first + 1)


def drawn(pairs: int = 400) -> Iterator[Synchronization]:
    """Made-up pairs of series with events so dense that one often lies halfway between two, which none of real history does."""
    draw = np.random.default_rng(3)
    for _ in range(pairs):
        x, y = (np.sort(draw.choice(60, draw.integers(3, 15), replace=False)) for _ in range(2))
        window = int(draw.choice([0, 5, 10, 21]))
        ours = near(x, y, room(x), room(y), window).sum() / np.sqrt(x.size * y.size)
        yield beside(("drawn", "drawn", "close", window), ours, x, y, 60)


def beside(names: tuple[str, str, str, int], ours: float, x: np.ndarray, y: np.ndarray, size: int) -> Synchronization:
    """Ours beside pyunicorn's for events at the sessions x and y of a grid of that size; `names` with the window last."""
    window, room_x, room_y = names[-1], room(x), room(y)
    recounted = near(x, y, room_x, room_y, window).sum() / np.sqrt(x.size * y.size)
    by_rules = _by_their_rules(x[1:-1], y[1:-1], room_x[1:-1], room_y[1:-1], window)
    return Synchronization(*names, min(x.size, y.size), ours, recounted, pyunicorn(x, y, size, window), *by_rules)


def begins(days: np.ndarray, grid: np.ndarray, first: int, last: int) -> np.ndarray:
    """The sessions, counted from `first`, into which the first day falls of each run of records in grid[first : last + 1]."""
    inside = days[(np.searchsorted(grid, days) >= first) & (days <= grid[last])]
    return np.searchsorted(grid, inside[np.diff(inside, prepend=inside[0] - 2 * GAP_DAYS).astype(int) > GAP_DAYS]) - first


def room(events: np.ndarray) -> np.ndarray:
    """The distance of each event to the nearer of its neighbours."""
    apart = np.concatenate(([np.inf], np.diff(events).astype(float), [np.inf]))
    return np.minimum(apart[:-1], apart[1:])


def near(x: np.ndarray, y: np.ndarray, room_x: np.ndarray, room_y: np.ndarray, window: int) -> np.ndarray:
    """Which events of x and y are synchronous: a matrix."""
    reach = np.minimum(np.minimum.outer(room_x, room_y) / 2, window)
    return np.abs(np.subtract.outer(x, y)) <= reach


def pyunicorn(x: np.ndarray, y: np.ndarray, size: int, window: int) -> float:
    """The sum of its two directed halves."""
    series = np.zeros((2, size), np.int64)
    series[0, x] = series[1, y] = 1
    return float(sum(EventSeries.event_synchronization(*series, taumax=window)))


def _by_their_rules(x: np.ndarray, y: np.ndarray, room_x: np.ndarray, room_y: np.ndarray, window: int) -> tuple[float, float]:
    """Q of the inner events by rule (a), every pair whole, and by (a) and (b)."""
    if not x.size or not y.size:
        return 0.0, 0.0
    pairs, later = near(x, y, room_x, room_y, window), np.subtract.outer(x, y)
    after, before = pairs & (later > 0), pairs & (later < 0)
    shared = (_touched(before) & after).sum() + (_touched(after) & before).sum()
    scale = np.sqrt(x.size * y.size)
    return pairs.sum() / scale, (pairs.sum() - shared / 2) / scale


def _touched(pairs: np.ndarray) -> np.ndarray:
    """The rows and columns in which there is a pair."""
    return pairs.any(axis=1, keepdims=True) | pairs.any(axis=0, keepdims=True)
