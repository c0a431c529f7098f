"""What the Committee and its Desk said: three checked-in, cited tables, read strictly.

    fomc_calendar.csv   every meeting of the Federal Open Market Committee from 2018, with the target range it decided
    desk_plans.csv      what the Desk said it would buy: amounts only where a source names one, else empty
    policy_events.csv   what else belongs on the timeline: implementation notes, facility changes, minutes, speeches, and the one
                        unscheduled meeting (October 2019) that had nothing to do with the range

Owns the form of a row and what must hold in one; what the columns mean stands in `sql/core`. To amend: append a row (a plan
names the one it `supersedes`), fill the range of a meeting that has been held; never rewrite what was known. Reading is
`cited.py`; what futures say about the meetings ahead is `path.py`. Whether the ranges agree with FRED is checked in
`sql/mart/policy_decisions.sql`.
"""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

import polars as pl
from pydantic import Field, model_validator

from pipelines import calendars
from pipelines.policy import cited
from pipelines.policy.cited import CitedError, Row, Source

FOLDER = Path(__file__).parent
NEW_YORK = ZoneInfo("America/New_York")
STATEMENT = time(14)  # New York, of every scheduled meeting since March 2013

Percent = Annotated[float, Field(ge=0, le=25, multiple_of=0.125)]
Billions = Annotated[float, Field(gt=0, le=500)]


class Meeting(Row):
    """One meeting of the Committee. No range until it is held; `scheduled_on` only where a source dates the announcement."""

    decision_date: date
    decision_at: datetime
    effective_date: date
    scheduled: bool
    scheduled_on: date | None
    schedule_url: Source | None
    cancelled_at: datetime | None
    lower_percent: Percent | None
    upper_percent: Percent | None
    source_url: Source

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        local = self.decision_at.astimezone(NEW_YORK)
        announced = self.scheduled_on is not None
        _demand("decision_at lies on decision_date in New York", local.date() == self.decision_date)
        _demand("a scheduled meeting speaks at 14:00 New York", not self.scheduled or local.time() == STATEMENT)
        _demand("effective_date is the next bank day", self.effective_date == calendars.next_session("FED", self.decision_date))
        _demand("scheduled_on goes with schedule_url", announced == (self.schedule_url is not None))
        _demand("only a scheduled meeting was announced", self.scheduled or not announced)
        _demand("it was announced before it was held", not announced or str(self.scheduled_on) < str(self.decision_date))
        _demand("a range has both limits", (self.lower_percent is None) == (self.upper_percent is None))
        _demand("the lower limit lies below the upper", (self.lower_percent or 0) < (self.upper_percent or 1))
        _demand("a cancelled meeting decides nothing", self.cancelled_at is None or self.lower_percent is None)
        return self


class Plan(Row):
    """What the Desk said it would do in a period. An amount nobody published is None, never a guess."""

    plan_id: str
    announced_on: date
    known_at: datetime
    period_start: date
    period_end: date | None
    monthly_amount_usd_bn: Billions | None
    reinvestment_usd_bn: Billions | None
    kind: Literal["reserve_management", "reinvestment"]
    evidence: Literal["statement", "speech", "press"]
    title: Annotated[str, Field(max_length=140)]
    summary: str
    source_url: Source
    supersedes: str | None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        _demand("known_at does not lie before announced_on", self.known_at.astimezone(NEW_YORK).date() >= self.announced_on)
        _demand("period_end does not lie before period_start", self.period_end is None or self.period_end >= self.period_start)
        return self


class Event(Row):
    """Something said or changed that is neither a decision on the range nor a plan. A day without an hour ends in New York."""

    event_id: str
    event_at: datetime
    effective_date: date
    known_at: datetime
    type: Literal["BALANCE_SHEET_POLICY", "IMPLEMENTATION_NOTE", "DESK_STATEMENT", "FACILITY_CHANGE", "MINUTES", "SPEECH"]
    status: Literal["planned", "executed"]
    title: str
    amount_usd_bn: Billions | None
    source_url: Source


def known_by(clock: datetime) -> dict[str, pl.DataFrame]:
    """The three tables by name, as far as they were known at `clock`: what a run that stands there may hold.

    Raises:
        CitedError: names file and line.
    """
    tables = {"fomc_meetings": fomc_meetings(), "desk_plans": desk_plans(), "policy_events": policy_events()}
    return {name: told.filter(pl.col("known_at") <= clock) for name, told in tables.items()}


def fomc_meetings(path: Path = FOLDER / "fomc_calendar.csv") -> pl.DataFrame:
    """The meetings as they became known, one row a meeting and `known_at`: announced, decided, cancelled.

    Columns are those of `Meeting` less the announcement's own, and known_at. An announced meeting has no range. Where no
    source dates the announcement, it counts as known from 1 January of the meeting's year: each of the six that a source
    dates was out by the September before.

    Raises:
        CitedError: names file and line.
    """
    told = []
    for meeting in cited.read(path, Meeting):
        row = meeting.model_dump()
        ahead = row | {"lower_percent": None, "upper_percent": None, "cancelled_at": None}
        if meeting.scheduled:
            told.append(ahead | {"known_at": _day_ends(meeting.scheduled_on or date(meeting.decision_date.year - 1, 12, 31))})
        if meeting.cancelled_at is not None:
            told.append(row | {"known_at": meeting.cancelled_at})
        if meeting.lower_percent is not None:
            told.append(row | {"known_at": meeting.decision_at})
    known_at = pl.Series("known_at", [row["known_at"] for row in told], dtype=pl.Datetime("us", "UTC"))
    return cited.frame(told, Meeting).drop("scheduled_on", "schedule_url").with_columns(known_at)


def desk_plans(path: Path = FOLDER / "desk_plans.csv") -> pl.DataFrame:
    """The plans, one row each; columns are those of `Plan`.

    Raises:
        CitedError: names file and line; also for a plan that supersedes one which does not stand above it.
    """
    plans = cited.read(path, Plan)
    seen: set[str] = set()
    for line, plan in enumerate(plans, start=2):
        if plan.supersedes is not None and plan.supersedes not in seen:
            raise CitedError(f"{path.name}:{line}: {plan.plan_id} supersedes {plan.supersedes}, which does not stand above it")
        seen.add(plan.plan_id)
    return cited.frame((plan.model_dump() for plan in plans), Plan)


def policy_events(path: Path = FOLDER / "policy_events.csv") -> pl.DataFrame:
    """The other events, one row each; columns are those of `Event`.

    Raises:
        CitedError: names file and line.
    """
    return cited.frame((event.model_dump() for event in cited.read(path, Event)), Event)


def _demand(claim: str, holds: bool) -> None:
    if not holds:
        raise ValueError(f"this must hold and does not: {claim}")


def _day_ends(day: date) -> datetime:
    """Midnight after `day` in New York: what only a date is known of counts as known from then."""
    return datetime.combine(day + timedelta(days=1), time(0), NEW_YORK).astimezone(UTC)
