"""Kraken: daily OHLC of one pair, by UTC day (api.kraken.com/0/public, no key); never more than the last 720 days.

Owns the question, the order of the columns and Kraken's habit of answering errors with HTTP 200. The last row is the
running, uncommitted day; it is returned, and ingest drops it by its release time. JSON reading is `pipelines.vendors.wire`.

Page: https://docs.kraken.com/api/docs/rest-api/get-ohlc-data.
"""

from datetime import UTC, date, datetime, time
from typing import Any

import polars as pl

from pipelines import schemas
from pipelines.catalog import Series
from pipelines.vendors import Refused, Request, Vendor, wire

VENDOR = Vendor(
    name="kraken",
    title="Kraken",
    site="https://www.kraken.com",
    terms="Kraken API terms: no redistribution of market data without consent",
    attribution="Prices: Kraken",
    pace_seconds=1.0,
    overlap_days=3,
)
OHLC = "https://api.kraken.com/0/public/OHLC"
ROW = ("time", "open", "high", "low", "close", "vwap", "volume", "count")
OTHER_NAMES = {"XBT": "BTC"}


def requests(series: Series, since: date | None, until: date, *, keyed: bool) -> list[Request]:
    """One question: rows from `since` (midnight UTC) on, or the 720 days that Kraken keeps. There is no end to ask for."""
    params = (("pair", series.symbol), ("interval", "1440"))
    if since is not None:
        params += (("since", str(int(datetime.combine(since, time(), UTC).timestamp()))),)
    return [Request(VENDOR.name, series.series_id, OHLC, params)]


def parse(body: bytes, series: Series, request: Request) -> pl.DataFrame:
    """Price bars, ascending, the running day included; prices in the quote currency, volume in the base currency.

    A row is [time, open, high, low, close, vwap, volume, count], prices and volume as texts, time the start of the UTC
    day in unix seconds. They stand under the pair's name in Kraken's own spelling (XBTUSD is XXBTZUSD), beside `last`.

    Raises:
        Refused: a non-empty `error` list, no or several pairs, another pair than asked, a row of another length, or one
            that does not begin at midnight UTC (another interval).
    """
    answer = wire.read(body)
    errors = wire.items(answer, "error", "the answer")
    if errors:
        raise Refused(f"Kraken answers with an error: {'; '.join(map(str, errors))}")
    rows = _rows(wire.field(answer, "result", "the answer"), series.symbol)
    return pl.DataFrame([_bar(row, series) for row in rows], schema=schemas.polars_schema("price_bars"))


def _rows(result: Any, pair: str) -> list[Any]:
    wire.field(result, "last", "result")
    names = [name for name in result if name != "last"]
    if len(names) != 1 or not _is_name_of(names[0], pair):
        raise Refused(f"expected the rows of {pair} beside 'last', result holds {names}")
    return wire.items(result, names[0], "result")


def _is_name_of(name: str, pair: str) -> bool:
    """Whether `name` is a spelling of `pair`: XBTUSD itself, XXBTZUSD, or BTC/USD under the newer asset names."""
    base, quote = pair[:-3], pair[-3:]
    return name.endswith(quote) and (base in name or OTHER_NAMES.get(base, base) in name)


def _bar(row: Any, series: Series) -> dict[str, Any]:
    if not isinstance(row, list) or len(row) != len(ROW):
        raise Refused(f"expected a row {list(ROW)}, it reads {wire.excerpt(row)}")
    said = dict(zip(ROW, row, strict=True))
    prices = {name: wire.number(said[name], f"a row's {name}") for name in ("open", "high", "low", "close", "volume")}
    return {**prices, "series_id": series.series_id, "session_date": wire.utc_day(said["time"], "a row's time")}
