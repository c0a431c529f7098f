"""Yahoo: symbols, sessions, float32 prices, half-empty rows, and every recording. Values are made up unless recorded."""

import datetime as dt
import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import schemas
from pipelines.catalog import Series, by_id
from pipelines.vendors import Refused, Request, yahoo

SERIES = by_id("sp500")
JAN_2 = 1_704_205_800  # 2024-01-02T14:30:00Z, the open in New York in winter
JUL_1 = 1_719_840_600  # 2024-07-01T13:30:00Z, the open in New York in summer
DAY = 86_400

RECORDED_BARS = {
    "chart_0P000071W8.TO-2020-01-01-to-2020-01-03.json": ("0P000071W8.TO", [("2020-01-02", 73.72)]),
    "chart_0P0000XTS7-2024-09-12-to-2024-09-16.json": ("0P0000XTS7", [("2024-09-12", 11887.1), ("2024-09-13", 11892.19)]),
    "chart_AAPL-2020-08-31-to-2020-11-07.json": ("AAPL", [("2020-08-31", 129.04), ("2020-11-06", 118.69)]),
    "chart_BTC-USD-2020-01-01-to-2020-01-03.json": ("BTC-USD", [("2020-01-01", 7200.1743), ("2020-01-03", 7344.8843)]),
    "chart_EURUSD_X-2020-01-01-to-2020-01-03.json": ("EURUSD=X", [("2020-01-01", 1.1220826), ("2020-01-03", 1.1171438)]),
    "chart_GC_F-2020-01-01-to-2020-01-03.json": ("GC=F", [("2020-01-02", 1524.5)]),
    "chart_MSFT-dividends-2021-02-01-to-2022-01-31.json": ("MSFT", [("2021-02-01", 239.65), ("2022-01-28", 308.26)]),
    "chart_NVDA-split-2021-02-01-to-2022-01-31.json": ("NVDA", [("2021-02-01", 13.237), ("2022-01-28", 22.84)]),
    "chart_QQQ-2020-01-01-to-2020-01-03.json": ("QQQ", [("2020-01-02", 216.16)]),
    "chart_WSU.DE-2023-08-04-to-2023-08-09.json": ("WSU.DE", [("2023-08-04", 34.45), ("2023-08-08", 33.2)]),
}
RECORDED_REFUSALS = {
    "chart_404_not_found.json": ("^TEDPIX", "Not Found.*No data found, symbol may be delisted"),
    "chart_AAPL-2025-02-01-to-2025-02-02-includePrePost-false-interval-1m.json": ("AAPL", "expected daily bars.*1m"),
    "error_429_edge_too_many_requests.txt": ("AAPL", "expected JSON.*Edge: Too Many Requests"),
}


def reading(symbol: str, body: bytes) -> tuple[pl.DataFrame, Series]:
    """The frame of `body`, read as the answer to a question for `symbol`, and the series it was read for."""
    series = SERIES.model_copy(update={"series_id": "recorded", "symbol": symbol, "minimum": 0.0})
    request = yahoo.requests(series, None, dt.date(2025, 2, 22), keyed=False)[0]
    return yahoo.parse(body, series, request), series


def chart(stamps: list[Any], meta: dict[str, Any] | None = None, **arrays: list[Any]) -> dict[str, Any]:
    """An answer in Yahoo's shape about ^GSPC; arrays not given hold 5000 (prices) or 10 (volume)."""
    quote = {name: arrays.get(name, [10 if name == "volume" else 5000.0] * len(stamps)) for name in yahoo.COLUMNS}
    said = {"symbol": "^GSPC", "exchangeTimezoneName": "America/New_York", "gmtoffset": -18000, "priceHint": 2, "dataGranularity": "1d"}
    result = {"meta": said | (meta or {}), "timestamp": stamps, "indicators": {"quote": [quote], "adjclose": [{"adjclose": []}]}}
    return {"chart": {"result": [result], "error": None}}


def parse(answer: Any) -> pl.DataFrame:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return yahoo.parse(body, SERIES, yahoo.requests(SERIES, None, dt.date(2024, 7, 2), keyed=False)[0])


def test_every_recording_is_known_here(shared):
    found = {path.name for path in (shared / "recordings" / "yahoo").iterdir() if not path.name.endswith(".meta.json")}
    assert found == set(RECORDED_BARS) | set(RECORDED_REFUSALS)


