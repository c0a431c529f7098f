"""Tiny series on which libraries that compute the same go wrong (docs/peers.md shows how), and what Lockstep says of them.

No peer is imported here: `make peers` asks them, in an environment of their own.
"""

import datetime as dt

import polars as pl
import pytest

from pipelines import co_highs
from tests.sql.prices import FIRST_DAY, closing

EPISODES = """select peak_date, first_underwater_date, trough_date, last_underwater_date, recovery_date, depth, status
    from mart.drawdown_episodes order by peak_date"""


def day(bar: int) -> dt.date:
    """The day of the bar, counted from 1."""
    return FIRST_DAY + dt.timedelta(days=bar - 1)


def given(bench, *closes: float) -> None:
    """Build drawdowns and episodes of one series of those closes, every bar ok."""
    rows = [("tiny", bar.day, bar.high, bar.close, "ok") for bar in closing(*closes)]
    bench.give("core.sound_bars", pl.DataFrame(rows, schema=["series_id", "session_date", "high", "close", "quality"], orient="row"))
    bench.build("mart.drawdowns", "mart.drawdown_episodes")


@pytest.mark.parametrize(
    ("closes", "trough", "depth"),
    [((10, 5, 6, 7), 2, -0.5), ((10, 8, 6, 5), 4, -0.5), ((10, 9), 2, -0.1)],
    ids=["rebound", "slide", "two bars"],
)
def test_a_fall_from_the_first_bar_keeps_its_whole_depth(workbench, closes, trough, depth):
    with workbench.clean() as bench:
        given(bench, *closes)
        last = day(len(closes))
        assert bench.rows(EPISODES) == [(day(1), day(2), day(trough), last, None, pytest.approx(depth, abs=1e-15), "open")]
        assert bench.rows("select min(drawdown) from mart.drawdowns") == [(pytest.approx(depth, abs=1e-15),)]


def test_a_fall_from_the_first_bar_that_recovers_keeps_its_whole_depth(workbench):
    with workbench.clean() as bench:
        given(bench, 10, 5, 10, 11)
        assert bench.rows(EPISODES) == [(day(1), day(2), day(2), day(2), day(3), -0.5, "closed")]


def test_an_open_episode_has_no_recovery_and_no_length_of_one(workbench):
    with workbench.clean() as bench:
        given(bench, 10, 5, 6, 7)
        lengths = "select recovery_date, sessions_to_recovery, days_to_recovery, sessions_underwater, status from mart.drawdown_episodes"
        assert bench.rows(lengths) == [(None, None, None, 3, "open")]


def test_an_open_episode_and_one_that_recovers_on_the_last_bar_are_told_apart(workbench):
    with workbench.clean() as bench:
        given(bench, 10, 5, 10)
        closed = bench.rows(EPISODES)
    with workbench.clean() as bench:
        given(bench, 10, 5, 6)
        still_open = bench.rows(EPISODES)
    assert closed == [(day(1), day(2), day(2), day(2), day(3), -0.5, "closed")]
    assert still_open == [(day(1), day(2), day(2), day(3), None, -0.5, "open")]


def test_an_open_episode_after_a_closed_one_keeps_its_own_depth(workbench):
    with workbench.clean() as bench:
        given(bench, 10, 8, 12, 11)
        assert [(row[0], row[5], row[6]) for row in bench.rows(EPISODES)] == [
            (day(1), pytest.approx(-0.2), "closed"),
            (day(3), pytest.approx(-1 / 12), "open"),
        ]


def rates(records_a: list[int], records_b: list[int], sessions: int, window: int) -> dict:
    """The row of mart.co_highs of series a with series b, whose records fall on those sessions of so many, counted from 1."""
    days = [day(n + 1) for n in range(sessions)]
    nothing = dict.fromkeys(("high", "record_seed_close", "record_seed_high"), pl.lit(None, pl.Float64))
    rows = [(name, one, "ok", 100.0 + place) for name in "ab" for place, one in enumerate(days)]
    bars = pl.DataFrame(rows, schema=["series_id", "session_date", "quality", "close"], orient="row").with_columns(**nothing)
    fell = [(name, "close", day(n)) for name, on in (("a", records_a), ("b", records_b)) for n in on]
    records = pl.DataFrame(fell, schema=["series_id", "basis", "session_date"], orient="row")
    grid = pl.DataFrame({"calendar": "XNYS", "session_date": days})
    made = co_highs.co_highs(bars, records, grid, ["a", "b"], windows=(window,), bases=("close",), shifts=9)
    return made.filter(series_a="a").row(0, named=True)


@pytest.mark.parametrize("window", [0, 1, 3, 5])
def test_a_single_record_that_has_its_partner_counts_in_every_window(window):
    row = rates([5], [5], sessions=9, window=window)
    assert [row[name] for name in ("n_coincident", "rate", "precursor_rate", "trigger_rate")] == [1, 1.0, 1.0, 1.0]


def test_events_near_the_first_and_last_event_count_and_only_those_near_the_ends_of_the_history_are_pending():
    row = rates([10, 12, 20, 29], [12, 29], sessions=30, window=2)
    assert (row["n_a"], row["n_coincident"], row["rate"]) == (4, 3, 0.75)
    assert (row["n_pending"], row["rate_settled"]) == (1, pytest.approx(2 / 3))
