"""Drawdowns, episodes, records and clusters on generated prices against a slow second computation.

The second computation is plain Python, bar after bar, written from the definitions (peak = last day at which the running
maximum was attained, trough = earliest lowest close, recovery by equality, record = strictly above all before).
"""

import datetime as dt
import itertools

import polars as pl
import pytest
from hypothesis import Phase, given, settings

from tests.sql.prices import FIRST_DAY, Bar, closing, histories

MODELS = ("mart.drawdowns", "mart.record_highs", "mart.drawdown_episodes", "mart.high_clusters")
some = settings(max_examples=8, deadline=None, phases=set(Phase) - {Phase.explain})


def judged(history: dict[str, list[Bar]]) -> pl.DataFrame:
    """The bars as rows of core.sound_bars, every one ok."""
    rows = [(name, bar.day, bar.high, bar.close, "ok") for name, bars in history.items() for bar in bars]
    return pl.DataFrame(rows, schema=["series_id", "session_date", "high", "close", "quality"], orient="row")


def slow_episodes(bars: list[Bar]) -> list[tuple]:
    """Every fall below the peak of one series: the columns of mart.drawdown_episodes in plain Python."""
    found, top, below = [], 0, []
    for n, bar in enumerate(bars):
        if bar.close < bars[top].close:
            below.append(n)
            continue
        if below:
            found.append(slow_episode(bars, top, below, n))
        top, below = n, []
    return [*found, slow_episode(bars, top, below, None)] if below else found


def slow_episode(bars: list[Bar], top: int, below: list[int], after: int | None) -> tuple:
    """One fall: from bar `top`, through the bars `below`, to the bar `after` that recovers (None while open)."""
    low = min(below, key=lambda n: bars[n].close)
    end = after if after is not None else below[-1]
    days = [bars[n].day for n in (top, below[0], low, below[-1], end)]
    return (
        *(days[0], bars[top].close, days[1], days[2], bars[low].close, bars[low].close / bars[top].close - 1, days[3]),
        *((days[4], "closed") if after is not None else (None, "open")),
        *(low - top, after - low if after is not None else None, end - top),
        *((days[2] - days[0]).days, (days[4] - days[2]).days if after is not None else None, (days[4] - days[0]).days),
        top == 0,
    )


def within_rounding(row: tuple) -> tuple:
    """The row, its fractions compared to within rounding."""
    return tuple(pytest.approx(cell, rel=1e-12) if isinstance(cell, float) else cell for cell in row)


def slow_records(bars: list[tuple[dt.date, float]]) -> list[tuple]:
    """Every record of one series on one basis: day, value, record beaten, its first day."""
    found, (best_day, best) = [], bars[0]
    for day, value in bars[1:]:
        if value > best:
            found.append((day, value, best, best_day))
            best_day, best = day, value
    return found


def slow_clusters(days: list[dt.date], gap: int) -> list[list[dt.date]]:
    """The days parted wherever more than `gap` days lie between two."""
    found: list[list[dt.date]] = []
    for day in days:
        if found and (day - found[-1][-1]).days <= gap:
            found[-1].append(day)
        else:
            found.append([day])
    return found


def episodes(bench, history: dict[str, list[Bar]]) -> list[tuple]:
    """mart.drawdown_episodes of the histories, in the order of the table."""
    bench.give("core.sound_bars", judged(history))
    bench.build(*MODELS)
    return bench.rows("select * exclude (known_at) from mart.drawdown_episodes order by series_id, peak_date")


@some
@given(history=histories())
def test_a_drawdown_is_never_positive_and_is_zero_exactly_where_no_earlier_close_is_higher(workbench, history):
    with workbench.clean() as bench:
        bench.give("core.sound_bars", judged(history))
        bench.build("mart.drawdowns")
        for name, bars in history.items():
            made = bench.rows(f"select close, drawdown from mart.drawdowns where series_id = '{name}' order by session_date")
            assert [close for close, _ in made] == [bar.close for bar in bars]
            for n, (close, drawdown) in enumerate(made):
                assert -1 < drawdown <= 0
                assert (drawdown == 0) == all(close >= bar.close for bar in bars[:n])


@some
@given(history=histories())
def test_the_peaks_never_fall_and_are_prices_of_the_series(workbench, history):
    with workbench.clean() as bench:
        bench.give("core.sound_bars", judged(history))
        bench.build("mart.drawdowns")
        for name, bars in history.items():
            made = bench.rows(
                f"select running_peak, running_peak_intraday from mart.drawdowns where series_id = '{name}' order by session_date"
            )
            assert made == [(max(bar.close for bar in bars[: n + 1]), max(bar.high for bar in bars[: n + 1])) for n in range(len(bars))]
            assert made == sorted(made)


@some
@given(history=histories())
def test_episodes_equal_the_slow_computation(workbench, history):
    with workbench.clean() as bench:
        expected = [(name, *episode) for name, bars in sorted(history.items()) for episode in slow_episodes(bars)]
        assert episodes(bench, history) == [within_rounding(row) for row in expected]


