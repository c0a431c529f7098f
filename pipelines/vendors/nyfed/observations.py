"""The New York Fed's series: reference rates by day, and the weekly summary of the System Open Market Account."""

from typing import Any

import polars as pl

from pipelines import schemas
from pipelines.catalog import Series
from pipelines.vendors import Refused, wire

SOMA_PARTS = ("mbs", "cmbs", "tips", "frn", "notesbonds", "bills", "agencies")
DOLLARS_A_UNIT = {"USD": 1.0, "USD billions": 1e9}


def reference_rate(answer: Any, series: Series, *, rate: str) -> pl.DataFrame:
    """One value a business day, percent: `percentRate` of every row of `refRates`, which come newest first.

    Raises:
        Refused: a row of another rate (the SOFR averages stand beside SOFR and are dated a day later), or without a rate.
    """
    rows = []
    for row in wire.items(answer, "refRates", "the answer"):
        kind = wire.text(row, "type", "refRates")
        if kind != rate.upper():
            raise Refused(f"expected rows of {rate.upper()} in refRates, one is of {kind}")
        value = wire.number(wire.field(row, "percentRate", "refRates"), "percentRate")
        rows.append({"date": wire.day(wire.field(row, "effectiveDate", "refRates"), "effectiveDate"), "value": value})
    return _frame(rows, series)


def soma(answer: Any, series: Series, *, field: str) -> pl.DataFrame:
    """One value a Wednesday, in `series.unit`: `field` of every row of `soma.summary`, whose amounts are texts in dollars.

    A blank amount means that the account holds none or that the week did not say; it becomes null, not zero.

    Raises:
        Refused: a missing field, or a total that differs from the sum of its parts by more than a dollar a part.
            `tipsInflationCompensation` is not among the parts.
    """
    rows = []
    for row in wire.items(wire.field(answer, "soma", "the answer"), "summary", "soma"):
        amounts = {name: _dollars(row, name) for name in dict.fromkeys((*SOMA_PARTS, "total", field))}
        day = wire.day(wire.field(row, "asOfDate", "soma.summary"), "asOfDate")
        _must_add_up(amounts, f"the week of {day}")
        dollars = amounts[field]
        rows.append({"date": day, "value": None if dollars is None else dollars / DOLLARS_A_UNIT[series.unit]})
    return _frame(rows, series)


def _dollars(row: Any, name: str) -> float | None:
    sent = wire.field(row, name, "soma.summary")
    return None if sent == "" else wire.number(sent, f"soma.summary.{name}")


def _must_add_up(amounts: dict[str, float | None], where: str) -> None:
    total = amounts["total"]
    parts = sum(amounts[name] or 0.0 for name in SOMA_PARTS)
    if total is not None and abs(total - parts) > len(SOMA_PARTS):
        raise Refused(f"expected the parts of {where} to add up to the total {total:.2f}, they add up to {parts:.2f}")


def _frame(rows: list[dict[str, Any]], series: Series) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=schemas.polars_schema("observations"))
    return frame.with_columns(series_id=pl.lit(series.series_id)).sort("date")
