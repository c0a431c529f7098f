"""FiscalData's operating cash balance: texts in millions, the labels of each era, the statement's own arithmetic.

The tables hold closing balances only. The opening balance is the closing balance before (of the first statement: its
own), and what lies between is written as one deposit or one withdrawal: sums that hold, amounts that nobody published.
"""

from datetime import date
from math import ceil
from typing import Any

import polars as pl

from pipelines.catalog import Series
from pipelines.sources.wire import as_json, plain
from pipelines.vendors import Answer, Request
from pipelines.vendors.fiscaldata import DEPOSITS, LAYOUTS, MILLIONS, OPENING, WITHDRAWALS

NULL = "null"
AMOUNTS = ("close_today_bal", "open_today_bal", "open_month_bal", "open_fiscal_year_bal")
FILTERS = {"gte": pl.Expr.ge, "lte": pl.Expr.le, "gt": pl.Expr.gt, "lt": pl.Expr.lt, "eq": pl.Expr.eq}
Row = dict[str, str]


def answer(table: pl.DataFrame, series: Series, request: Request) -> Answer:
    """One page of rows, ascending, of the statements that pass `filter`; 400 for a filter on anything but `record_date`."""
    try:
        asked = pl.all_horizontal(True, *map(_filter, (request.param("filter") or "").split(",")))
    except (KeyError, ValueError):
        return as_json({"error": "Invalid Query Param", "message": f"Filter '{request.param('filter')}' is not valid."}, 400)
    balances = table.with_columns(opening=pl.col("value").shift(1).fill_null(pl.col("value"))).filter(asked)
    rows = [row for statement in balances.select("date", "opening", "value").rows() for row in _statement(*statement)]
    return _page(rows, int(request.param("page[number]") or 1), int(request.param("page[size]") or 100))


def _filter(text: str) -> pl.Expr:
    if not text:
        return pl.lit(True)
    name, operator, day = text.split(":")
    return FILTERS[operator](pl.col({"record_date": "date"}[name]), date.fromisoformat(day))


def _statement(day: date, opening: float, closing: float) -> list[Row]:
    layout = next(layout for layout in LAYOUTS if day <= layout.last)
    if layout.field == "close_today_bal":
        return [_row(day, 1, layout.closing, closing=closing, opening=opening)]
    deposits, withdrawals = max(closing - opening, 0.0), max(opening - closing, 0.0)
    amounts = {OPENING: opening, DEPOSITS: deposits, WITHDRAWALS: withdrawals, layout.closing: closing}
    return [_row(day, line, label, closing=None, opening=amount) for line, (label, amount) in enumerate(amounts.items(), 1)]


def _row(day: date, line: int, label: str, *, closing: float | None, opening: float) -> Row:
    fiscal_year = day.year + (day.month >= 10)
    return {
        "record_date": day.isoformat(),
        "account_type": label,
        "close_today_bal": NULL if closing is None else plain(closing),
        "open_today_bal": plain(opening),
        "open_month_bal": NULL,
        "open_fiscal_year_bal": NULL,
        "table_nbr": "I",
        "table_nm": "Operating Cash Balance",
        "sub_table_name": NULL if closing is not None else "Cash Balance Details",
        "src_line_nbr": str(line),
        "record_fiscal_year": str(fiscal_year),
        "record_fiscal_quarter": str((day.month + 2) % 12 // 3 + 1),
        "record_calendar_year": str(day.year),
        "record_calendar_quarter": str((day.month - 1) // 3 + 1),
        "record_calendar_month": f"{day.month:02d}",
        "record_calendar_day": f"{day.day:02d}",
    }


def _page(rows: list[Row], number: int, size: int) -> Answer:
    pages = ceil(len(rows) / size)
    shown = rows[(number - 1) * size : number * size]
    meta: dict[str, Any] = {
        "count": len(shown),
        "labels": {},
        "dataTypes": dict.fromkeys(AMOUNTS, "CURRENCY"),
        "dataFormats": dict.fromkeys(AMOUNTS, MILLIONS),
        "total-count": len(rows),
        "total-pages": pages,
    }
    links = {"self": number, "first": 1, "prev": number - 1 or None, "next": number + 1 if number < pages else None, "last": pages}
    suffixes = {name: page and f"&page%5Bnumber%5D={page}&page%5Bsize%5D={size}" for name, page in links.items()}
    return as_json({"data": shown, "meta": meta, "links": suffixes})
