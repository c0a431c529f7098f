"""The priced path of every trade date: the rows of `mart.policy_path`.

Owns which settlements, meetings and target range make up the curve of a day; the arithmetic on it is `path.py`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from pipelines.policy.path import STEP_BP, DecisionDay, Step, path

HORIZON_DAYS = 366  # meetings of a year ahead get a row even where the curve does not reach them
CHANCE = pl.Struct({"lower_bp": pl.Int64, "probability": pl.Float64})
COLUMNS: dict[str, tuple[Any, str]] = {
    "as_of_date": (pl.Date, "Trade date of the settlements."),
    "meeting_date": (pl.Date, "Day of the decision ahead."),
    "rate_before_percent": (pl.Float64, "Expected effective rate before the meeting; null where the curve cannot tell."),
    "rate_after_percent": (pl.Float64, "Expected effective rate after the meeting; null where the curve cannot tell."),
    "expected_change_bp": (pl.Float64, "rate_after_percent less rate_before_percent, basis points."),
    "probabilities": (
        pl.List(CHANCE),
        "Target ranges after the meeting, by lower limit in basis points, with their probability; null where one cannot be found.",
    ),
    "status": (pl.String, "OK or INSUFFICIENT_DATA."),
    "missing": (pl.String, "What INSUFFICIENT_DATA waits for; null for OK."),
    "decision_day": (pl.String, "before: the day of the decision counts at the old rate (CME's tool); after: at the new one."),
    "known_at": (pl.Datetime("us", "UTC"), "Instant from which this row could be known, UTC."),
}


@dataclass(frozen=True)
class _Meeting:
    day: date
    known_at: datetime
    scheduled: bool
    cancelled_at: datetime | None
    lower_bp: int | None


def policy_path(settlements: pl.DataFrame, meetings: pl.DataFrame, *, decision_day: DecisionDay = "before") -> pl.DataFrame:
    """Every trade date's path (columns: COLUMNS), in order of trade date and meeting.

    Args:
        settlements: core.futures_settlements (contract_month, trade_date, settle, known_at).
        meetings: core.fomc_meetings (decision_date, scheduled, cancelled_at, lower_percent, known_at).

    Everything in them is used, and a meeting only as it was known on the trade date: an unscheduled one not before it is
    held, a cancelled one until it is cancelled. Filtered by known_at, both give the answer as of that moment.
    """
    calendar = list(_calendar(meetings))
    rows: list[dict[str, Any]] = []
    for (day,), curve in settlements.sort("trade_date", "contract_month").group_by(["trade_date"], maintain_order=True):
        assert isinstance(day, date)
        rows += _rows(day, curve, calendar, decision_day)
    return pl.DataFrame(rows, schema={name: dtype for name, (dtype, _) in COLUMNS.items()}, orient="row")


def _rows(day: date, curve: pl.DataFrame, calendar: list[_Meeting], decision_day: DecisionDay) -> Iterator[dict[str, Any]]:
    prices = dict(zip(curve["contract_month"], curve["settle"], strict=True))
    known_at: datetime = curve["known_at"].max()  # pyright: ignore[reportAssignmentType] a column of instants
    held = [m for m in calendar if m.day <= day and m.cancelled_at is None]
    last = max(prices)
    seen = [m.day for m in calendar if _is_ahead(m, day, known_at) and (f"{m.day:%Y-%m}" <= last or (m.day - day).days <= HORIZON_DAYS)]
    this_month = [m.day for m in held if (m.day.year, m.day.month) == (day.year, day.month)]
    for step in path(day, prices, [*this_month, *seen], held[-1].lower_bp if held else None, decision_day=decision_day):
        yield _row(day, step) | {"decision_day": decision_day, "known_at": max([known_at, *(m.known_at for m in held[-1:])])}


def _row(day: date, step: Step) -> dict[str, Any]:
    chances = step.probabilities
    return {
        "as_of_date": day,
        "meeting_date": step.meeting,
        "rate_before_percent": step.rate_before,
        "rate_after_percent": step.rate_after,
        "expected_change_bp": None if step.moves is None else step.moves * STEP_BP,
        "probabilities": None if chances is None else [{"lower_bp": k, "probability": p} for k, p in chances.items()],
        "status": step.status,
        "missing": step.missing,
    }


def _is_ahead(meeting: _Meeting, day: date, known_at: datetime) -> bool:
    return meeting.scheduled and meeting.day > day and (meeting.cancelled_at is None or meeting.cancelled_at > known_at)


def _calendar(meetings: pl.DataFrame) -> Iterable[_Meeting]:
    for row in meetings.sort("decision_date").iter_rows(named=True):
        lower = row["lower_percent"]
        yield _Meeting(
            day=row["decision_date"],
            known_at=row["known_at"],
            scheduled=row["scheduled"],
            cancelled_at=row["cancelled_at"],
            lower_bp=None if lower is None else round(100 * lower),
        )
