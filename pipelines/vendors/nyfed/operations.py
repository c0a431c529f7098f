"""The Desk's operations: outright Treasury (`tsy`), outright agency MBS (`ambs`), repo and reverse repo (`rp`).

Owns what the three documents call the same things, and which amount and rate of a record count. An operation is read as
the answer describes it: small-value exercises, several operations a day and reinvestments stay, told apart in `sql/`.
"""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from pipelines import schemas
from pipelines.catalog import Series
from pipelines.vendors import Refused, wire

NEW_YORK = ZoneInfo("America/New_York")
OUTRIGHT = {"P": "purchase", "S": "sale"}
REPO = {"Repo": "repo", "Reverse Repo": "reverse_repo"}
STATUSES = {"Announced": "announced", "Results": "results"}
RATES = ("percentAwardRate", "percentOfferingRate", "percentStopOutRate", "percentWeightedAverageRate")


def read(answer: Any, series: Series, symbol: str) -> pl.DataFrame:
    """One row an operation, ascending by date and id, amounts in dollars, `vendor_updated_at` in UTC.

    Raises:
        Refused: the document of another family, a missing field, an unknown status or direction, results without an
            amount, or a date, clock time or number that is none.
    """
    root, listed, describe = FAMILIES[symbol]
    rows = []
    for row in wire.items(wire.field(answer, root, "the answer"), listed, root):
        where = f"{root} {wire.text(row, 'operationId', root)}"
        rows.append({"series_id": series.series_id, **_common(row, where), **describe(row, where)})
    return pl.DataFrame(rows, schema=schemas.polars_schema("operations")).sort("operation_date", "operation_id")


def _common(row: Any, where: str) -> dict[str, Any]:
    return {
        "operation_id": wire.text(row, "operationId", where),
        "operation_date": wire.day(wire.field(row, "operationDate", where), f"{where}.operationDate"),
        "settlement_date": _day_or_none(row, "settlementDate", where),
        "operation_type": wire.text(row, "operationType", where),
        "status": _status(row, where),
        "close_time": _text_or_none(row, "closeTime", where),
        "note": _text_or_none(row, "note", where),
        "vendor_updated_at": _updated_at(row, where),
    }


def _treasury(row: Any, where: str) -> dict[str, Any]:
    return {
        "family": "treasury",
        "direction": _direction(row, "operationDirection", OUTRIGHT, where),
        "submitted_usd": _dollars(row, ("totalParAmtSubmitted",), where),
        "accepted_usd": _dollars(row, ("totalParAmtAccepted",), where),
        "maturity_start": _day_or_none(row, "maturityRangeStart", where),
        "maturity_end": _day_or_none(row, "maturityRangeEnd", where),
    }


def _agency(row: Any, where: str) -> dict[str, Any]:
    """Par where the Desk states it (TBA); for specified pools, whose par is blank, the current face."""
    return {
        "family": "agency",
        "direction": _direction(row, "operationDirection", OUTRIGHT, where),
        "submitted_usd": _dollars(row, ("totalAmtSubmittedPar", "totalSubmittedCurrFace"), where),
        "accepted_usd": _dollars(row, ("totalAmtAcceptedPar", "totalAcceptedCurrFace"), where),
    }


def _repo(row: Any, where: str) -> dict[str, Any]:
    return {
        "family": "repo",
        "direction": _direction(row, "operationType", REPO, where),
        "maturity_date": _day_or_none(row, "maturityDate", where),
        "term": wire.text(row, "term", where),
        "submitted_usd": _dollars(row, ("totalAmtSubmitted",), where),
        "accepted_usd": _dollars(row, ("totalAmtAccepted",), where),
        "award_rate_percent": _award_rate(row, where),
    }


FAMILIES = {
    "tsy": ("treasury", "auctions", _treasury),
    "ambs": ("ambs", "auctions", _agency),
    "rp": ("repo", "operations", _repo),
}


def _award_rate(row: Any, where: str) -> float | None:
    """The rate against Treasury collateral: the award rate, else the offering, stop-out or weighted average rate.

    Null where the record has none of them: nothing was bid for and at most a minimum bid rate is stated, or no results
    are out and the details are still missing.
    """
    if "details" not in row and _status(row, where) != "results":
        return None
    for detail in wire.items(row, "details", where):
        if wire.text(detail, "securityType", f"{where}.details") == "Treasury":
            stated = [name for name in RATES if detail.get(name) not in (None, "")]
            return wire.number(detail[stated[0]], f"{where}.{stated[0]}") if stated else None
    return None


def _dollars(row: Any, names: tuple[str, ...], where: str) -> float | None:
    """The first amount stated under `names`; null only while no results are out (a blank text or no field at all)."""
    for name in names:
        if row.get(name) not in (None, ""):
            return wire.number(row[name], f"{where}.{name}")
    if _status(row, where) == "results":
        raise Refused(f"expected an amount under {' or '.join(names)} in the results of {where}, which reads {wire.excerpt(row)}")
    return None


def _status(row: Any, where: str) -> str:
    said = wire.text(row, "auctionStatus", where)
    status = "cancelled" if "cancel" in said.lower() else STATUSES.get(said)
    if status is None:
        raise Refused(f"expected Announced, Results or a cancellation in {where}.auctionStatus, which reads {said!r}")
    return status


def _direction(row: Any, name: str, known: dict[str, str], where: str) -> str:
    said = wire.text(row, name, where)
    if said not in known:
        raise Refused(f"expected one of {list(known)} in {where}.{name}, which reads {said!r}")
    return known[said]


def _day_or_none(row: Any, name: str, where: str) -> date | None:
    sent = wire.field(row, name, where)
    return None if sent == "" else wire.day(sent, f"{where}.{name}")


def _text_or_none(row: Any, name: str, where: str) -> str | None:
    sent = wire.field(row, name, where)
    return None if isinstance(sent, str) and not sent.strip() else wire.text(row, name, where)


def _updated_at(row: Any, where: str) -> datetime | None:
    """`lastUpdated`, a New York clock time without an offset; of the hour that comes twice in autumn, the first."""
    sent = wire.field(row, "lastUpdated", where)
    if sent == "":
        return None
    try:
        local = datetime.strptime(sent, "%Y-%m-%d %H:%M:%S").replace(tzinfo=NEW_YORK)
    except (TypeError, ValueError) as error:
        raise Refused(f"expected YYYY-MM-DD HH:MM:SS in {where}.lastUpdated, which reads {wire.excerpt(sent)}") from error
    return local.astimezone(UTC)
