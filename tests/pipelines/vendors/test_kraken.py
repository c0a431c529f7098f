"""Kraken: one question, rows under Kraken's own pair name, errors sent with HTTP 200. Values are made up."""

import datetime as dt
import json
from typing import Any

import polars as pl
import pytest

from pipelines import schemas
from pipelines.catalog import by_id
from pipelines.vendors import Refused, kraken

SERIES = by_id("btc_usd_kraken")
JAN_1 = 1_704_067_200  # 2024-01-01T00:00:00Z
DAY = 86_400
REQUEST = kraken.requests(SERIES, None, dt.date(2024, 1, 3), keyed=False)[0]
ROW = [JAN_1, "100.5", "120.0", "90.0", "110.0", "105.1", "7.25", 12]
RECORDED_BARS = {"ohlc_XBTUSD_1440_excerpt_20210720.json": (dt.date(2021, 7, 20), 30827.2, 31065.9, 29500.0, 29706.3, 2117.8501982)}


def answer(rows: list[Any], name: str = "XXBTZUSD") -> dict[str, Any]:
    return {"error": [], "result": {name: rows, "last": JAN_1}}


def parse(said: Any) -> pl.DataFrame:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return kraken.parse(body, SERIES, REQUEST)


def test_every_recording_is_known_here(shared):
    found = {path.name for path in (shared / "recordings" / "kraken").iterdir() if not path.name.endswith(".meta.json")}
    assert found == set(RECORDED_BARS)


@pytest.mark.parametrize(("name", "bar"), RECORDED_BARS.items())
def test_recorded_rows_are_bars_of_their_utc_day(shared, name, bar):
    frame = parse((shared / "recordings" / "kraken" / name).read_bytes())
    assert frame.select("session_date", "open", "high", "low", "close", "volume").rows() == [bar]
    assert schemas.validate(frame, SERIES, dt.date(2021, 7, 20)).height == 1


def test_volume_is_the_column_after_the_average_price():
    assert parse(answer([ROW]))["volume"].to_list() == [7.25]


def test_the_running_day_stays_in_the_frame():
    frame = parse(answer([ROW, [JAN_1 + DAY, *ROW[1:]]]))
    assert frame["session_date"].to_list() == [dt.date(2024, 1, 1), dt.date(2024, 1, 2)]


@pytest.mark.parametrize("name", ["XBTUSD", "XXBTZUSD", "BTC/USD"])
def test_every_spelling_of_the_asked_pair_is_read(name):
    assert parse(answer([ROW], name)).height == 1


def test_another_pair_is_refused():
    with pytest.raises(Refused, match=r"expected the rows of XBTUSD.*XETHZUSD"):
        parse(answer([ROW], "XETHZUSD"))


def test_two_pairs_at_once_are_refused():
    with pytest.raises(Refused, match="expected the rows of XBTUSD"):
        parse({"error": [], "result": {"XXBTZUSD": [ROW], "XETHZUSD": [ROW], "last": 1}})


def test_errors_sent_as_success_are_refused_with_their_texts():
    with pytest.raises(Refused, match="EQuery:Unknown asset pair; EAPI:Rate limit exceeded"):
        parse({"error": ["EQuery:Unknown asset pair", "EAPI:Rate limit exceeded"]})


def test_no_rows_are_an_empty_frame_of_the_shape():
    assert parse(answer([])).schema == schemas.empty("price_bars").schema


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html><body>Just a moment...</body></html>", "expected JSON.*Just a moment"),
        (b'{"error":[],"result":{"XXBTZUSD":[[1704067200,"1', "expected JSON"),
        ({"result": {"XXBTZUSD": [ROW], "last": 1}}, "expected the field 'error'"),
        ({"error": [], "results": {}}, "expected the field 'result'"),
        ({"error": [], "result": {"XXBTZUSD": [ROW]}}, "expected the field 'last'"),
        ({"error": [], "result": {"last": 1}}, "expected the rows of XBTUSD"),
        (answer([ROW[:7]]), "expected a row"),
        (answer([[*ROW[:4], "n/a", *ROW[5:]]]), "a number in a row's close"),
        (answer([[*ROW[:4], None, *ROW[5:]]]), "a number in a row's close"),
        (answer([[JAN_1 + 3600, *ROW[1:]]]), "start of a UTC day"),
    ],
)
def test_what_is_not_documented_is_refused(body, reason):
    with pytest.raises(Refused, match=reason):
        parse(body)


def test_the_question_names_pair_day_and_first_date():
    asked = kraken.requests(SERIES, dt.date(2024, 1, 1), dt.date(2024, 1, 3), keyed=False)
    assert [(r.url, r.params) for r in asked] == [
        ("https://api.kraken.com/0/public/OHLC", (("pair", "XBTUSD"), ("interval", "1440"), ("since", str(JAN_1))))
    ]
    assert REQUEST.params == (("pair", "XBTUSD"), ("interval", "1440"))
