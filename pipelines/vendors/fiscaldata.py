"""US Treasury FiscalData: the daily closing balance of the Treasury General Account (Daily Treasury Statement, Table I).

Owns the questions, the three layouts the table has had since 2005 and the arithmetic that must hold inside it. Values
arrive as texts in millions of dollars. Strict reading of JSON is `pipelines.vendors.wire`.

Page: https://fiscaldata.treasury.gov/datasets/daily-treasury-statement/operating-cash-balance
"""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import polars as pl

from pipelines import schemas
from pipelines.catalog import Series
from pipelines.vendors import Refused, Request, Vendor, wire

VENDOR = Vendor(
    name="fiscaldata",
    title="US Treasury FiscalData",
    site="https://fiscaldata.treasury.gov",
    terms="Work of the US government: public domain",
    attribution="Source: US Department of the Treasury, Bureau of the Fiscal Service, Daily Treasury Statement",
    pace_seconds=1.0,
    overlap_days=14,  # ten business days: rows are corrected without a word
)
TABLES = "https://api.fiscaldata.treasury.gov/services/api/fiscal_service/v1/accounting/dts"
FIRST_STATEMENT = date(2005, 10, 3)
MILLIONS = "$1,000,000"
OPENING = "Treasury General Account (TGA) Opening Balance"
DEPOSITS = "Total TGA Deposits (Table II)"
WITHDRAWALS = "Total TGA Withdrawals (Table II) (-)"
OTHER_ACCOUNTS = frozenset(
    {
        "Financial Institution Account",
        "Financial Institution Accoun",  # the table is full of labels cut off or shifted by its old feed
        "Short-Term Cash Investments (Table V)",
        "Account Short-Term Cash Investments (Table V)",
        "Supplementary Financing Program Account",
        "Supplementary Financing Program",
        "Supplementary Financing Programs",
        "Supplementary Financing Prog",
        "Tax and Loan Note Accounts (Table V)",
        "Account Tax and Loan Note Accounts (Table V)",
    }
)


@dataclass(frozen=True)
class Layout:
    """How the table says the closing balance until `last`: in which row, in which field; which other rows there are."""

    last: date
    closing: str
    field: str
    others: frozenset[str]


LAYOUTS = (
    Layout(date(2021, 9, 30), "Federal Reserve Account", "close_today_bal", OTHER_ACCOUNTS),
    Layout(date(2022, 4, 15), "Treasury General Account (TGA)", "close_today_bal", OTHER_ACCOUNTS),
    # the closing balance stands under "open", and "close" reads "null"
    Layout(date.max, "Treasury General Account (TGA) Closing Balance", "open_today_bal", frozenset({OPENING, DEPOSITS, WITHDRAWALS})),
)
Amounts = dict[date, dict[str, float]]


def requests(series: Series, since: date | None, until: date, *, keyed: bool) -> list[Request]:
    """The first page of everything from `since` (or the first statement) on; `following` asks for the next ones."""
    start = since or series.history_start or FIRST_STATEMENT
    params = (
        ("filter", f"record_date:gte:{start}"),
        ("sort", "record_date"),
        ("page[number]", "1"),
        ("page[size]", "10000"),
    )
    return [Request(VENDOR.name, series.series_id, f"{TABLES}/{series.symbol}", params)]


def following(request: Request, body: bytes) -> Request | None:
    """The next page, if there is one.

    Raises:
        Refused: the answer does not say how many pages there are.
    """
    number = int(request.param("page[number]") or 1)
    return request.with_param("page[number]", str(number + 1)) if number < _pages(wire.read(body)) else None


