"""The three shapes an answer is read into, and what must hold before a value goes on.

Owns the columns of the frames that vendor modules return, their descriptions, and every check on a frame. Checks on
tables stand in `sql/`; whether an answer can be read at all is the vendor module's business.

Frames are validated eagerly (on a LazyFrame pandera checks only names and types) and lazily reported: all failures
of an answer are named at once.
"""

import copy
import datetime as dt
import math
from typing import Annotated, Any

import pandera.polars as pa
import polars as pl
from pandera.api.polars.model_config import BaseConfig
from pandera.engines.polars_engine import DateTime
from pandera.errors import SchemaErrors

from pipelines.catalog import Series

Instant = Annotated[DateTime, False, "UTC", "us"]


class PriceBars(pa.DataFrameModel):
    """One bar of one instrument and session."""

    series_id: str = pa.Field(description="Our name of the series, a row of core.series.")
    contract_month: str = pa.Field(
        nullable=True, str_matches=r"^\d{4}-\d{2}$", description="Delivery month of a dated future (YYYY-MM); null for everything else."
    )
    session_date: dt.date = pa.Field(description="The instrument's own session date: exchange day, London day, UTC day of a 24x7 market.")
    open: float = pa.Field(nullable=True, description="First price of the session; null where the vendor does not say.")
    high: float = pa.Field(nullable=True, description="Highest price of the session; null where the vendor does not say.")
    low: float = pa.Field(nullable=True, description="Lowest price of the session; null where the vendor does not say.")
    close: float = pa.Field(description="Last price of the session: index close, settlement, fix, or the price at the end of the UTC day.")
    volume: float = pa.Field(nullable=True, ge=0, description="Traded volume in the vendor's own unit; null where not known.")

    class Config(BaseConfig):
        strict = True
        ordered = False
        unique = ["series_id", "contract_month", "session_date"]


class Observations(pa.DataFrameModel):
    """One value of one economic series for one date, as one vintage said it."""

    series_id: str = pa.Field(description="Our name of the series, a row of core.series.")
    date: dt.date = pa.Field(description="The date the value is for (not the day it was published).")
    vintage_date: dt.date = pa.Field(
        nullable=True, description="First day on which this value was the published one (ALFRED); null without vintages."
    )
    value: float = pa.Field(
        nullable=True, description="The value in the unit of core.series, scaled once; null where the publisher says none."
    )

    class Config(BaseConfig):
        strict = True
        unique = ["series_id", "date", "vintage_date"]


class Operations(pa.DataFrameModel):
    """One operation of the Desk as one answer described it."""

    series_id: str = pa.Field(description="Our name of the series, a row of core.series.")
    family: str = pa.Field(isin=["treasury", "agency", "repo"], description="Kind of operation; ids are unique only within it.")
    operation_id: str = pa.Field(
        str_length={"min_value": 1}, description="The Desk's id, opaque: its suffix changed meaning in March 2026."
    )
    operation_date: dt.date = pa.Field(description="Day of the operation, New York.")
    settlement_date: dt.date = pa.Field(nullable=True, description="Day on which reserves move.")
    maturity_date: dt.date = pa.Field(nullable=True, description="Day a repo or reverse repo is unwound; null for outright operations.")
    operation_type: str = pa.Field(
        str_length={"min_value": 1}, description="The Desk's own wording, e.g. Outright Bill Purchase, Reverse Repo."
    )
    direction: str = pa.Field(isin=["purchase", "sale", "repo", "reverse_repo"], description="Which way securities and reserves move.")
    status: str = pa.Field(isin=["announced", "results", "cancelled"], description="announced, results or cancelled.")
    term: str = pa.Field(nullable=True, description="Term of a repo (Overnight, Term); null for outright operations.")
    submitted_usd: float = pa.Field(nullable=True, description="Amount offered to the Desk, dollars; null while announced.")
    accepted_usd: float = pa.Field(nullable=True, description="Amount accepted by the Desk, dollars; null while announced.")
    award_rate_percent: float = pa.Field(nullable=True, description="Award or offering rate of a repo; null for outright operations.")
    maturity_start: dt.date = pa.Field(nullable=True, description="Shortest maturity bought or sold; null for repo.")
    maturity_end: dt.date = pa.Field(nullable=True, description="Longest maturity bought or sold; null for repo.")
    close_time: str = pa.Field(nullable=True, str_matches=r"^\d{2}:\d{2}$", description="New York time at which bidding closes.")
    note: str = pa.Field(nullable=True, description="The Desk's note, word for word.")
    vendor_updated_at: Instant = pa.Field(
        nullable=True,
        description="When the Desk last wrote the record (its lastUpdated, converted from New York time).",
    )

    class Config(BaseConfig):
        strict = True
        unique = ["family", "operation_id"]


class Invalid(ValueError):
    """A frame whose rows may not go on: names every failed check, how many rows fail it and the first of them."""