@pytest.mark.parametrize("name", RECORDED_BARS)
def test_recorded_charts_are_bars_of_the_exchange_s_sessions(shared, name):
    symbol, expected = RECORDED_BARS[name]
    body = (shared / "recordings" / "yahoo" / name).read_bytes()
    frame, series = reading(symbol, body)
    assert frame.height == len(json.loads(body)["chart"]["result"][0]["timestamp"])
    ends = [(str(row["session_date"]), row["close"]) for row in frame.rows(named=True)]
    assert [ends[0], ends[-1]] == [expected[0], expected[-1]]
    assert schemas.validate(frame, series, dt.date(2025, 2, 22)).height == frame.height


@pytest.mark.parametrize("name", RECORDED_REFUSALS)
def test_recorded_errors_and_minutes_are_refused_in_their_own_words(shared, name):
    symbol, reason = RECORDED_REFUSALS[name]
    with pytest.raises(Refused, match=reason):
        reading(symbol, (shared / "recordings" / "yahoo" / name).read_bytes())


def test_every_value_of_a_recorded_chart_can_be_recovered(shared):
    body = (shared / "recordings" / "yahoo" / "chart_NVDA-split-2021-02-01-to-2022-01-31.json").read_bytes()
    frame, _ = reading("NVDA", body)
    sent = json.loads(body)["chart"]["result"][0]["indicators"]["quote"][0]
    for name in yahoo.PRICES:
        assert [float(np.float32(price)) for price in frame[name]] == sent[name]


def test_float32_noise_is_undone_and_nothing_else_is_touched():
    frame = pl.DataFrame({"close": [1518.0999755859375, 6901.00, 1524.5, 1518.1, 0.1, None]})
    assert frame.select(yahoo.undo_float32("close"))["close"].to_list() == [1518.1, 6901.0, 1524.5, 1518.1, 0.1, None]


@given(st.floats(min_value=2.0**-20, max_value=2.0**30, width=32))
def test_undoing_float32_gives_numpy_s_shortest_decimal(price):
    undone = pl.DataFrame({"close": [price]}).select(yahoo.undo_float32("close")).item()
    assert undone == float(str(np.float32(price)))
    assert float(np.float32(undone)) == price


def test_a_session_is_the_date_in_the_exchange_s_zone_and_not_by_the_offset_of_today():
    midnight = 1_719_806_400  # 2024-07-01T00:00 in New York; by the winter offset of `meta` still 30 June
    late = 1_719_977_400  # 2024-07-02T23:30 in New York; in UTC already 3 July
    frame = parse(chart([midnight, late], meta={"gmtoffset": -18000}))
    assert frame["session_date"].to_list() == [dt.date(2024, 7, 1), dt.date(2024, 7, 2)]


def test_the_live_row_of_a_session_with_volume_replaces_one_without():
    frame = parse(chart([JUL_1, JUL_1 + 3600], close=[5000.0, 5010.0], volume=[0, 9]))
    assert frame.select("close", "volume").rows() == [(5010.0, 9.0)]


@pytest.mark.parametrize("volume", [[7, 9], [7, 0], [0, 0], [None, None], [7, None]])
def test_of_two_rows_of_one_session_the_first_stays(volume):
    assert parse(chart([JUL_1, JUL_1 + 3600], close=[5000.0, 5010.0], volume=volume))["close"].to_list() == [5000.0]


def test_a_null_row_before_the_real_one_of_its_session_is_no_first_row():
    assert parse(chart([JUL_1, JUL_1 + 60], close=[None, 5010.0]))["close"].to_list() == [5010.0]


def test_rows_without_a_close_are_left_out():
    frame = parse(chart([JAN_2, JAN_2 + DAY], open=[None, 5000.0], close=[None, 5000.0], volume=[None, 10]))
    assert frame["session_date"].to_list() == [dt.date(2024, 1, 3)]


@pytest.mark.parametrize("name", ["open", "high", "low", "volume"])
def test_a_null_beside_a_close_is_kept_as_null(name):
    assert parse(chart([JAN_2], **{name: [None]}))[name].to_list() == [None]


def test_rows_come_out_ascending_however_they_come_in():
    frame = parse(chart([JAN_2 + DAY, JAN_2], close=[2.0, 1.0]))
    assert frame["close"].to_list() == [1.0, 2.0]


def test_a_period_without_sessions_is_an_empty_frame_of_the_shape():
    answer = chart([])
    del answer["chart"]["result"][0]["timestamp"]
    answer["chart"]["result"][0]["indicators"] = {"quote": [{}]}
    assert parse(answer).schema == schemas.empty("price_bars").schema
    assert parse(chart([])).schema == schemas.empty("price_bars").schema


def test_values_without_time_stamps_are_refused():
    answer = chart([JAN_2])
    answer["chart"]["result"][0]["timestamps"] = answer["chart"]["result"][0].pop("timestamp")
    with pytest.raises(Refused, match="expected the field 'timestamp'"):
        parse(answer)


