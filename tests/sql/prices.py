"""Generated prices for the tests of formulas: few, often equal prices on days with gaps, and calm markets."""

import datetime as dt
import itertools
from dataclasses import dataclass

from hypothesis import strategies as st

FIRST_DAY = dt.date(2020, 1, 1)


@dataclass(frozen=True)
class Bar:
    """One bar: day, close and high."""

    day: dt.date
    close: float
    high: float


def closing(*closes: float) -> list[Bar]:
    """Bars of following days that trade at one price each."""
    return [Bar(FIRST_DAY + dt.timedelta(days=n), float(close), float(close)) for n, close in enumerate(closes)]


@st.composite
def histories(draw: st.DrawFn) -> dict[str, list[Bar]]:
    """Up to five series of few, often equal prices on days with gaps; highs at or above the close."""
    found = {}
    for number in range(draw(st.integers(1, 5))):
        steps = draw(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 12), st.integers(0, 3)), min_size=1, max_size=30))
        days = itertools.accumulate((gap for gap, _, _ in steps), initial=0)
        found[f"series_{number}"] = [
            Bar(FIRST_DAY + dt.timedelta(days=day), float(close), float(close + wick))
            for day, (_, close, wick) in zip(days, steps, strict=False)
        ]
    return found


@st.composite
def calm(draw: st.DrawFn, least: int = 2) -> list[float]:
    """Closes of a market that moves by at most 2 % a session."""
    moves = draw(st.lists(st.floats(-0.02, 0.02), min_size=least - 1, max_size=20))
    return [round(close, 6) for close in itertools.accumulate(moves, lambda close, move: close * (1 + move), initial=100.0)]
