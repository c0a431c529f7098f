"""Records of a series whose returns are turned round the ring: the null for two series that begin together.

A series makes its early records in a crowd: everything is a record at first. Shifting the days of its records moves the
crowd, so that two series that begin together seem to share their start for a reason. Turning its returns and making the
price anew keeps the crowd where it is, and the level of a cited record from before the history too. Returns stand in
whole billionths, so that sums of them are exact. Owns the surrogates and how many windows they meet; what is compared
belongs to `pipelines.coincidence`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.pairs import Days, History, Positions


@dataclass(frozen=True)
class Turned:
    """The surrogates of one series, a row for each turn, on the sessions `grid` from its first price to its last.

    Before each session: how many records there were (`records`), clusters begun (`begun`) and ended (`ended`), counted on
    from turn to turn and round at 2 ** 16, so that only differences mean something. `places` are all records in order, as
    places in these tables laid out flat.
    """

    grid: Days
    records: NDArray[np.int16]
    begun: NDArray[np.int16]
    ended: NDArray[np.int16]
    places: Positions

    def first_from(self, start: int) -> Positions:
        """The first session with a record from `start` on, in each turn; the end of the grid where there is none."""
        turns, size = self.records.shape
        lines = np.arange(turns) * size
        found = np.append(self.places, turns * size)[np.searchsorted(self.places, lines + start)]
        return np.minimum(found - lines, size - 1)


def turned(grid: Days, series: History, end: np.datetime64, by: Positions, gap_days: int) -> Turned:
    """The surrogates of what is known of a series up to `end`, one for each of the turns `by` (see `ring`)."""
    known = series.days <= end
    days, steps = series.days[known], np.diff(np.rint(1e9 * np.log(series.values[known])).astype(np.int64))
    path = np.concatenate([[0], np.cumsum(np.tile(steps, 2))])
    level = np.int64(0) if series.level is None else np.rint(1e9 * np.log(series.level / series.values[0])).astype(np.int64)
    turn, day = _records(path, days.size, by, level)
    grid = grid[max(int(np.searchsorted(grid, days[0])) - 1, 0) : int(np.searchsorted(grid, end, side="right"))]
    inside = days[day] >= grid[0]
    turn, day = turn[inside], day[inside]
    places = turn * (grid.size + 1) + np.searchsorted(grid, days)[day]
    parted = (turn[1:] != turn[:-1]) | (days[day[1:]] - days[day[:-1]] > np.timedelta64(gap_days, "D"))
    first, last = (np.ones(turn.size, np.bool_) for _ in range(2))
    first[1:], last[:-1] = parted, parted
    shape = (by.size, grid.size + 1)
    return Turned(grid, _counted(shape, places), _counted(shape, places[first]), _counted(shape, places[last]), places)


def ring(series: History, end: np.datetime64) -> int:
    """How many returns there are to turn up to `end`."""
    return max(int((series.days <= end).sum()) - 1, 0)


def met_records(windows: tuple[Positions, Positions], start: np.datetime64, surrogates: Turned) -> Positions:
    """How many windows (of a stretch that begins with the session `start`) hold a record, in each turn."""
    begin, length = windows
    first = int(np.searchsorted(surrogates.grid, start))
    records = surrogates.records
    return (records.take(first + begin + length + 1, axis=1) != records.take(first + begin, axis=1)).sum(axis=1)


def met_clusters(windows: tuple[Positions, Positions], start: np.datetime64, surrogates: Turned) -> Positions:
    """How many windows meet a cluster, in each turn; a cluster begins with its first record inside the stretch."""
    begin, length = windows
    first = int(np.searchsorted(surrogates.grid, start))
    opened = np.maximum(first + begin, surrogates.first_from(first)[:, None])
    until = np.maximum(first + begin + length + 1, opened)
    begun, ended = np.take_along_axis(surrogates.begun, until, axis=1), np.take_along_axis(surrogates.ended, opened, axis=1)
    return ((begun != ended) & (until > opened)).sum(axis=1)


def _records(path: NDArray[np.int64], size: int, by: Positions, level: np.int64) -> tuple[Positions, Positions]:
    """Turn and day of each record of the path begun anew at each of `by`, in order; the first day is none."""
    found = [np.flatnonzero(_is_record(path[start : start + size] - path[start], level)) + 1 for start in by]
    return np.repeat(np.arange(by.size), [days.size for days in found]), np.concatenate([by[:0], *found])


def _is_record(path: NDArray[np.int64], level: np.int64) -> NDArray[np.bool_]:
    """Whether each day after the first stands above every one before it and above `level`."""
    return path[1:] > np.maximum(np.maximum.accumulate(path[:-1]), level)


def _counted(shape: tuple[int, int], places: Positions) -> NDArray[np.int16]:
    """How many of the ordered places come before each place of a table of this shape, laid out flat."""
    runs = np.diff(places + 1, prepend=0, append=shape[0] * shape[1])
    return np.repeat(np.arange(runs.size).astype(np.int16), runs).reshape(shape)
