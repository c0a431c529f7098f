"""Which bars may set a record: core.price_bars on calm markets with a spike, a jump, a swap or a second vendor in them."""

import datetime as dt
from collections.abc import Iterable

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.sql.prices import calm, closing

some = settings(max_examples=8, deadline=None, phases=set(Phase) - {Phase.explain})


def told(name: str, closes: Iterable[float], *, spread: float = 0.01) -> pl.DataFrame:
    """Rows of raw.price_bars on following days, open at the close, with highs and lows `spread` away from it."""
    rows = [
        {"series_id": name, "session_date": bar.day, "close": bar.close, "open": bar.close}
        | {"high": bar.close * (1 + spread), "low": bar.close * (1 - spread), "known_at": dt.datetime.combine(bar.day, dt.time(22), dt.UTC)}
        for bar in closing(*closes)
    ]
    return pl.DataFrame(rows)


def qualities(bench, *series: pl.DataFrame, group: str = "index", of: str = "quality") -> list[tuple[str, str | None]]:
    """Quality (of the bar, or of its high) and reason of each bar of the first series; the others are second readings of it."""
    first = series[0]["series_id"][0]
    for rows in series:
        name = rows["series_id"][0]
        row = (name, group, None if name == first else first)
        bench.give("raw.series", pl.DataFrame([row], schema=["series_id", "group", "second_reading_of"], orient="row"))
        bench.give("raw.price_bars", rows)
    bench.build("core.price_bars", "core.sound_bars")
    return bench.rows(f"select {of}, quality_reason from core.price_bars where series_id = '{first}' order by session_date")


@some
@given(closes=calm())
def test_a_calm_series_is_ok_throughout(workbench, closes):
    with workbench.clean() as bench:
        assert set(qualities(bench, told("calm", closes))) == {("ok", None)}


@some
@given(closes=calm(), data=st.data())
def test_a_tenfold_spike_is_provisional_while_last_and_quarantined_once_the_next_bar_is_there(workbench, closes, data):
    place = data.draw(st.integers(1, len(closes) - 1))
    spiked = [*closes[:place], closes[place] * 10, *closes[place + 1 :]]
    with workbench.clean() as bench:
        *before, last = qualities(bench, told("spiked", spiked[: place + 1]))
        assert set(before) == {("ok", None)}
        assert last[0] == "provisional"
        assert last[1].startswith("rises ")
    with workbench.clean() as bench:
        made = [quality for quality, _ in qualities(bench, told("spiked", [*spiked, closes[-1]]))]
        assert made == ["quarantined" if n == place else "ok" for n in range(len(made))]
        bench.build("mart.drawdowns")
        assert bench.rows("select max(running_peak) from mart.drawdowns") == [(max(closes[:place] + closes[place + 1 :] + closes[-1:]),)]


@some
@given(closes=calm(least=3), data=st.data())
def test_a_jump_of_a_fifth_that_holds_is_ok_a_day_later(workbench, closes, data):
    place = data.draw(st.integers(1, len(closes) - 2))
    jumped = [*closes[:place], *(close * 1.2 for close in closes[place:])]
    with workbench.clean() as bench:
        assert set(qualities(bench, told("jumped", jumped))) == {("ok", None)}


@some
@given(closes=calm(least=9), data=st.data())
def test_a_spike_does_not_hide_the_next_spike_behind_it(workbench, closes, data):
    first = data.draw(st.integers(1, len(closes) - 3))
    second = data.draw(st.integers(max(first + 2, 6), len(closes) - 1))
    factors = {first: 20, second: data.draw(st.integers(5, 15))}
    spiked = [close * factors.get(n, 1) for n, close in enumerate(closes)]
    with workbench.clean() as bench:
        made = [quality for quality, _ in qualities(bench, told("spiked", [*spiked, closes[-1]]))]
        assert made == ["quarantined" if n in factors else "ok" for n in range(len(made))]


@some
@given(closes=calm(), spread=st.floats(0.001, 0.02))
def test_swapped_high_and_low_cost_the_bar_both_and_no_more(workbench, closes, spread):
    top = closes[-1] * 1.05
    swapped = told("swapped", [*closes, top], spread=spread)
    swapped = swapped.with_columns(
        pl.when(pl.col("close") == top).then(pl.col("low")).otherwise(pl.col("high")).alias("high"),
        pl.when(pl.col("close") == top).then(pl.col("high")).otherwise(pl.col("low")).alias("low"),
    )
    with workbench.clean() as bench:
        assert qualities(bench, swapped, of="high_quality")[-1] == ("provisional", "open, high, low and close out of order")
        assert bench.rows("select max(high) from core.sound_bars") == [(max(closes) * (1 + spread),)]


def test_a_series_without_volatility_may_move_a_seventh_and_no_more(workbench):
    for step, quality in ((1.14, "ok"), (1.17, "provisional")):
        with workbench.clean() as bench:
            assert qualities(bench, told("still", [100.0] * 300 + [100.0 * step]))[-1][0] == quality


@pytest.mark.parametrize(("group", "gap", "quality"), [("index", 0.004, "ok"), ("index", 0.006, "provisional"), ("crypto", 0.009, "ok")])
def test_a_second_vendor_confirms_a_jump_that_nobody_has_followed_yet(workbench, group, gap, quality):
    closes = [100.0, 101.0, 150.0]
    other = told("first_other", [close * (1 + gap) for close in closes])
    with workbench.clean() as bench:
        made = qualities(bench, told("first", closes), other, group=group)
        assert made[-1][0] == quality


def test_several_second_vendors_make_one_row_and_the_nearest_confirms(workbench):
    closes = [100.0, 101.0, 150.0]
    others = [told(f"first_{n}", [close * gap for close in closes]) for n, gap in enumerate((0.9, 1.001, 1.1))]
    with workbench.clean() as bench:
        assert qualities(bench, told("first", closes), *others) == [("ok", None)] * 3
