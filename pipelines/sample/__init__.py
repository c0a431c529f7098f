"""The embedded sample: published figures at their dates (`*_anchors.csv`), and what stands between them.

What stands between two anchors is made, by `bridge` for prices and by `levels` for everything else, and every place that
shows it says SAMPLE. This module owns the anchors and which of our series they belong to. The figures are those of the
publishers; `why` in `price_anchors.csv` says what makes a date worth an anchor.
"""

from functools import cache
from pathlib import Path

import polars as pl

from pipelines import catalog
from pipelines.sources import tables

FOLDER = Path(__file__).parent
PRICES = {"series_id": pl.String, "date": pl.Date, "close": pl.Float64, "high": pl.Float64, "low": pl.Float64, "why": pl.String}
VALUES = {"series": pl.String, "date": pl.Date, "value": pl.Float64}
OPERATIONS = {
    "operation_id": pl.String,
    "operation_date": pl.Date,
    "operation_type": pl.String,
    "submitted_bn": pl.Float64,
    "accepted_bn": pl.Float64,
    "maturity_start": pl.Date,
    "maturity_end": pl.Date,
}
OTHER_NAMES = {"ONRRP": "RRPONTSYAWARD"}  # the anchors' name of a FRED series


@cache
def price_anchors() -> dict[str, pl.DataFrame]:
    """By series_id: date, close, high, low (null where the fact sheet has none) and why; ascending, in the series' unit."""
    return _by("series_id", tables.read(FOLDER / "price_anchors.csv", PRICES, {"series_id", "date", "close", "why"}))


@cache
def value_anchors() -> dict[str, pl.DataFrame]:
    """By series_id: date, value in the vendor's unit; ascending."""
    anchors = tables.read(FOLDER / "fred_anchors.csv", VALUES, {"series", "date", "value"})
    ours = {series.symbol: series.series_id for series in catalog.load() if series.vendor == "fred"}
    return {ours[OTHER_NAMES.get(symbol, symbol)]: rows for symbol, rows in _by("series", anchors).items()}


@cache
def operation_anchors() -> pl.DataFrame:
    """Outright bill purchases, ascending; billions; null where the fact sheet has no figure."""
    known = {"operation_id", "operation_date", "operation_type", "accepted_bn"}
    return tables.read(FOLDER / "operation_anchors.csv", OPERATIONS, known)


def _by(column: str, rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {key: part.drop(column).sort("date") for (key,), part in rows.partition_by(column, as_dict=True).items()}
