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

AT_ONCE = 100  # turns worked on together: a hundred of a century of days fit into the cache


@dataclass(frozen=True)
class Turned:
    """The surrogates of one series, a column for each turn, on the sessions `grid` from its first price to its last.

    `records` and `held` count, before each session, the sessions with a record and those that lie in a cluster; `session` and
    `turn` list every record.
    """

    grid: Days
    records: NDArray[np.int16]
    held: NDArray[np.int16]
    session: Positions
    turn: Positions

    def first_from(self, start: int) -> Positions:
        """The first session with a record from `start` on, in each turn; the end of the grid where there is none."""
        size, turns = self.records.shape
        found = np.full(turns, size - 1)
        later = self.session >= start
        np.minimum.at(found, self.turn[later], self.session[later])
        return found


def turned(grid: Days, series: History, end: np.datetime64, by: Positions, gap_days: int) -> Turned:
    """The surrogates of what is known of a series up to `end`, one for each of the turns `by` (see `ring`)."""
    known = series.days <= end
    days, steps = series.days[known], np.diff(np.rint(1e9 * np.log(series.values[known])).astype(np.int64))
    path = np.concatenate([[0], np.cumsum(np.tile(steps, 2))])
    level = np.int64(0) if series.level is None else np.rint(1e9 * np.log(series.level / series.values[0])).astype(np.int64)
    found = [_records(path, days.size, chunk, level) for chunk in np.array_split(by, max(1, by.size // AT_ONCE))]
    turn = np.concatenate([rows + before for (rows, _), before in zip(found, _before(by.size, len(found)), strict=True)])
    day = np.concatenate([columns for _, columns in found])
    grid = grid[max(int(np.searchsorted(grid, days[0])) - 1, 0) : int(np.searchsorted(grid, end, side="right"))]
    inside = days[day] >= grid[0]
    turn, day = turn[inside], day[inside]
    session = np.searchsorted(grid, days[day])
    joined = np.append((turn[1:] == turn[:-1]) & (np.diff(days[day]).astype(np.int64) <= gap_days), False)[: turn.size]
    last = np.where(joined, np.append(session[1:], 0)[: session.size], session)
    shape = (grid.size + 1, by.size)
    return Turned(grid, _counted(shape, turn, session, session), _counted(shape, turn, session, last), session, turn)


def ring(series: History, end: np.datetime64) -> int:
    """How many returns there are to turn up to `end`."""
    return max(int((series.days <= end).sum()) - 1, 0)


def met_records(windows: tuple[Positions, Positions], start: np.datetime64, surrogates: Turned) -> Positions:
    """How many windows (of a stretch that begins with the session `start`) hold a record, in each turn."""
    begin, length = windows
    first = int(np.searchsorted(surrogates.grid, start))
    return (surrogates.records[first + begin + length + 1] > surrogates.records[first + begin]).sum(axis=0)


def met_clusters(windows: tuple[Positions, Positions], start: np.datetime64, surrogates: Turned) -> Positions:
    """How many windows meet a cluster, in each turn; a cluster begins with its first record inside the stretch."""
    begin, length = windows
    first = int(np.searchsorted(surrogates.grid, start))
    opened = np.maximum((first + begin)[:, None], surrogates.first_from(first)[None, :])
    until = np.maximum((first + begin + length + 1)[:, None], opened)
    turns = np.arange(surrogates.held.shape[1])
    return (surrogates.held[until, turns] > surrogates.held[opened, turns]).sum(axis=0)


def _records(path: NDArray[np.int64], size: int, by: Positions, level: np.int64) -> tuple[Positions, Positions]:
    """Turn and day of each record of the path begun anew at each of `by`; the first day is none."""
    paths = np.lib.stride_tricks.sliding_window_view(path, size)[by] - path[by, None]
    peaks = np.maximum(np.maximum.accumulate(paths[:, :-1], axis=1), level)
    turn, day = np.nonzero(paths[:, 1:] > peaks)
    return turn, day + 1


def _before(total: int, parts: int) -> Positions:
    """How many turns come before each of the parts that np.array_split makes."""
    return np.cumsum([0, *(part.size for part in np.array_split(np.arange(total), parts))])[:-1]


def _counted(shape: tuple[int, int], turn: Positions, first: Positions, last: Positions) -> NDArray[np.int16]:
    """Sessions before each place of the grid that lie in one of the intervals, a column for each turn."""
    edges = np.zeros((shape[0] + 1, shape[1]), np.int16)
    np.add.at(edges, (first, turn), 1)
    np.add.at(edges, (last + 1, turn), -1)
    taken = np.cumsum(edges[:-2], axis=0, dtype=np.int16) > 0
    counted = np.zeros(shape, np.int16)
    np.cumsum(taken, axis=0, dtype=np.int16, out=counted[1:])
    return counted
