"""Coinbase Exchange: daily candles of one product, by UTC day (api.exchange.coinbase.com, public, no key).

Owns the questions (windows of 299 days) and the order of the columns in a candle. The candle of the running day is
dropped by ingest, which has a clock; strict reading of JSON is `pipelines.vendors.wire`.

Page: https://docs.cdp.coinbase.com/exchange/reference/exchangerestapi_getproductcandles.
"""

from datetime import date, timedelta
from typing import Any

import polars as pl

from pipelines import schemas
from pipelines.catalog import Series
from pipelines.vendors import Refused, Request, Vendor, wire

VENDOR = Vendor(
    name="coinbase",
    title="Coinbase Exchange",
    site="https://exchange.coinbase.com",
    terms="Coinbase Market Data Terms: internal use; redistribution and commercial display need an agreement",
    attribution="Prices: Coinbase Exchange",
    pace_seconds=0.5,
    overlap_days=3,
)
PRODUCTS = "https://api.exchange.coinbase.com/products"
OPENED = date(2015, 7, 20)
WINDOW = timedelta(days=299)  # at most 300 candles an answer; both ends count
CANDLE = ("time", "low", "high", "open", "close", "volume")


def requests(series: Series, since: date | None, until: date, *, keyed: bool) -> list[Request]:
    """One question per 299 days from `since` (or the product's first day) to the end of `until`.

    Neighbouring windows share their boundary day, so that none is lost whether the end is counted or not.
    """
    end = until + timedelta(days=1)
    start = since or series.history_start or OPENED
    windows = []
    while start < end:
        windows.append((start, min(start + WINDOW, end)))
        start += WINDOW
    return [_request(series, *window) for window in windows]


def parse(body: bytes, series: Series, request: Request) -> pl.DataFrame:
    """Price bars, ascending, in the product's quote currency; volume in its base currency.

    A candle is [time, low, high, open, close, volume], time the start of its UTC day in unix seconds; the newest comes
    first; days without a trade are left out; an empty list is a window before the listing. Copies of a candle become one.

    Raises:
        Refused: an error message, a candle that is not six numbers, one that does not begin at midnight UTC (another
            granularity), or two candles of one day that differ.
    """
    answer = wire.read(body)
    if isinstance(answer, dict) and "message" in answer:
        raise Refused(f"Coinbase answers with an error: {answer['message']}")
    if not isinstance(answer, list):
        raise Refused(f"expected a list of candles, the answer reads {wire.excerpt(answer)}")
    bars = pl.DataFrame([_bar(candle, series) for candle in answer], schema=schemas.polars_schema("price_bars")).unique()
    twice = bars.filter(pl.col("session_date").is_duplicated())
    if twice.height:
        raise Refused(f"expected one candle a day, there are differing ones for {twice['session_date'].min()}")
    return bars.sort("session_date")


def _request(series: Series, start: date, end: date) -> Request:
    params = (("granularity", str(wire.SECONDS_A_DAY)), ("start", f"{start}T00:00:00Z"), ("end", f"{end}T00:00:00Z"))
    return Request(VENDOR.name, series.series_id, f"{PRODUCTS}/{series.symbol}/candles", params)


def _bar(candle: Any, series: Series) -> dict[str, Any]:
    if not isinstance(candle, list) or len(candle) != len(CANDLE):
        raise Refused(f"expected a candle {list(CANDLE)}, it reads {wire.excerpt(candle)}")
    said = dict(zip(CANDLE, candle, strict=True))
    bar = {name: wire.number_or_none(said[name], f"a candle's {name}") for name in ("low", "high", "open", "volume")}
    bar["close"] = wire.number(said["close"], "a candle's close")
    return {**bar, "series_id": series.series_id, "session_date": wire.utc_day(said["time"], "a candle's time")}
