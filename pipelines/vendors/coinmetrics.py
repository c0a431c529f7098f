"""Coin Metrics community API v4 (no key): the price of one asset at the end of each UTC day.

Owns the question, its pages and the meaning of the time stamp. `PriceUSD` stamped with a day's midnight is the price at
the end of that day; `ReferenceRateUSD` is the same number stamped a day later and is never asked for. Strict reading of
JSON is `pipelines.vendors.wire`.

Page: https://docs.coinmetrics.io/api/v4 (timeseries/asset-metrics).
"""

import re
from datetime import date
from typing import Any

import polars as pl

from pipelines import schemas
from pipelines.catalog import Series
from pipelines.vendors import Refused, Request, Vendor, wire

VENDOR = Vendor(
    name="coinmetrics",
    title="Coin Metrics community data",
    site="https://coinmetrics.io/community-network-data",
    terms="CC BY-NC 4.0: attribution, no commercial use",
    attribution="Source: Coin Metrics community data (CC BY-NC 4.0)",
    pace_seconds=1.0,
    overlap_days=3,
)
ASSET_METRICS = "https://community-api.coinmetrics.io/v4/timeseries/asset-metrics"
METRIC = "PriceUSD"
FIRST_BITCOIN_PRICE = date(2010, 7, 18)
MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)T00:00:00(\.0+)?Z", re.ASCII)


def requests(series: Series, since: date | None, until: date, *, keyed: bool) -> list[Request]:
    """The first page of everything from `since` (or where the history begins) on; `following` asks for the next ones."""
    start = since or series.history_start or FIRST_BITCOIN_PRICE
    params = (
        ("assets", series.symbol),
        ("metrics", METRIC),
        ("frequency", "1d"),
        ("start_time", start.isoformat()),
        ("page_size", "10000"),
        ("paging_from", "start"),
    )
    return [Request(VENDOR.name, series.series_id, ASSET_METRICS, params)]


def following(request: Request, body: bytes) -> Request | None:
    """The next page: our own question with the answer's token, never the address the answer gives.

    Raises:
        Refused: the answer is not JSON, or its token not a text or the one just sent (the pages would never end).
    """
    answer = wire.read(body)
    if not isinstance(answer, dict) or answer.get("next_page_token") is None:
        return None
    token = wire.text(answer, "next_page_token", "the answer")
    if token == request.param("next_page_token"):
        raise Refused(f"expected another next_page_token than the one sent, {token!r}")
    return request.with_param("next_page_token", token)


def parse(body: bytes, series: Series, request: Request) -> pl.DataFrame:
    """Observations in US dollars, in the answer's order (ascending); a null price stays null; `data: []` is an empty frame.

    Raises:
        Refused: an error message, another asset, a stamp that is not midnight UTC (another frequency), no `PriceUSD` in
            a row (not offered for this asset), a price that is not a number.
    """
    answer = wire.read(body)
    if isinstance(answer, dict) and "error" in answer:
        raise Refused(f"Coin Metrics answers with an error: {wire.excerpt(answer['error'])}")
    rows = [_observation(row, series) for row in wire.items(answer, "data", "the answer")]
    return pl.DataFrame(rows, schema=schemas.polars_schema("observations"))


def _observation(row: Any, series: Series) -> dict[str, Any]:
    asset = wire.text(row, "asset", "a row")
    if asset != series.symbol:
        raise Refused(f"expected the asset {series.symbol}, a row is about {asset}")
    stamp = wire.text(row, "time", "a row")
    midnight = MIDNIGHT.fullmatch(stamp)
    if midnight is None:
        raise Refused(f"expected the start of a UTC day in a row's time, which reads {stamp!r}")
    price = wire.number_or_none(wire.field(row, METRIC, "a row"), f"{METRIC} of {stamp}")
    return {"series_id": series.series_id, "date": wire.day(midnight[1], "a row's time"), "value": price}
