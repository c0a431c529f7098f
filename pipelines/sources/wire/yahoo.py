"""Yahoo's chart: parallel arrays, stamped with the opening of the session, null where a price is not known."""

from datetime import time
from typing import Any
from urllib.parse import unquote

import polars as pl

from pipelines.catalog import Series
from pipelines.sources.wire import as_json, whole
from pipelines.vendors import Answer, Request
from pipelines.vendors.yahoo import CONTRACT, contract_month

NEW_YORK = "America/New_York"
OPENS = {"XNYS": (time(9, 30), NEW_YORK), "XCME": (time(0), NEW_YORK), "24x7": (time(0), "UTC")}
NOT_FOUND = {"chart": {"result": None, "error": {"code": "Not Found", "description": "No data found, symbol may be delisted"}}}
KINDS = {"^": "INDEX", "=": "FUTURE", ".": "FUTURE", "-": "CRYPTOCURRENCY"}
PRICES = ("open", "high", "low", "close")


def answer(table: pl.DataFrame, series: Series, request: Request) -> Answer:
    """The chart of one symbol from `period1` up to, not including, `period2`; 404 for a symbol of another series.

    A federal funds contract that the table does not hold gets the chart of an empty period: Yahoo lists months that a
    folder of history need not have, and a missing file is not a symbol gone wrong.
    """
    symbol = unquote(request.url.rpartition("/")[2])
    if symbol != series.symbol and not (CONTRACT.fullmatch(symbol) and symbol.startswith(series.symbol)):
        return as_json(NOT_FOUND, 404)
    bars = _stamped(table.filter(pl.col("contract_month").eq_missing(pl.lit(contract_month(symbol)))), series)
    asked = pl.col("stamp").is_between(int(request.param("period1") or 0), int(request.param("period2") or 2**40), closed="left")
    return as_json({"chart": {"result": [_result(bars, bars.filter(asked), symbol, series)], "error": None}})


def _stamped(bars: pl.DataFrame, series: Series) -> pl.DataFrame:
    """With `stamp`, the opening of the session in unix seconds."""
    opens, zone = OPENS[series.calendar]
    return bars.with_columns(stamp=pl.col("session_date").dt.combine(opens, "us").dt.replace_time_zone(zone).dt.epoch("s"))


def _result(bars: pl.DataFrame, asked: pl.DataFrame, symbol: str, series: Series) -> dict[str, Any]:
    meta = _meta(bars, symbol, series)
    if asked.is_empty():
        return {"meta": meta, "indicators": {"quote": [{}], "adjclose": [{}]}}
    quote: dict[str, list[Any]] = {name: asked[name].to_list() for name in PRICES}
    quote["volume"] = [whole(volume) for volume in asked["volume"]]
    return {
        "meta": meta,
        "timestamp": asked["stamp"].to_list(),
        "indicators": {"quote": [quote], "adjclose": [{"adjclose": quote["close"]}]},
    }


def _meta(bars: pl.DataFrame, symbol: str, series: Series) -> dict[str, Any]:
    meta = {
        "currency": "USD",
        "symbol": symbol,
        "instrumentType": next((kind for mark, kind in KINDS.items() if mark in symbol), "ETF"),
        "exchangeTimezoneName": OPENS[series.calendar][1],
        "priceHint": 4 if series.calendar == "XCME" else 2,
        "dataGranularity": "1d",
        "range": "",
        "validRanges": ["1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max"],
    }
    if bars.is_empty():
        return meta
    return meta | {"firstTradeDate": bars["stamp"][0], "regularMarketPrice": bars["close"][-1], "regularMarketTime": bars["stamp"][-1]}
