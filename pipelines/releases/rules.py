"""The rules of releases: from the date of a value to the instant of its publication, one rule a release.

Hours are New York hours unless said. Those of FRED series are the update stamps FRED shows (August 2026); the others are
the publishers' schedules: federalreserve.gov/releases (H.4.1, H.6, H.15), newyorkfed.org/markets/reference-rates,
chicagofed.org/research/data/nfci, fiscaldata.treasury.gov (Daily Treasury Statement). No instant lies before the
scheduled hour, and a holiday moves it to the next business day of the publisher.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Literal, cast

import polars as pl

from pipelines import calendars

NEW_YORK = "America/New_York"
TUESDAY, WEDNESDAY, FRIDAY = 2, 3, 5  # as ISO counts, from Monday, 1
RATES_FINAL = time(15, 0)  # the New York Fed may publish its rates once more, until 14:30
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
    found = named(rule)
    if dates.null_count():
        raise ValueError(f"{rule}: {dates.null_count()} of {len(dates)} dates are null")
    wall = found.day(dates).dt.combine(found.at, "us")
    return wall.dt.replace_time_zone(found.zone).dt.convert_time_zone("UTC").rename("known_at")


def named(name: str) -> Rule:
    """The rule of that name.

    Raises:
        KeyError: no such rule; the text names those there are.
    """
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
