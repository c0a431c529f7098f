"""Event synchronization: by hand, and against the double sum of the paper on drawn events."""

import itertools
import math

import numpy as np
import pytest

from pipelines.synchronization import event_synchronization


def at(*positions: int) -> np.ndarray:
    """Events at these positions."""
    return np.array(positions, np.int64)


@pytest.mark.parametrize(
    ("x", "y", "longest", "q"),
    [
        (at(10, 50, 90), at(10, 50, 90), 10, 1.0),
        (at(10, 50, 90), at(13, 47, 90), 10, 1.0),
        (at(10, 50, 90), at(13, 47, 90), 2, 1 / 3),  # only the third lies within two
        (at(10, 14, 90), at(13, 50, 90), 10, 2 / 3),  # 13 is no nearer to 10 than half of 14 - 10; it is near 14
        (at(10, 50, 90), at(30, 70), 20, 4 / math.sqrt(6)),  # halfway between two: both count
        (at(10, 50, 90), at(50), 0, 1 / math.sqrt(3)),
        (at(10), at(500), 21, 0.0),
        (at(10), at(), 21, None),
        (at(), at(), 21, None),
    ],
)
def test_by_hand(x, y, longest, q):
    found = event_synchronization(x, y, longest)
    assert found == (None if q is None else pytest.approx(q))
    assert event_synchronization(y, x, longest) == found


def slowly(x: list[int], y: list[int], longest: int) -> float:
    """Quian Quiroga, Kreuz & Grassberger (2002), equations 1 to 3, with the delay bounded by `longest`."""

    def neighbours(events: list[int], i: int) -> list[int]:
        return [abs(events[i] - events[j]) for j in (i - 1, i + 1) if 0 <= j < len(events)]

    def c(one: list[int], other: list[int]) -> float:
        total = 0.0
        for i, j in itertools.product(range(len(one)), range(len(other))):
            tau = min([2 * longest, *neighbours(one, i), *neighbours(other, j)]) / 2
            total += 0.5 if one[i] == other[j] else 1.0 if 0 < one[i] - other[j] <= tau else 0.0
        return total

    return (c(x, y) + c(y, x)) / math.sqrt(len(x) * len(y))


def test_it_is_the_double_sum_of_the_paper():
    draw = np.random.default_rng(8)
    for _ in range(50):
        x, y = (np.sort(draw.choice(200, draw.integers(1, 30), replace=False)) for _ in range(2))
        longest = int(draw.integers(0, 22))
        assert event_synchronization(x, y, longest) == pytest.approx(slowly(x.tolist(), y.tolist(), longest))
