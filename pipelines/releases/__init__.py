"""Releases: of a series, which dates get a value, when each is out, and what should be there by now.

Owns the questions that a catalog row is asked through its `release`; the rules themselves stand in `rules.py`. The days on
which a market or bank is open belong to `pipelines.calendars`; what was really seen, and when, to the archive: a rule only
dates what came out before we watched.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import cast
from zoneinfo import ZoneInfo

import polars as pl

from pipelines import calendars, catalog
from pipelines.catalog import Series
from pipelines.releases.rules import MARGIN, NEW_YORK, RULES, named, release_times

__all__ = ["NEW_YORK", "RULES", "due_dates", "first_missing", "last_poll", "newest_date", "release_times", "settled_at"]

MONTH_BACK = timedelta(days=130)  # far enough for the release of a monthly value, with a month to spare
DAYS_AHEAD = timedelta(days=14)  # a rate that is announced before its date
MORNING = time(7, 30)
DUE_FROM = date(1990, 1, 1)  # before it a day without a value is not called missing


@cache
def due_dates(last: date) -> pl.DataFrame:
    """Every date up to `last` that gets a value, and when it is out: once for all series of a release, calendar and frequency.

    Columns: release, calendar, frequency, date, known_at (UTC). A release of events has none. The dates begin where the
    calendar is trusted, and with 1990.
    """
    kinds = {(series.release, series.calendar, series.frequency): series for series in catalog.load() if series.frequency != "event"}
    tables = [_due(series, last) for series in kinds.values()]
    return pl.concat(tables).sort("release", "calendar", "frequency", "date")


def _due(series: Series, last: date) -> pl.DataFrame:
    first = max(DUE_FROM, calendars.TRUSTED_FROM[named(series.release).dated_on or series.calendar])
    dates = pl.Series("date", _dates(series, first, last), dtype=pl.Date)
    return pl.DataFrame(dates).select(
        *(pl.lit(getattr(series, name)).alias(name) for name in ("release", "calendar", "frequency")),
        "date",
        release_times(series.release, dates),
    )


def newest_date(series: Series, now: datetime) -> date | None:
    """The newest date of `series` that was out by `now`: what a warehouse should hold if nothing is late.

    None for a series of events, which come when they come.

    Raises:
        ValueError: `now` does not know its time zone.
        KeyError: the series names a rule that nobody wrote.
    """
    if now.tzinfo is None:
        raise ValueError(f"now must know its time zone, got {now}")
    if series.frequency == "event":
        return None
    today = now.astimezone(UTC).date()
    dates = pl.Series(_dates(series, today - MONTH_BACK, today + DAYS_AHEAD), dtype=pl.Date)
    out = release_times(series.release, dates) <= now.astimezone(UTC)
    return cast(date | None, dates.filter(out).max())


def first_missing(series: Series, held: date | None, now: datetime) -> tuple[date, datetime] | None:
    """The first date after `held` whose value was out by `now`, and the instant at which it came out; None if nothing is.

    Of a series that holds nothing, the newest date that was out.

    Raises:
        ValueError: `now` does not know its time zone.
        KeyError: the series names a rule that nobody wrote.
    """
    newest = newest_date(series, now)
    if newest is None or (held is not None and newest <= held):
        return None
    dates = _dates(series, held + timedelta(days=1), newest) if held else [newest]
    return dates[0], _instant(release_times(series.release, pl.Series(dates[:1], dtype=pl.Date)))


def settled_at(series: Series, day: date) -> datetime:
    """The instant from which the value of that date is not expected to change by itself.

    The publisher's own hour where it says one (`Rule.final`), else the morning after its release, 07:30 New York: by then
    vendors have replaced what they showed in the evening.

    Raises:
        KeyError: the series names a rule that nobody wrote.
    """
    rule = named(series.release)
    released = _instant(release_times(series.release, pl.Series([day], dtype=pl.Date)))
    if rule.final is not None:
        return datetime.combine(released.astimezone(ZoneInfo(rule.zone)), rule.final, ZoneInfo(rule.zone)).astimezone(UTC)
    local = released.astimezone(ZoneInfo(NEW_YORK))
    morning = datetime.combine(local.date(), MORNING, ZoneInfo(NEW_YORK))
    return (morning if morning >= local else morning + timedelta(days=1)).astimezone(UTC)


def last_poll(series: Series, now: datetime) -> datetime | None:
    """The last instant by `now` at which there was reason to look for events of that series; None where its rule polls never.

    Raises:
        KeyError: the series names a rule that nobody wrote.
    """
    rule = named(series.release)
    local = now.astimezone(ZoneInfo(rule.zone))
    days = calendars.sessions(rule.dated_on or series.calendar, local.date() - MARGIN, local.date())
    polls = [datetime.combine(day, at, ZoneInfo(rule.zone)).astimezone(UTC) for day in days[-2:] for at in rule.polls]
    return max((poll for poll in polls if poll <= now), default=None)


def _instant(known_at: pl.Series) -> datetime:
    return cast(datetime, known_at[0]).astimezone(UTC)


def _dates(series: Series, first: date, last: date) -> list[date]:
    """The dates from `first` to `last` that get a value."""
    rule = named(series.release)
    if series.frequency == "daily":
        return calendars.sessions(rule.dated_on or series.calendar, first, last)
    days = calendars.sessions("24x7", first, last)
    if series.frequency == "monthly":
        return [day for day in days if day.day == 1]
    return [day for day in days if day.isoweekday() == rule.weekday]