def parse(body: bytes, series: Series, request: Request) -> pl.DataFrame:
    """Closing balances in USD billions, one per statement, ascending; `data: []` is an empty frame.

    Raises:
        Refused: an error message, another unit than millions, an unknown `account_type` (the rows were renamed in 2021
            and 2022), a statement with no or two closing rows, a closing balance that is not opening + deposits -
            withdrawals (to 2 millions, for rounding) or not the next statement's opening (to 1 million).
    """
    answer = wire.read(body)
    if isinstance(answer, dict) and "error" in answer:
        raise Refused(f"FiscalData answers with an error: {answer['error']}: {answer.get('message')}")
    rows = wire.items(answer, "data", "the answer")
    if rows:
        _check_unit(answer)
    amounts = _by_statement(rows)
    closings = _closings(amounts, is_cut=_pages(answer) > 1)
    _check_sums(amounts)
    _check_carried_over(amounts)
    said = [{"series_id": series.series_id, "date": day, "value": millions / 1000} for day, millions in closings.items()]
    return pl.DataFrame(said, schema=schemas.polars_schema("observations"))


def _pages(answer: Any) -> int:
    meta = wire.field(answer, "meta", "the answer")
    return int(wire.number(wire.field(meta, "total-pages", "meta"), "meta.total-pages"))


def _check_unit(answer: Any) -> None:
    formats = wire.field(wire.field(answer, "meta", "the answer"), "dataFormats", "meta")
    for name in sorted({layout.field for layout in LAYOUTS}):
        if (told := wire.text(formats, name, "meta.dataFormats")) != MILLIONS:
            raise Refused(f"expected {name} in {MILLIONS}, meta.dataFormats says {told!r}")


def _layout(day: date) -> Layout:
    return next(layout for layout in LAYOUTS if day <= layout.last)


def _by_statement(rows: list[Any]) -> Amounts:
    """The amounts in millions by statement and row; rows of accounts that are no part of the TGA are left out."""
    amounts: Amounts = {}
    for row in rows:
        day, account = wire.day(wire.field(row, "record_date", "a row"), "record_date"), wire.text(row, "account_type", "a row")
        layout, statement = _layout(day), amounts.setdefault(day, {})
        if account != layout.closing and account not in layout.others:
            known = sorted({layout.closing, *layout.others})
            raise Refused(f"unknown account_type {account!r} on {day}; known then: {known}")
        if account in statement:
            raise Refused(f"expected one row {account!r} on {day}, there are two")
        if account not in OTHER_ACCOUNTS:
            statement[account] = wire.number(wire.field(row, layout.field, "a row"), f"{layout.field} of {account!r} on {day}")
    return dict(sorted(amounts.items()))


def _closings(amounts: Amounts, *, is_cut: bool) -> dict[date, float]:
    """The closing balance of every statement. A page break may cut the first and the last one of a page in two."""
    days = list(amounts)
    edges = {*days[:1], *days[-1:]} if is_cut else set()
    for day in days:
        if _layout(day).closing not in amounts[day] and day not in edges:
            raise Refused(f"expected the row {_layout(day).closing!r} on {day}, there are {sorted(amounts[day])}")
    return {day: said[_layout(day).closing] for day, said in amounts.items() if _layout(day).closing in said}


def _check_sums(amounts: Amounts) -> None:
    for day, said in amounts.items():
        if not {_layout(day).closing, OPENING, DEPOSITS, WITHDRAWALS} <= said.keys():
            continue
        closing, opening, deposits, withdrawals = (said[name] for name in (_layout(day).closing, OPENING, DEPOSITS, WITHDRAWALS))
        if abs(opening + deposits - withdrawals - closing) > 2:
            raise Refused(
                f"on {day} opening {opening:g} + deposits {deposits:g} - withdrawals {withdrawals:g} is not the closing balance {closing:g}"
            )


def _check_carried_over(amounts: Amounts) -> None:
    for (day, said), (next_day, next_said) in pairwise(amounts.items()):
        closing, opening = said.get(_layout(day).closing), next_said.get(OPENING)
        if closing is not None and opening is not None and abs(closing - opening) > 1:
            raise Refused(f"the closing balance {closing:g} of {day} is not the opening balance {opening:g} of {next_day}")
