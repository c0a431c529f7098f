"""Kraken's OHLC: rows under the pair's long name, prices as texts, the last 720 of them and no more."""

import polars as pl

from pipelines.catalog import Series
from pipelines.sources.wire import as_json, midnight, plain
from pipelines.vendors import Answer, Request

PAIRS = {"XBTUSD": "XXBTZUSD", "ETHUSD": "XETHZUSD"}
MOST = 720


def answer(table: pl.DataFrame, series: Series, request: Request) -> Answer:
    """The last 720 days that begin at `since` or later, and `last`, the newest of them; errors come with status 200.

    The volume-weighted price and the number of trades, which no table holds and nobody reads, are the close and 0. The
    running day is not among the rows: it has not been published.
    """
    if request.param("pair") != series.symbol or series.symbol not in PAIRS:
        return as_json({"error": ["EQuery:Unknown asset pair"]})
    if request.param("interval") != "1440":
        return as_json({"error": ["EGeneral:Invalid arguments"]})
    since = int(request.param("since") or 0)
    rows = [row for row in map(_row, table.tail(MOST).iter_rows(named=True)) if row[0] >= since]
    return as_json({"error": [], "result": {PAIRS[series.symbol]: rows, "last": rows[-1][0] if rows else since}})


def _row(bar: dict) -> list:
    texts = [None if bar[name] is None else plain(bar[name]) for name in ("open", "high", "low", "close", "close", "volume")]
    return [midnight(bar["session_date"]), *texts, 0]