@some
@given(history=histories())
def test_episodes_are_disjoint_and_in_order_and_hold_every_day_below_the_peak(workbench, history):
    with workbench.clean() as bench:
        made = episodes(bench, history)
        for name in history:
            spans = [(row[1], row[3], row[7], row[8]) for row in made if row[0] == name]
            for (_, _, last, recovery), (peak, *_) in itertools.pairwise(spans):
                assert recovery is not None, "only the last episode may be open"
                assert last < recovery <= peak
        (outside,) = bench.rows("""
            select count(*) from mart.drawdowns as days
            where (days.drawdown < 0) <> exists (
                from mart.drawdown_episodes as falls
                where falls.series_id = days.series_id
                and days.session_date between falls.first_underwater_date and falls.last_underwater_date
            )
        """)
        assert outside == (0,)


@some
@given(history=histories())
def test_records_equal_the_slow_computation_on_both_bases_and_mean_no_drawdown(workbench, history):
    with workbench.clean() as bench:
        bench.give("core.sound_bars", judged(history))
        bench.build(*MODELS)
        made = "select session_date, value, previous_record, previous_record_date from mart.record_highs"
        for name, bars in history.items():
            for basis in ("close", "intraday"):
                prices = [(bar.day, bar.close if basis == "close" else bar.high) for bar in bars]
                where = f"where series_id = '{name}' and basis = '{basis}' order by session_date"
                assert bench.rows(f"{made} {where}") == slow_records(prices)
        assert bench.rows("""
            select 'close', series_id, session_date from mart.drawdowns where is_record_close
            union all select 'intraday', series_id, session_date from mart.drawdowns where is_record_high order by all
        """) == bench.rows("select basis, series_id, session_date from mart.record_highs order by all")
        assert bench.rows("select * from mart.drawdowns where is_record_close and drawdown <> 0") == []
        assert bench.rows("select * from mart.drawdowns where is_record_close and is_tie_close") == []


@some
@given(history=histories())
def test_clusters_equal_the_slow_computation_for_every_gap(workbench, history):
    with workbench.clean() as bench:
        bench.give("core.sound_bars", judged(history))
        bench.build(*MODELS)
        for name, bars in history.items():
            days = [day for day, *_ in slow_records([(bar.day, bar.close) for bar in bars])]
            expected = [
                (gap, number, run[0], run[-1], run[-1], len(run))
                for gap in (10, 30, 60, 90)
                for number, run in enumerate(slow_clusters(days, gap), start=1)
            ]
            made = bench.rows(
                "select gap_days, cluster_id, start_date, last_date, peak_date, n_records from mart.high_clusters "
                f"where series_id = '{name}' and basis = 'close' order by gap_days, cluster_id"
            )
            assert made == expected


def test_a_tie_recovers_and_is_no_record(workbench):
    with workbench.clean() as bench:
        made = episodes(bench, {"tie": closing(10, 9, 10)})
        assert [(row[1], row[8], row[9]) for row in made] == [(FIRST_DAY, FIRST_DAY + dt.timedelta(days=2), "closed")]
        assert bench.rows("select count(*) from mart.record_highs") == [(0,)]
        flags = "select is_record_close, is_tie_close, drawdown from mart.drawdowns order by session_date"
        assert bench.rows(flags) == [(None, None, 0.0), (False, False, pytest.approx(-0.1)), (False, True, 0.0)]


def test_a_series_that_falls_from_its_first_bar_is_one_open_left_censored_episode(workbench):
    with workbench.clean() as bench:
        ((*_, left_censored),) = made = episodes(bench, {"falling": closing(10, 8, 6, 5)})
        assert left_censored
        assert made[0][5:7] == (5.0, -0.5)
        assert made[0][8:10] == (None, "open")


def test_only_the_peak_of_the_first_bar_is_left_censored(workbench):
    with workbench.clean() as bench:
        made = episodes(bench, {"at_first": closing(10, 9, 11, 10), "later": closing(10, 10, 9)})
        assert [(row[0], row[1], row[-1]) for row in made] == [
            ("at_first", FIRST_DAY, True),
            ("at_first", FIRST_DAY + dt.timedelta(days=2), False),
            ("later", FIRST_DAY + dt.timedelta(days=1), False),
        ]


@pytest.mark.parametrize("closes", [(7,), (7, 7, 7, 7), (1, 2, 3)], ids=["one bar", "constant", "rising"])
def test_a_series_that_never_falls_has_no_episode(workbench, closes):
    with workbench.clean() as bench:
        assert episodes(bench, {"never_falls": closing(*closes)}) == []
        assert bench.rows("select count(*) from mart.drawdowns where drawdown = 0") == [(len(closes),)]
        strict = sum(1 for one, other in itertools.pairwise(closes) if other > one)
        assert bench.rows("select count(*) from mart.record_highs where basis = 'close'") == [(strict,)]
