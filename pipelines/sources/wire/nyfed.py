"""The New York Fed's searches: outright Treasury operations and repo operations, amounts in dollars.

The tables know results only, so nothing is ever announced, and nothing by security: details are empty.
"""

from datetime import date
from typing import Any

import polars as pl

from pipelines import schemas
from pipelines.catalog import Series
from pipelines.sources.wire import as_json, whole
from pipelines.vendors import Answer, Request
from pipelines.vendors.nyfed import ANNOUNCEMENTS, API, SEARCHES

DIRECTIONS = {"purchase": "P", "sale": "S"}
Row = dict[str, Any]


def answer(table: pl.DataFrame, series: Series, request: Request) -> Answer:
    """The operations from `startDate` to `endDate`, both counted; no announcement; status 400 for every other path."""
    path = request.url.removeprefix(f"{API}/")
    if series.symbol not in ROOTS or path not in (SEARCHES[series.symbol], ANNOUNCEMENTS[series.symbol]):
        return Answer(400, b"", {"content-type": "application/json"})
    root, listed, describe = ROOTS[series.symbol]
    if path == ANNOUNCEMENTS[series.symbol]:
        return as_json({root: {listed: []}})
    first, last = (date.fromisoformat(request.param(name) or "") for name in ("startDate", "endDate"))
    rows = table.filter(pl.col("operation_date").is_between(first, last)).match_to_schema(
        schemas.polars_schema("operations"), missing_columns="insert", extra_columns="ignore"
    )
    return as_json({root: {listed: [describe(row) for row in rows.iter_rows(named=True)]}})


def _treasury(row: Row) -> Row:
    return {
        **_head(row),
        "operationType": row["operation_type"],
        "operationDate": row["operation_date"].isoformat(),
        "settlementDate": _day(row["settlement_date"]),
        "maturityRangeStart": _day(row["maturity_start"]),
        "maturityRangeEnd": _day(row["maturity_end"]),
        "operationDirection": DIRECTIONS[row["direction"]],
        "auctionMethod": "Multiple Price",
        "releaseTime": "",
        "closeTime": row["close_time"] or "",
        "totalParAmtSubmitted": str(whole(row["submitted_usd"])),
        "totalParAmtAccepted": str(whole(row["accepted_usd"])),
        "note": row["note"] or "",
        "lastUpdated": "",
    }


def _repo(row: Row) -> Row:
    return {
        **_head(row),
        "operationDate": row["operation_date"].isoformat(),
        "settlementDate": _day(row["settlement_date"]),
        "maturityDate": _day(row["maturity_date"]),
        "operationType": row["operation_type"],
        "operationMethod": "Full Allotment",
        "settlementType": "Same Day",
        "termCalenderDays": (row["maturity_date"] - row["settlement_date"]).days,
        "term": row["term"],
        "closeTime": row["close_time"] or "",
        "note": row["note"] or "",
        "lastUpdated": "",
        "totalAmtSubmitted": whole(row["submitted_usd"]),
        "totalAmtAccepted": whole(row["accepted_usd"]),
        "details": [],
    }


def _head(row: Row) -> Row:
    return {"operationId": row["operation_id"], "auctionStatus": "Results"}


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


ROOTS = {"tsy": ("treasury", "auctions", _treasury), "rp": ("repo", "operations", _repo)}