SHAPES: dict[str, type[pa.DataFrameModel]] = {"price_bars": PriceBars, "observations": Observations, "operations": Operations}
DATED = {"session_date", "date", "operation_date"}
LIMITED = {  # what must lie within the catalog's limits
    "price_bars": ("open", "high", "low", "close"),
    "observations": ("value",),
    "operations": ("submitted_usd", "accepted_usd"),
}
CONSISTENT = {  # what an operation must say of itself
    "accepted_usd": ("not above what was offered", pl.col("accepted_usd") <= pl.col("submitted_usd")),
    "settlement_date": ("not before the operation", pl.col("settlement_date") >= pl.col("operation_date")),
}
FEW, FEW_SHARE = 3, 0.01  # how many rows of one answer may be impossible before nothing in it is believed


def empty(shape: str) -> pl.DataFrame:
    """A frame of that shape without a row: what a vendor module returns for a documented empty answer."""
    return pl.DataFrame(schema=polars_schema(shape))


def polars_schema(shape: str) -> dict[str, pl.DataType]:
    """Column names and polars types of a shape, in order."""
    columns = SHAPES[shape].to_schema().columns
    return {name: column.dtype.type for name, column in columns.items()}


def descriptions(shape: str) -> dict[str, str]:
    """The meaning of every column of a shape."""
    return {name: str(column.description) for name, column in SHAPES[shape].to_schema().columns.items()}


def validate(frame: pl.DataFrame, series: Series, asked_on: dt.date) -> pl.DataFrame:
    """The same frame, if every row may go on.

    Columns and types are the shape's; every number is finite; prices, values and amounts are possible, but for a few rows
    (see `impossible`), which go on and are quarantined in core; no date lies
    more than `series.days_ahead` after `asked_on` (a date in the instrument's own calendar), and no
    results of an operation after it at all.

    Raises:
        Invalid: says every failure, with its row where there is one.
    """
    schema = copy.deepcopy(SHAPES[series.shape].to_schema())  # pandera hands out its cached one
    odd = impossible(frame, series)
    is_believed = 0 < odd <= max(FEW, FEW_SHARE * frame.height) and 2 * odd < frame.height
    for name, column in schema.columns.items():
        column.checks = [*column.checks, *_checks(name, series, asked_on), *([] if is_believed else _limits(name, series))]
    try:
        return schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        raise Invalid(_failures(errors.failure_cases)) from errors


def impossible(frame: pl.DataFrame, series: Series) -> int:
    """How many rows say what cannot be: a price, value or amount outside the catalog's limits, a price not above zero, or an
    operation that accepts more than was offered or settles before it is held.
    """
    if frame.schema != polars_schema(series.shape):
        return 0
    least, most = _range(series)
    odd = [(pl.col(name) < least) | (pl.col(name) > most) for name in LIMITED[series.shape]]
    if series.shape == "price_bars":
        odd += [pl.col(name) <= 0 for name in LIMITED[series.shape]]
    if series.shape == "operations":
        odd += [~rule for _, rule in CONSISTENT.values()]
    return frame.filter(pl.any_horizontal(*odd)).height


def _range(series: Series) -> tuple[float, float]:
    """The catalog's limits in the unit of the frame: operations arrive in dollars, the catalog bounds billions."""
    scale = 1e9 if series.shape == "operations" else 1.0
    return (
        -math.inf if series.minimum is None else series.minimum * scale,
        math.inf if series.maximum is None else series.maximum * scale,
    )


def _limits(name: str, series: Series) -> list[Any]:
    """The checks of a column that a row fails alone, where only a few fail them."""
    checks = []
    if name in LIMITED[series.shape]:
        least, most = _range(series)
        checks += [pa.Check.ge(least, error=f"not below {least:g}")] if least > -math.inf else []
        checks += [pa.Check.le(most, error=f"not above {most:g}")] if most < math.inf else []
    if name in CONSISTENT:
        text, rule = CONSISTENT[name]
        checks.append(_holds(rule, text))
    return checks


def _checks(name: str, series: Series, asked_on: dt.date) -> list[Any]:
    """The checks of a column that its shape alone does not tell, each of which speaks against the whole answer."""
    checks = []
    if polars_schema(series.shape)[name] == pl.Float64:
        checks.append(pa.Check(lambda data: data.lazyframe.select(pl.col(data.key).is_finite()), name="finite"))
    if name in DATED:
        last = asked_on + dt.timedelta(days=series.days_ahead)
        checks.append(pa.Check.le(last, error=f"not after {last}"))
    if name == "operation_date":  # what is announced may lie ahead, what was held may not
        held = (pl.col("status") != "results") | (pl.col("operation_date") <= asked_on)
        checks.append(_holds(held, f"no results after {asked_on}"))
    return checks


def _holds(rule: pl.Expr, text: str) -> Any:
    return pa.Check(lambda data: data.lazyframe.select(rule), error=text)


def _failures(cases: pl.DataFrame) -> str:
    """One line: each failed check with its column (or the frame), how many rows fail it and the first of them."""
    lines = []
    for (column, check), rows in cases.group_by(["column", "check"], maintain_order=True):
        first = rows.row(0, named=True)
        where = f" in row {first['index']}" if first.get("index") is not None else ""
        case = str(first["failure_case"]).split("\n", 1)[0]  # a check that cannot run on a wrong type tells polars' whole plan
        lines.append(f"{column or 'the frame'}: {check} failed for {rows.height} ({case}{where})")
    return "; ".join(lines)
