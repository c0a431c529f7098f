"""LBMA precious metal prices (prices.lbma.org.uk, no key): one file per auction with its whole history.

Owns the question and the order of the currencies. The file does not say which metal it is about: only its address does,
and the catalog's bounds. No recording of it exists here; the form is the one five public clients agree on. Cloudflare
turns some callers away with an HTML page and status 403, so these series are optional.
"""

from datetime import date
from typing import Any

import polars as pl

from pipelines import schemas
from pipelines.catalog import Series
from pipelines.vendors import Refused, Request, Vendor, wire

VENDOR = Vendor(
    name="lbma",
    title="LBMA precious metal prices",
    site="https://www.lbma.org.uk/prices-and-data/precious-metal-prices",
    terms="IBA (gold, silver) and LME (platinum, palladium): use for valuation and redistribution need a licence",
    attribution="LBMA Gold and Silver Price: ICE Benchmark Administration; LBMA Platinum and Palladium Price: London Metal Exchange",
    pace_seconds=2.0,
    overlap_days=0,  # the whole file each time
)
PRICES = "https://prices.lbma.org.uk/json"
CURRENCIES = ("USD", "GBP", "EUR")


def requests(series: Series, since: date | None, until: date, *, keyed: bool) -> list[Request]:
    """One question: the file has no parameters."""
    return [Request(VENDOR.name, series.series_id, f"{PRICES}/{series.symbol}.json")]


def parse(body: bytes, series: Series, request: Request) -> pl.DataFrame:
    """Bars with a close only, US dollars per troy ounce, in the file's order (ascending).

    A row is {"d": auction date, "v": [USD, GBP, EUR]}. Where USD is null no price was set; the row is left out.

    Raises:
        Refused: HTML or anything else that is not a list, a row without `d` or three `v`, a price that is not a number.
    """
    answer = wire.read(body)
    if not isinstance(answer, list):
        raise Refused(f"expected a list of auctions, the answer reads {wire.excerpt(answer)}")
    bars = [bar for bar in (_bar(row, series) for row in answer) if bar["close"] is not None]
    return pl.DataFrame(bars, schema=schemas.polars_schema("price_bars"))


def _bar(row: Any, series: Series) -> dict[str, Any]:
    day, prices = wire.day(wire.field(row, "d", "a row"), "d"), wire.items(row, "v", "a row")
    if len(prices) != len(CURRENCIES):
        raise Refused(f"expected the prices {list(CURRENCIES)} of {day}, they read {wire.excerpt(prices)}")
    return {"series_id": series.series_id, "session_date": day, "close": wire.number_or_none(prices[0], f"USD of {day}")}
