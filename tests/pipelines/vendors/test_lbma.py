"""LBMA: one file per auction, closes only. There is no recording of this vendor; every value here is made up."""

import datetime as dt
import json
from typing import Any

import polars as pl
import pytest

from pipelines import schemas
from pipelines.catalog import by_id
from pipelines.vendors import Refused, lbma

SERIES = by_id("gold")
(ASKED,) = lbma.requests(SERIES, dt.date(2024, 1, 2), dt.date(2024, 1, 4), keyed=False)


def parse(said: Any) -> pl.DataFrame:
    return lbma.parse(said if isinstance(said, bytes) else json.dumps(said).encode(), SERIES, ASKED)


def test_no_recording_of_this_vendor_has_appeared_without_a_test(shared):
    assert not (shared / "recordings" / "lbma").exists()


def test_the_whole_file_is_asked_for_whatever_is_held():
    assert (ASKED.url, ASKED.params) == ("https://prices.lbma.org.uk/json/gold_pm.json", ())
    assert lbma.requests(SERIES, None, dt.date(2024, 1, 4), keyed=False) == [ASKED]


def test_the_first_price_is_the_close_in_dollars_and_nothing_else_is_known():
    frame = parse([{"is_cms_locked": 0, "d": "1968-04-01", "v": [37.7, 15.68, 0]}, {"d": "2024-01-02", "v": [2067.15, 1634.1, None]}])
    assert frame.schema == schemas.empty("price_bars").schema
    assert frame.rows() == [
        ("gold", None, dt.date(1968, 4, 1), None, None, None, 37.7, None),
        ("gold", None, dt.date(2024, 1, 2), None, None, None, 2067.15, None),
    ]
    assert schemas.validate(frame, SERIES, dt.date(2024, 1, 3)).height == 2


def test_an_auction_without_a_dollar_price_is_left_out():
    assert parse([{"d": "2024-01-02", "v": [None, 1634.1, 1880.2]}]).equals(schemas.empty("price_bars"))


def test_an_empty_file_is_an_empty_frame():
    assert parse([]).equals(schemas.empty("price_bars"))


def test_prices_of_another_metal_fail_the_catalog_s_bounds():
    silver = parse([{"d": "2024-01-02", "v": [23.5, 18.6, 21.4]}])
    with pytest.raises(ValueError, match=r"close: .*30.*23\.5 in row 0"):
        schemas.validate(silver, SERIES, dt.date(2024, 1, 3))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<!DOCTYPE html><title>Attention Required! | Cloudflare</title>", "expected JSON.*Cloudflare"),
        (b"", "expected JSON"),
        (b'[{"d":"2024-01-02","v":[2067.15,16', "expected JSON"),
        (b'{"message":"Forbidden"}', "expected a list of auctions.*Forbidden"),
        (b'["2024-01-02"]', "expected the field 'd'"),
        (b'[{"date":"2024-01-02","v":[1,2,3]}]', "expected the field 'd'"),
        (b'[{"d":"2024-01-02","values":[1,2,3]}]', "expected the field 'v'"),
        (b'[{"d":"2024-01-02","v":2067.15}]', "expected a list in a row.v"),
        (b'[{"d":"2024-01-02","v":[2067.15]}]', "expected the prices .* of 2024-01-02"),
        (b'[{"d":"2024-01-02","v":["n/a",2,3]}]', "expected a number in USD of 2024-01-02"),
        (b'[{"d":"2024-01-02","v":[NaN,2,3]}]', "expected JSON"),
        (b'[{"d":"02-01-2024","v":[1,2,3]}]', "expected a date YYYY-MM-DD"),
    ],
)
def test_anything_but_the_documented_file_is_refused(body, reason):
    with pytest.raises(Refused, match=reason):
        parse(body)
