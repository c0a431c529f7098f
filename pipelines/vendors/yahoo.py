"""Yahoo Finance chart API v8 (unofficial, no key): daily bars of indices, ETFs, futures and crypto.

Owns the symbols, the chain of fed funds futures, the session a time stamp belongs to and the undoing of Yahoo's float32.
The live bar of a running session is returned with its session's date; ingest drops it by its release time. Dividends,
splits and adjclose are not read: closes are split-adjusted and never dividend-adjusted.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from pipelines import schemas
from pipelines.catalog import Series
from pipelines.vendors import Refused, Request, Vendor, wire

VENDOR = Vendor(
    name="yahoo",
    title="Yahoo Finance",
    site="https://finance.yahoo.com",
    terms="Yahoo Terms of Service: personal, non-commercial use, no redistribution; the API is undocumented",
    attribution="Prices: Yahoo Finance",
    pace_seconds=2.0,
    overlap_days=21,  # 15 sessions: sessions go missing and are filled in days later
)
CHART = "https://query1.finance.yahoo.com/v8/finance/chart"
FED_FUNDS_CHAIN = "ZQ"
CHAIN_MONTHS = 24
MONTH_CODES = "FGHJKMNQUVXZ"
CONTRACT = re.compile(rf"{FED_FUNDS_CHAIN}([{MONTH_CODES}])(\d\d)\.CBT", re.ASCII)
EARLIEST = date(1927, 1, 1)  # before the first bar of any index; a symbol answers from its own beginning
PRICES = ("open", "high", "low", "close")
COLUMNS = (*PRICES, "volume")


def requests(series: Series, since: date | None, until: date, *, keyed: bool) -> list[Request]:
    """One question per symbol, from midnight UTC of `since` (or from before every history) to midnight UTC after `until`.

    The series `ZQ` is a chain: one symbol per contract month, from the month of `until` to 24 months later.
    """
    start = since or EARLIEST
    symbols = _chain(until) if series.symbol == FED_FUNDS_CHAIN else [series.symbol]
    params = (
        ("period1", _unix(start)),
        ("period2", _unix(until + timedelta(days=1))),
        ("interval", "1d"),
        ("includePrePost", "false"),
        ("events", "div,split"),
    )
    return [Request(VENDOR.name, series.series_id, f"{CHART}/{quote(symbol, safe='')}", params) for symbol in symbols]


def parse(body: bytes, series: Series, request: Request) -> pl.DataFrame:
    """Price bars, one a session, ascending, in the symbol's own currency or points.

    A stamp's session is its date in `meta.exchangeTimezoneName` (`meta.gmtoffset` is the offset of the moment of asking,
    wrong for half a year). Rows whose close is null are no bars and are left out. Of two rows of one session the first
    stays, unless only the later one has volume. Prices are freed of float32 noise, see `undo_float32`. An answer
    without `timestamp` and without values is an empty period.

    Raises:
        Refused: an error (404 as JSON, 429 as text), another symbol or granularity than asked, arrays of unequal
            length, an unknown time zone, or anything else that is not the documented shape.
    """
    result = _result(wire.read(body))
    meta = wire.field(result, "meta", "the result")
    symbol = _asked_symbol(meta, request)
    bars = [bar for bar in _rows(result, _zone(meta)) if bar["close"] is not None]
    frame = pl.DataFrame(_one_a_session(bars), schema=schemas.polars_schema("price_bars"))
    return frame.with_columns(
        series_id=pl.lit(series.series_id),
        contract_month=pl.lit(contract_month(symbol), pl.String),
        **{name: undo_float32(name) for name in PRICES},
    ).sort("session_date")


def contract_month(symbol: str) -> str | None:
    """The delivery month YYYY-MM of a fed funds future (`ZQV26.CBT` is 2026-10); None for every other symbol."""
    found = CONTRACT.fullmatch(symbol)
    return f"20{found[2]}-{MONTH_CODES.index(found[1]) + 1:02d}" if found else None


def undo_float32(column: str) -> pl.Expr:
    """The shortest decimal that rounds to the same float32, where the value is a float32 at all; else the value itself.

    Yahoo keeps prices as float32 and sends them as doubles: 1518.1 arrives as 1518.0999755859375. Nothing is lost: the
    sent double is the float32 of what comes out.
    """
    single = pl.col(column).cast(pl.Float32)
    return pl.when(single.cast(pl.Float64) == pl.col(column)).then(single.cast(pl.String).cast(pl.Float64)).otherwise(pl.col(column))


def _unix(day: date) -> str:
    return str(int(datetime.combine(day, time(), UTC).timestamp()))


def _chain(until: date) -> list[str]:
    months = range(until.month - 1, until.month + CHAIN_MONTHS)
    return [f"{FED_FUNDS_CHAIN}{MONTH_CODES[month % 12]}{(until.year + month // 12) % 100:02d}.CBT" for month in months]


def _result(answer: Any) -> Any:
    chart = wire.field(answer, "chart", "the answer")
    error = wire.field(chart, "error", "chart")
    if error is not None:
        raise Refused(f"Yahoo answers with an error: {wire.excerpt(error)}")
    results = wire.items(chart, "result", "chart")
    if len(results) != 1:
        raise Refused(f"expected one result in chart.result, there are {len(results)}")
    return results[0]


def _asked_symbol(meta: Any, request: Request) -> str:
    """The symbol of the answer, after comparing it and the granularity with the question."""
    symbol, asked = wire.text(meta, "symbol", "meta"), unquote(request.url.rpartition("/")[2])
    if symbol != asked:
        raise Refused(f"expected the symbol {asked} in meta.symbol, the answer is about {symbol}")
    granularity = wire.text(meta, "dataGranularity", "meta")
    if granularity != "1d":
        raise Refused(f"expected daily bars, meta.dataGranularity reads {granularity}")
    return symbol


def _zone(meta: Any) -> ZoneInfo:
    name = wire.text(meta, "exchangeTimezoneName", "meta")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Refused(f"expected an IANA time zone in meta.exchangeTimezoneName, which reads {name}") from error


def _rows(result: Any, zone: ZoneInfo) -> list[dict[str, Any]]:
    quotes = wire.items(wire.field(result, "indicators", "the result"), "quote", "indicators")
    if len(quotes) != 1:
        raise Refused(f"expected one block in indicators.quote, there are {len(quotes)}")
    if "timestamp" not in result and quotes[0] == {}:
        return []
    stamps = wire.items(result, "timestamp", "the result")
    arrays = {name: wire.items(quotes[0], name, "indicators.quote") for name in COLUMNS}
    lengths = {"timestamp": len(stamps), **{name: len(values) for name, values in arrays.items()}}
    if len(set(lengths.values())) > 1:
        raise Refused(f"expected arrays of one length, they hold {lengths}")
    days = [wire.instant(stamp, "timestamp").astimezone(zone).date() for stamp in stamps]
    numbers = [[wire.number_or_none(value, name) for value in values] for name, values in arrays.items()]
    return [dict(zip(("session_date", *COLUMNS), row, strict=True)) for row in zip(days, *numbers, strict=True)]


def _one_a_session(bars: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept: dict[date, dict[str, Any]] = {}
    for bar in bars:
        first = kept.setdefault(bar["session_date"], bar)
        if bar["volume"] and not first["volume"]:
            kept[bar["session_date"]] = bar
    return list(kept.values())
