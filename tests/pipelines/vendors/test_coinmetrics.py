"""Coin Metrics: daily PriceUSD of one asset, its pages, its stamps. Values are made up unless recorded."""

import datetime as dt
import json
from typing import Any

import polars as pl
import pytest

from pipelines import schemas
from pipelines.catalog import by_id
from pipelines.vendors import Refused, coinmetrics

SERIES = by_id("btc_usd_coinmetrics")
ASKED = coinmetrics.requests(SERIES, dt.date(2024, 1, 1), dt.date(2024, 1, 3), keyed=False)[0]
ROW = {"asset": "btc", "time": "2024-01-01T00:00:00.000000000Z", "PriceUSD": "44000.25"}
RECORDED = {
    "asset_metrics_daily_doc_example.json": [(dt.date(2020, 2, 29), 8582.09029964933), (dt.date(2020, 3, 1), 8541.77389392169)],
}


def parse(said: Any) -> pl.DataFrame:
    return coinmetrics.parse(said if isinstance(said, bytes) else json.dumps(said).encode(), SERIES, ASKED)


def test_every_recording_is_known_here(shared):
    found = {path.name for path in (shared / "recordings" / "coinmetrics").iterdir() if not path.name.endswith(".meta.json")}
    assert found == set(RECORDED)


@pytest.mark.parametrize(("name", "prices"), RECORDED.items())
def test_recorded_prices_belong_to_the_day_they_are_stamped_with(shared, name, prices):
    frame = parse((shared / "recordings" / "coinmetrics" / name).read_bytes())
    assert frame.select("date", "value").rows() == prices
    assert schemas.validate(frame, SERIES, dt.date(2020, 3, 2)).height == len(prices)


def test_the_recorded_token_asks_for_the_next_page_at_our_own_address(shared):
    body = (shared / "recordings" / "coinmetrics" / "asset_metrics_daily_doc_example.json").read_bytes()
    assert coinmetrics.following(ASKED, body) == ASKED.with_param("next_page_token", json.loads(body)["next_page_token"])


@pytest.mark.parametrize(("since", "start"), [(None, "2010-07-18"), (dt.date(2024, 1, 1), "2024-01-01")])
def test_daily_prices_are_asked_for_from_the_oldest_on(since, start):
    (asked,) = coinmetrics.requests(SERIES, since, dt.date(2024, 1, 3), keyed=False)
    assert (asked.url, asked.key) == (coinmetrics.ASSET_METRICS, None)
    assert asked.params == (
        ("assets", "btc"),
        ("metrics", "PriceUSD"),
        ("frequency", "1d"),
        ("start_time", start),
        ("page_size", "10000"),
        ("paging_from", "start"),
    )


def test_a_page_without_a_token_is_the_last():
    assert coinmetrics.following(ASKED, json.dumps({"data": [ROW]}).encode()) is None


def test_a_page_s_token_replaces_the_one_before():
    second = ASKED.with_param("next_page_token", "1")
    assert coinmetrics.following(second, b'{"data":[],"next_page_token":"2"}') == ASKED.with_param("next_page_token", "2")


def test_a_token_that_comes_back_ends_the_pages():
    with pytest.raises(Refused, match="expected another next_page_token"):
        coinmetrics.following(ASKED.with_param("next_page_token", "1"), b'{"data":[],"next_page_token":"1"}')


def test_a_null_price_stays_and_a_companion_field_is_ignored():
    frame = parse({"data": [{**ROW, "PriceUSD-status": "revised"}, {**ROW, "time": "2024-01-02T00:00:00Z", "PriceUSD": None}]})
    assert frame.schema == schemas.empty("observations").schema
    assert frame.rows() == [
        ("btc_usd_coinmetrics", dt.date(2024, 1, 1), None, 44000.25),
        ("btc_usd_coinmetrics", dt.date(2024, 1, 2), None, None),
    ]


def test_no_rows_are_an_empty_frame():
    assert parse({"data": []}).equals(schemas.empty("observations"))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html><body>Too many requests</body></html>", "expected JSON"),
        (b"", "expected JSON"),
        (json.dumps({"data": [ROW]}).encode()[:-9], "expected JSON"),
        (
            b'{"error":{"type":"bad_parameter","message":"Bad parameter \'assets\'."}}',
            r"answers with an error: .*bad_parameter.*Bad parameter",
        ),
        (b"[]", "expected the field 'data'"),
        (b'{"rows":[]}', "expected the field 'data'"),
        (json.dumps({"data": [{**ROW, "asset": "eth"}]}).encode(), "expected the asset btc, a row is about eth"),
        (json.dumps({"data": [{**ROW, "time": "2024-01-01T01:00:00.000000000Z"}]}).encode(), "expected the start of a UTC day"),
        (json.dumps({"data": [{**ROW, "time": "2024-01-01T00:00:00.000000001Z"}]}).encode(), "expected the start of a UTC day"),
        (json.dumps({"data": [{**ROW, "time": "2024-02-30T00:00:00Z"}]}).encode(), "expected a date"),
        (json.dumps({"data": [{"asset": "btc", "time": ROW["time"], "ReferenceRateUSD": "1"}]}).encode(), "expected the field 'PriceUSD'"),
        (json.dumps({"data": [{**ROW, "PriceUSD": "a lot"}]}).encode(), "expected a number in PriceUSD of 2024-01-01"),
        (json.dumps({"data": [{**ROW, "PriceUSD": True}]}).encode(), "expected a number"),
    ],
)
def test_anything_but_the_documented_answer_is_refused(body, reason):
    with pytest.raises(Refused, match=reason):
        parse(body)


@pytest.mark.parametrize("body", [b"<html>", b'{"data":[],"next_page_token":7}'])
def test_a_page_that_cannot_be_read_leads_nowhere(body):
    with pytest.raises(Refused):
        coinmetrics.following(ASKED, body)
