"""A whole day on answers with one bad bar each: it costs that bar, it is listed, and no running peak or record has moved."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipelines import catalog, day
from pipelines.folder import DataFolder
from pipelines.vendors import Answer, Request
from pipelines.warehouse import query
from tests.pipelines.desk import Say, Vendors, fred, yahoo

DAYS = [date(2025, 11, n) for n in (3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 17, 18, 19, 20, 21)]
CLOSES = {day: 6800.0 + 10 * (n % 4) + n for n, day in enumerate(DAYS)}
BAD = 8  # which bar is bad
PEAKS = (
    "select session_date, running_peak, running_peak_intraday, is_record_close, is_record_high from mart.drawdowns where series_id = '{}'"
)


def bars(**change: float) -> Say:
    """Yahoo's answer of calm bars, in which the prices of one are changed."""

    def say(request: Request) -> Answer:
        document = json.loads(yahoo(CLOSES)(request).body)
        quote = document["chart"]["result"][0]["indicators"]["quote"][0]
        quote["high"] = [close + 5 for close in quote["close"]]
        quote["low"] = [close - 5 for close in quote["close"]]
        for name, price in change.items():
            quote[name][BAD] = price
        return Answer(200, json.dumps(document).encode())

    return say


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[day.Day, Path]:
    """One day on six series of the same prices, five of them with a bad bar, and on two of observations."""
    close = CLOSES[DAYS[BAD]]
    source = Vendors(
        sp500=bars(),
        dow_jones=bars(open=10 * close, high=10 * close, low=10 * close, close=10 * close),
        nasdaq_100=bars(close=-close),
        russell_2000=bars(high=close - 5, low=close + 5),
        btc_usd=bars(close=0.0),
        eth_usd=bars(high=10 * close),
        on_rrp=fred({day: -5.0 if n == BAD else 2.0 for n, day in enumerate(DAYS)}),
        iorb=fred({day: -0.1 if n == BAD else 0.0 for n, day in enumerate(DAYS)}),
    )
    folder = DataFolder(tmp_path_factory.mktemp("bad") / "data")
    done = day.run(source, folder, lambda line: None, map(catalog.by_id, source.say))
    assert done.published is not None, done.failed
    return done, folder.market


COST = {  # series: quality of the bar, its high and its low
    "dow_jones": ("quarantined", "quarantined", "quarantined"),
    "nasdaq_100": ("quarantined", "quarantined", "quarantined"),
    "russell_2000": ("ok", "quarantined", "quarantined"),
    "btc_usd": ("quarantined", "quarantined", "quarantined"),
    "eth_usd": ("ok", "quarantined", "ok"),
}


@pytest.mark.parametrize("name", COST)
def test_a_bad_bar_is_kept_listed_and_costs_itself_alone(done, name):
    rows = query(done[1], f"select * from core.price_bars where series_id = '{name}' order by session_date")
    assert rows["session_date"].to_list() == DAYS
    listed = rows.filter(pl.col("quality_reason").is_not_null())
    assert listed.select("session_date", "quality", "high_quality", "low_quality").rows() == [(DAYS[BAD], *COST[name])]


@pytest.mark.parametrize("name", COST)
def test_no_running_peak_and_no_record_has_moved(done, name):
    without = {day: CLOSES[day] for day in DAYS if day != DAYS[BAD]}
    _, market = done
    clean, hit = (query(market, f"{PEAKS.format(of)} order by session_date") for of in ("sp500", name))
    bad = pl.col("session_date") == DAYS[BAD]
    assert CLOSES[DAYS[BAD]] < max(without.values())  # the bar is no record itself, so the others' must be the same
    assert hit.filter(~bad).equals(clean.filter(~bad))


def test_an_observation_that_cannot_be_is_kept_apart_and_listed_and_a_rate_below_zero_is_a_value(done):
    found = query(done[1], "select series_id, date, value, quarantined_value from core.observations order by 1, 2")
    rates, amounts = (found.filter(series_id=name).drop("series_id").rows() for name in ("iorb", "on_rrp"))
    assert rates == [(day, -0.1 if n == BAD else 0.0, None) for n, day in enumerate(DAYS)]
    assert amounts == [(day, None, -5.0) if n == BAD else (day, 2.0, None) for n, day in enumerate(DAYS)]
    counted = query(done[1], "select series_id, quarantined from mart.data_quality where series_id in ('iorb', 'on_rrp') order by 1")
    assert counted.rows() == [("iorb", 0), ("on_rrp", 1)]
    told = {loaded.series_id: loaded.reason for loaded in done[0].loaded}
    assert (told["on_rrp"], told["iorb"]) == ("1 value that cannot be, quarantined", None)


def test_the_answers_were_accepted_and_say_what_was_found_in_them(done):
    assert {loaded.outcome for loaded in done[0].loaded} == {"accepted"}
    told = {loaded.series_id for loaded in done[0].loaded if loaded.reason == "1 bar with a price that cannot be, quarantined"}
    assert told == {"nasdaq_100", "btc_usd"}
