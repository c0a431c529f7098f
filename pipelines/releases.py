"""When a value becomes known: one rule a release, from the date of a value to the instant of its publication.

Owns the rules, named in the catalog as `release`. The days on which a market or bank is open belong to
`pipelines.calendars`; what was really seen, and when, to the archive: a rule only dates what came out before we watched.

Hours are New York hours unless said. Those of FRED series are the update stamps FRED shows (August 2026); the others are
the publishers' schedules: federalreserve.gov/releases (H.4.1, H.6, H.15), newyorkfed.org/markets/reference-rates,
chicagofed.org/research/data/nfci, fiscaldata.treasury.gov (Daily Treasury Statement). No instant lies before the
scheduled hour, and a holiday moves it to the next business day of the publisher.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Literal, cast
from zoneinfo import ZoneInfo

import polars as pl

from pipelines import calendars, catalog
from pipelines.catalog import Series

NEW_YORK = "America/New_York"
TUESDAY, WEDNESDAY, FRIDAY = 2, 3, 5  # as ISO counts, from Monday, 1
MONTH_BACK = timedelta(days=130)  # far enough for the release of a monthly value, with a month to spare
DAYS_AHEAD = timedelta(days=14)  # a rate that is announced before its date
MORNING = time(7, 30)
RATES_FINAL = time(15, 0)  # the New York Fed may publish its rates once more, until 14:30
DUE_FROM = date(1990, 1, 1)  # before it a day without a value is not called missing
MARGIN = timedelta(days=20)  # more than any rule moves a date along its calendar

# Christmas week of 2020: ALFRED first holds the level of Wednesday, 23 December on Monday the 28th.
LATE_H41 = {date(2020, 12, 23): date(2020, 12, 28)}

Days = Callable[[pl.Series], pl.Series]


@dataclass(frozen=True)
class Rule:
    """Publication on `day(date)` at `at`, wall time in `zone`.

    `dated_on` names the calendar of the dates that get a value, where that is narrower than the calendar of the series;
    `weekday` the day to which the values of a weekly release belong (Monday is 1). `final`: the hour of the same day after
    which the publisher rewrites no more, where it says one. `polls`: the hours at which to look for events, which have no
    expected dates.
    """

    day: Days
    at: time
    zone: str = NEW_YORK
    dated_on: str | None = None
    weekday: int | None = None
    final: time | None = None
    polls: tuple[time, ...] = ()


def release_times(rule: str, dates: pl.Series) -> pl.Series:
    """The instant from which the value of each of `dates` can be known.

    Args:
        rule: a name in `RULES`.
        dates: Date, in any order, repeats allowed.

    Returns:
        Datetime("us", "UTC"), in the order of `dates`.

    Raises:
        KeyError: no such rule; the text names those there are.
        ValueError: a date is null.
    """
    found = _rule(rule)
    if dates.null_count():
        raise ValueError(f"{rule}: {dates.null_count()} of {len(dates)} dates are null")
    wall = found.day(dates).dt.combine(found.at, "us")
    return wall.dt.replace_time_zone(found.zone).dt.convert_time_zone("UTC").rename("known_at")


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
    first = max(DUE_FROM, calendars.TRUSTED_FROM[_rule(series.release).dated_on or series.calendar])
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
    rule = _rule(series.release)
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
    rule = _rule(series.release)
    local = now.astimezone(ZoneInfo(rule.zone))
    days = calendars.sessions(rule.dated_on or series.calendar, local.date() - MARGIN, local.date())
    polls = [datetime.combine(day, at, ZoneInfo(rule.zone)).astimezone(UTC) for day in days[-2:] for at in rule.polls]
    return max((poll for poll in polls if poll <= now), default=None)


def _instant(known_at: pl.Series) -> datetime:
    return cast(datetime, known_at[0]).astimezone(UTC)


def _dates(series: Series, first: date, last: date) -> list[date]:
    """The dates from `first` to `last` that get a value."""
    rule = _rule(series.release)
    if series.frequency == "daily":
        return calendars.sessions(rule.dated_on or series.calendar, first, last)
    days = calendars.sessions("24x7", first, last)
    if series.frequency == "monthly":
        return [day for day in days if day.day == 1]
    return [day for day in days if day.isoweekday() == rule.weekday]


def _rule(name: str) -> Rule:
    if name not in RULES:
        raise KeyError(f"no release rule {name!r}; there are {', '.join(RULES)}")
    return RULES[name]


def _the_day(dates: pl.Series) -> pl.Series:
    return dates


def _the_day_after(dates: pl.Series) -> pl.Series:
    return dates.dt.offset_by("1d")


def _after(calendar: str) -> Days:
    """The first open day after each date."""
    return lambda dates: _place(calendar, dates, "right", 0)


def _before(calendar: str) -> Days:
    """The last open day before each date."""
    return lambda dates: _place(calendar, dates, "left", -1)


def _from(calendar: str, dates: pl.Series) -> pl.Series:
    """Each date itself where open, else the next open day."""
    return _place(calendar, dates, "left", 0)


def _place(calendar: str, dates: pl.Series, side: Literal["left", "right"], step: int) -> pl.Series:
    """The open day that stands `step` places from where each date belongs among the open days, before or after its like."""
    if dates.is_empty():
        return dates
    first, last = cast(date, dates.min()), cast(date, dates.max())
    days = pl.Series(calendars.sessions(calendar, first - MARGIN, last + MARGIN), dtype=pl.Date)
    return days.gather(days.search_sorted(dates, side).cast(pl.Int64) + step)


def _after_the_wednesday(dates: pl.Series) -> pl.Series:
    """The next bank day; where the banks are closed on the date itself, one more: the statement needs a day of work."""
    start = _from("FED", dates)
    return pl.select(pl.lit(dates).replace_strict(LATE_H41, default=_after("FED")(start))).to_series()


def _wednesday_after(dates: pl.Series) -> pl.Series:
    return _from("FED", _plus(dates, (WEDNESDAY - dates.dt.weekday() + 6) % 7 + 1))


def _fourth_tuesday_of_the_next_month(dates: pl.Series) -> pl.Series:
    month = dates.dt.month_start().dt.offset_by("1mo")
    return _from("FED", _plus(month, (TUESDAY - month.dt.weekday()) % 7 + 21))


def _plus(dates: pl.Series, days: pl.Series) -> pl.Series:
    return pl.select(pl.lit(dates) + pl.duration(days=pl.lit(days.cast(pl.Int64)))).to_series()


RULES: dict[str, Rule] = {
    "us_equity_close": Rule(_the_day, time(16, 30)),
    "cme_settlement": Rule(_the_day, time(18, 0)),
    "utc_day": Rule(_the_day_after, time(0, 10), zone="UTC"),
    "lbma": Rule(_the_day, time(18, 0), zone="Europe/London"),
    "h41": Rule(_after_the_wednesday, time(16, 32), weekday=WEDNESDAY),
    "soma": Rule(_after_the_wednesday, time(16, 30), weekday=WEDNESDAY),
    "on_rrp": Rule(_the_day, time(14, 2), dated_on="REPO"),
    "secured_rates": Rule(_after("REPO"), time(8, 2), dated_on="REPO", final=RATES_FINAL),
    "unsecured_rates": Rule(_after("FED"), time(9, 2), final=RATES_FINAL),
    "dff": Rule(_after("FED"), time(16, 16)),
    "target_range": Rule(_the_day, time(8, 1)),
    "iorb": Rule(_before("FED"), time(16, 31)),
    "h15": Rule(_after("FED"), time(16, 16)),
    "vix": Rule(_after("XNYS"), time(9, 40)),
    "fred_index_close": Rule(_the_day, time(20, 11)),
    "high_yield_spread": Rule(_after("FED"), time(9, 0), dated_on="REPO"),
    "nfci": Rule(_wednesday_after, time(8, 30), weekday=FRIDAY),
    "m2": Rule(_fourth_tuesday_of_the_next_month, time(13, 0)),
    "dts": Rule(_after("FED"), time(16, 0)),
    "nyfed_operation": Rule(  # the hour is for records without the minute at which bidding closed
        _the_day, time(11, 30), dated_on="REPO", polls=(time(9, 10), time(9, 30), time(11, 30), time(13, 20), time(14, 50))
    ),
}
