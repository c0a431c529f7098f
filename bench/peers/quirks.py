"""What the peers say of tiny series where they are known to go wrong. Ours is pinned by tests/sql/test_peer_bugs.py.

Each quirk is asked of the installed version; the page shows what came back, so that a fixed bug is seen to be gone.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import ffn
import numpy as np
import pandas as pd
import vectorbt as vbt

from bench.peers.coincidence import pyunicorn


@dataclass(frozen=True)
class Quirk:
    """One tiny series, what was asked of which peer, its answer, and ours (the test that pins it)."""

    peer: str
    series: str
    asked: str
    answer: str
    ours: str
    test: str


def found() -> Iterator[Quirk]:
    """Every quirk, asked now."""
    yield Quirk(
        *("vectorbt", "10, 5, 6, 7", "`returns().max_drawdown()` of the three returns"),
        f"{_worst_of_returns(10, 5, 6, 7):.4f}, and {len(_drawdowns_of_returns(10, 5, 6, 7))} drawdowns",
        "one open episode of depth -0.5: a first return has a price before it",
        "test_a_fall_from_the_first_bar_keeps_its_whole_depth",
    )
    yield Quirk(
        *("vectorbt", "10, 8, 6, 5", "`returns().max_drawdown()` of the three returns", f"{_worst_of_returns(10, 8, 6, 5):.4f}"),
        "-0.5: the fall is measured from 10, not from 8",
        "test_a_fall_from_the_first_bar_keeps_its_whole_depth",
    )
    yield Quirk(
        *("vectorbt", "10, 5, 6, 7", "`Drawdowns`: end and recovery duration of the open one", _open_in_vectorbt(10, 5, 6, 7)),
        "no recovery date, no length of recovery, status `open`",
        "test_an_open_episode_has_no_recovery_and_no_length_of_one",
    )
    yield Quirk(
        *("ffn", "10, 5, 10 and 10, 5, 6", "`drawdown_details`: is the row of the recovered fall that of the open one?"),
        "the same row" if _details(10, 5, 10) == _details(10, 5, 6) else "two different rows",
        "closed with a recovery date, and open without one",
        "test_an_open_episode_and_one_that_recovers_on_the_last_bar_are_told_apart",
    )
    yield Quirk(
        *("pyunicorn", "one event of A and of B, both on session 4 of 9", "symmetric rate, window 0 and window 1"),
        " and ".join(f"{rate:.4f}" for rate in (_rate_of_one_event(0), _rate_of_one_event(1))),
        "1 and 1: no event is left out of `rate`",
        "test_a_single_record_that_has_its_partner_counts_in_every_window",
    )


def _closes(*values: float) -> pd.Series:
    return pd.Series([float(value) for value in values], index=pd.date_range("2020-01-01", periods=len(values)))


def _returns(*values: float) -> "vbt.returns.accessors.ReturnsSRAccessor":
    return _closes(*values).pct_change().dropna().vbt.returns(freq="D")


def _worst_of_returns(*values: float) -> float:
    return float(_returns(*values).max_drawdown())


def _drawdowns_of_returns(*values: float) -> np.ndarray:
    return _returns(*values).drawdowns.values


def _open_in_vectorbt(*values: float) -> str:
    told = vbt.Drawdowns.from_ts(_closes(*values), freq="D")
    (row,) = told.records_readable.to_dict("records")
    bar = _closes(*values).index.get_loc(row["End Timestamp"]) + 1
    return f"end on bar {bar}, recovery duration {told.recovery_duration.values[0]:g} bars, status {row['Status']}"


def _details(*values: float) -> list[list]:
    return ffn.core.drawdown_details(ffn.core.to_drawdown_series(_closes(*values))).to_numpy().tolist()


def _rate_of_one_event(window: int) -> float:
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # it divides by what it left, which may be nothing
        return pyunicorn(np.array([4]), np.array([4]), 9, window)["symmetric"]