@pytest.mark.parametrize("name", yahoo.COLUMNS)
def test_a_renamed_array_is_refused_by_name(name):
    answer = chart([JAN_2])
    quote = answer["chart"]["result"][0]["indicators"]["quote"][0]
    quote["x" + name] = quote.pop(name)
    with pytest.raises(Refused, match=f"expected the field '{name}' in indicators.quote"):
        parse(answer)


@pytest.mark.parametrize("name", ["symbol", "exchangeTimezoneName", "dataGranularity"])
def test_a_missing_fact_about_the_chart_is_refused_by_name(name):
    answer = chart([JAN_2])
    del answer["chart"]["result"][0]["meta"][name]
    with pytest.raises(Refused, match=f"expected the field '{name}' in meta"):
        parse(answer)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"<!doctype html><title>Will be right back</title>", "expected JSON.*Will be right back"),
        (json.dumps(chart([JAN_2])).encode()[:-40], "expected JSON"),
        (b"", "expected JSON"),
        ({"finance": {"result": None, "error": {"code": "Unauthorized", "description": "Invalid Crumb"}}}, "'chart'.*Invalid Crumb"),
        ({"chart": {"result": [], "error": None}}, "expected one result"),
        ({"chart": {"result": None, "error": None}}, "expected a list in chart.result"),
        (chart([JAN_2], meta={"symbol": "^RUT"}), r"expected the symbol \^GSPC.*\^RUT"),
        (chart([JAN_2], meta={"dataGranularity": "3mo"}), "expected daily bars.*3mo"),
        (chart([JAN_2], meta={"exchangeTimezoneName": "EST5DST"}), "expected an IANA time zone.*EST5DST"),
        (chart([JAN_2], close=["n/a"]), "expected a number in close.*n/a"),
        (chart([JAN_2], high=[True]), "expected a number in high"),
        (chart([JAN_2], close=[1.0, 2.0]), "expected arrays of one length.*'close': 2"),
        (chart([JAN_2, JAN_2 + DAY], volume=[1]), "expected arrays of one length.*'volume': 1"),
        (chart([None]), "expected a number in timestamp"),
        (chart([JAN_2 * 1000]), "expected unix seconds in timestamp"),
    ],
)
def test_what_is_not_documented_is_refused(answer, reason):
    with pytest.raises(Refused, match=reason):
        parse(answer)


def test_a_question_quotes_its_symbol_and_covers_both_days():
    gold = by_id("gold_futures")
    asked = yahoo.requests(gold, dt.date(2024, 1, 1), dt.date(2024, 1, 2), keyed=False)
    assert [r.url for r in asked] == ["https://query1.finance.yahoo.com/v8/finance/chart/GC%3DF"]
    assert asked[0].params == (
        ("period1", "1704067200"),
        ("period2", "1704240000"),
        ("interval", "1d"),
        ("includePrePost", "false"),
        ("events", "div,split"),
    )


def test_a_first_question_reaches_back_to_where_the_history_begins():
    assert yahoo.requests(SERIES, None, dt.date(2024, 1, 2), keyed=False)[0].param("period1") == "-1356998400"  # 1927-01-01
    assert yahoo.requests(by_id("gold_futures"), None, dt.date(2024, 1, 2), keyed=False)[0].param("period1") == "-1356998400"


def test_the_fed_funds_chain_asks_every_month_from_this_one_to_24_later():
    asked = yahoo.requests(by_id("fed_funds_futures"), None, dt.date(2026, 10, 9), keyed=False)
    symbols = [r.url.rpartition("/")[2] for r in asked]
    assert len(symbols) == len(set(symbols)) == 25
    assert symbols[:4] + symbols[-1:] == ["ZQV26.CBT", "ZQX26.CBT", "ZQZ26.CBT", "ZQF27.CBT", "ZQV28.CBT"]


def test_a_fed_funds_bar_carries_the_delivery_month_of_the_answer_s_symbol():
    futures = by_id("fed_funds_futures")
    request = Request("yahoo", futures.series_id, "https://query1.finance.yahoo.com/v8/finance/chart/ZQZ26.CBT")
    meta = {"symbol": "ZQZ26.CBT", "exchangeTimezoneName": "America/New_York"}
    frame = yahoo.parse(json.dumps(chart([JAN_2], meta=meta, close=[96.40499877929688])).encode(), futures, request)
    assert frame.select("contract_month", "close").rows() == [("2026-12", 96.405)]


def test_no_other_symbol_has_a_delivery_month():
    assert [yahoo.contract_month(symbol) for symbol in ("ZQF27.CBT", "ZQA27.CBT", "GC=F", "ZQ=F")] == ["2027-01", None, None, None]
