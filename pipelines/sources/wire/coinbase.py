"""Coinbase's candles: [time, low, high, open, close, volume], the newest first, at most 300 an answer."""

from datetime import timedelta

import polars as pl

from pipelines.catalog import Series
from pipelines.sources.wire import as_json, instant, midnight, whole
from pipelines.vendors import Answer, Request

DAY = timedelta(days=1)
MOST = 300
TOO_MANY = "granularity too small for the requested time range. Count of aggregations requested exceeds 300"


def answer(table: pl.DataFrame, series: Series, request: Request) -> Answer:
    """The candles from `start` to `end`, both counted; the newest 300 where no window is asked.

    Errors: 404 for another product, 400 for another granularity than a day or a window of more than 300 days. Prices
    that the table does not know are null, which Coinbase itself never sends.
    """
    if request.url.rsplit("/", 2)[1] != series.symbol:
        return as_json({"message": "NotFound"}, 404)
    if request.param("granularity") != str(int(DAY.total_seconds())):
        return as_json({"message": "Unsupported granularity"}, 400)
    start, end = request.param("start"), request.param("end")
    if start is None or end is None:
        return as_json(_candles(table.tail(MOST)))
    first, last = instant(start), instant(end)
    if last - first > MOST * DAY:
        return as_json({"message": TOO_MANY}, 400)
    return as_json(_candles(table.filter(pl.col("session_date").cast(pl.Datetime("us", "UTC")).is_between(first, last))))


def _candles(bars: pl.DataFrame) -> list[list[float | int | None]]:
    rows = bars.sort("session_date", descending=True).select("session_date", "low", "high", "open", "close", "volume").rows()
    return [[midnight(day), *map(whole, numbers)] for day, *numbers in rows]
