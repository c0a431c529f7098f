"""Turned returns: every surrogate by definition, a cited level kept, clusters cut where the stretch begins."""

import numpy as np
import pytest

from bench.simulation import weekdays
from pipelines import coincidence, rotation
from pipelines.pairs import History


def by_definition(values: np.ndarray, by: int, level: float | None) -> list[int]:
    """Days of the records of the price made anew from its returns, begun at return `by`."""
    steps = np.diff(np.rint(1e9 * np.log(values)).astype(np.int64)).tolist()
    price, peak, found = 0, 0 if level is None else round(1e9 * float(np.log(level / values[0]))), []
    for day, step in enumerate([*steps[by:], *steps[:by]], start=1):
        price += step
        if price > peak:
            peak, found = price, [*found, day]
    return found


def clusters(days: np.ndarray, at: list[int]) -> list[tuple[int, int]]:
    """Runs of records at most 30 days apart."""
    found: list[tuple[int, int]] = []
    for day in at:
        if found and int((days[day] - days[found[-1][1]]).astype(int)) <= 30:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


@pytest.mark.parametrize("seed", range(12))
def test_every_surrogate_is_the_record_of_a_price_made_anew(seed):
    draw = np.random.default_rng(seed)
    size, start, window = 150, int(draw.integers(0, 60)), int(draw.integers(0, 12))
    values = np.exp(np.cumsum(draw.integers(-2, 3, size)) / 100)  # few different returns: ties happen
    level = None if seed % 2 else float(values[0] * 1.05)
    grid = weekdays(size)
    by = np.arange(1, size - 1)
    made = rotation.turned(grid, History(grid, values, grid[:0], level), grid[-1], by, 30)
    first = np.sort(draw.choice(size - start, 6, replace=False))
    last = np.minimum(first + draw.integers(0, 5, 6), size - start - 1)
    windows = coincidence.reach(first, last, window, window, size - start)
    met, together = (of(windows, grid[start], made) for of in (rotation.met_records, rotation.met_clusters))
    spans = [(start + begin, start + begin + length) for begin, length in zip(*(side.tolist() for side in windows), strict=True)]
    for turn, shift in enumerate(by.tolist()):
        records = [day for day in by_definition(values, shift, level) if day >= start]
        assert met[turn] == sum(any(low <= day <= high for day in records) for low, high in spans)
        held = clusters(grid, records)
        assert together[turn] == sum(any(low <= end and begin <= high for begin, end in held) for low, high in spans)


def test_a_weekend_rolls_into_the_session_after_and_what_is_not_known_yet_is_not_turned():
    grid = weekdays(60)
    every_day = np.arange(grid[0], grid[-1] + 1)
    values = np.linspace(1, 2, every_day.size)
    known = History(every_day, values, every_day[:0], None)
    made = rotation.turned(grid, known, grid[40], np.array([5]), 30)
    assert rotation.ring(known, grid[40]) == int((every_day <= grid[40]).sum()) - 1
    assert made.grid[-1] == grid[40]
    assert np.flatnonzero(np.diff(made.records[0])).tolist() == list(range(1, 41))  # rising: a record on every session but the first
