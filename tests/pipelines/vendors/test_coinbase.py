"""Coinbase: questions in windows, candles in an order of their own, and every recording. Values are made up."""

import datetime as dt
import json
from itertools import pairwise
from typing import Any

import polars as pl
import pytest

from pipelines import schemas
from pipelines.catalog import by_id
from pipelines.vendors import Refused, coinbase

SERIES = by_id("btc_usd_coinbase")
JAN_1 = 1_704_067_200  # 2024-01-01T00:00:00Z
DAY = 86_400
REQUEST = coinbase.requests(SERIES, dt.date(2024, 1, 1), dt.date(2024, 1, 3), keyed=False)[0]
RECORDINGS = {
    "candles_1h_one_row_20240313.json": "start of a UTC day",
    "error_400_too_many_candles.json": "granularity too small for the requested time range",
}


def parse(answer: Any) -> pl.DataFrame:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return coinbase.parse(body, SERIES, REQUEST)


def test_every_recording_is_known_here(shared):
    found = {path.name for path in (shared / "recordings" / "coinbase").iterdir() if not path.name.endswith(".meta.json")}
    assert found == set(RECORDINGS)


@pytest.mark.parametrize(("name", "reason"), RECORDINGS.items())
def test_recordings_of_hours_and_of_errors_are_refused(shared, name, reason):
    with pytest.raises(Refused, match=reason):
        parse((shared / "recordings" / "coinbase" / name).read_bytes())


def test_candles_are_read_as_low_high_open_close_and_turned_ascending():
    frame = parse([[JAN_1 + DAY, 8.0, 20.0, 10, 19, 2.5], [JAN_1, 7.0, 15.0, 9.0, 10.0, 1.5]])
    assert frame.rows(named=True)[0] == {
        "series_id": "btc_usd_coinbase",
        "contract_month": None,
        "session_date": dt.date(2024, 1, 1),
        "open": 9.0,
        "high": 15.0,
        "low": 7.0,
        "close": 10.0,
        "volume": 1.5,
    }
    assert frame["session_date"].to_list() == [dt.date(2024, 1, 1), dt.date(2024, 1, 2)]
    assert schemas.validate(frame, SERIES, dt.date(2024, 1, 3)) is not None


def test_a_candle_may_know_only_its_close():
    frame = parse([[JAN_1, None, None, None, 42000.5, None]])
    assert frame.select("open", "high", "low", "close", "volume").row(0) == (None, None, None, 42000.5, None)


def test_a_candle_without_a_close_is_refused():
    with pytest.raises(Refused, match="a number in a candle's close"):
        parse([[JAN_1, 1, 2, 1, None, 3]])


def test_the_same_candle_twice_is_one_bar():
    candle = [JAN_1, 7.0, 15.0, 9.0, 10.0, 1.5]
    assert parse([candle, candle]).height == 1


def test_two_different_candles_of_one_day_are_refused():
    with pytest.raises(Refused, match=r"one candle a day.*2024-01-01"):
        parse([[JAN_1, 7.0, 15.0, 9.0, 10.0, 1.5], [JAN_1, 7.0, 15.0, 9.0, 11.0, 1.5]])


def test_an_empty_list_is_an_empty_frame_of_the_shape():
    assert parse([]).schema == schemas.empty("price_bars").schema


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<!DOCTYPE html><html><body>Attention Required!</body></html>", "expected JSON.*Attention Required"),
        (b"[[1704067200,1,2,1,2", "expected JSON"),
        (b"", "expected JSON"),
        ({"message": "NotFound"}, "Coinbase answers with an error: NotFound"),
        ({"candles": []}, "expected a list of candles"),
        ([[JAN_1, 1, 2, 1, 2]], "expected a candle"),
        ([{"time": JAN_1}], "expected a candle"),
        ([[JAN_1, 1, 2, 1, "n/a", 2]], "a number in a candle's close, which reads '\"n/a\"'"),
        (b"[[1704067200, 1, 2, 1, NaN, 2]]", "NaN is not JSON"),
        ([[JAN_1, 1, 2, 1, True, 2]], "a number in a candle's close"),
        ([[JAN_1 * 1000, 1, 2, 1, 2, 2]], "expected unix seconds"),
        ([[JAN_1 + 3600, 1, 2, 1, 2, 2]], "start of a UTC day"),
    ],
)
def test_what_is_not_a_list_of_daily_candles_is_refused(body, reason):
    with pytest.raises(Refused, match=reason):
        parse(body)


def test_one_question_names_product_day_and_window():
    assert REQUEST.url == "https://api.exchange.coinbase.com/products/BTC-USD/candles"
    assert REQUEST.params == (("granularity", "86400"), ("start", "2024-01-01T00:00:00Z"), ("end", "2024-01-04T00:00:00Z"))


def test_windows_of_299_days_touch_and_cover_all_days_from_the_first():
    asked = coinbase.requests(SERIES, None, dt.date(2024, 1, 3), keyed=False)
    windows = [(dt.datetime.fromisoformat(r.params[1][1]), dt.datetime.fromisoformat(r.params[2][1])) for r in asked]
    assert windows[0][0].date() == dt.date(2015, 7, 20)
    assert windows[-1][1].date() == dt.date(2024, 1, 4)
    assert all(end - start <= dt.timedelta(days=299) for start, end in windows)
    assert all(left[1] == right[0] for left, right in pairwise(windows))
