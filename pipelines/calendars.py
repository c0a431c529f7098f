"""Exchange and bank calendars: on which days a market trades, a bank is open, a rate is fixed.

Owns the days. At which hour of a day something becomes known belongs to `pipelines.releases`.

The holidays come from the `holidays` library, put together here into eight calendars:

    XNYS   New York Stock Exchange. Equal to the days with a Russell 2000 close on every day since 1987.
    SIFMA  US bond market, recommended full closes. Equal to the days with a DGS10 value since 1999 but 2001-09-11.
    FED    Federal Reserve Banks. A Saturday holiday closes no Friday. Equal to the days with an OBFR value since 2016.
    REPO   SIFMA less every Good Friday: where SIFMA recommends an early close only, the repo market and the Desk keep it
           as a holiday all the same (newyorkfed.org/markets/opolicy/operating_policy_210303). Equal to the SOFR dates.
    XLON   London: weekdays less the bank holidays of England. Equal to the days with an LBMA silver fix since 2000; on
           24 and 31 December, or the last session before them, there is no afternoon gold fix.
    XCME   Days with a settlement price. The library's own CME calendar holds full closes only and keeps the minor
           holidays (Martin Luther King Day, Labor Day) as half days; trades of these days settle on the next one, so
           the days with a settlement are the sessions of XNYS (federal funds futures 2024 to 2026: no difference).
    24x7   Every day.

Every calendar rests on Monday to Friday. The NYSE traded on Saturdays until September 1952, index histories that
reach back so far leave those out, and so do we. `TRUSTED_FROM` says from when the library's rules are good enough to
call a day without a value missing; before it the calendars serve to date releases, nothing more.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

from holidays.countries.united_kingdom import UnitedKingdom
from holidays.countries.united_states import UnitedStates
from holidays.financial.federal_reserve import FederalReserve
from holidays.financial.ny_stock_exchange import NewYorkStockExchange
from holidays.financial.sifma import SIFMA

FRIDAY, SATURDAY = 4, 5
TRUSTED_FROM = {
    "XNYS": date(1990, 1, 1),
    "SIFMA": date(1999, 1, 1),
    "FED": date(1999, 1, 1),
    "REPO": date(1999, 1, 1),
    "XLON": date(2000, 1, 1),
    "XCME": date(2000, 1, 1),
    "24x7": date(1900, 1, 1),
}


def is_session(calendar: str, day: date) -> bool:
    """Whether the market or bank of that calendar is open on `day`.

    Raises:
        KeyError: no calendar of that name; the text names those there are.
    """
    return day in _year(calendar, day.year)


def closure(calendar: str, day: date) -> str | None:
    """What closes that calendar on `day`: the name of the holiday, or of the day of the weekend; None where it is open.

    Raises:
        KeyError: no calendar of that name; the text names those there are.
    """
    if is_session(calendar, day):
        return None
    return CLOSED[calendar](day.year).get(day, f"{day:%A}")


def sessions(calendar: str, start: date, end: date) -> list[date]:
    """The open days from `start` to `end`, both included, ascending."""
    days = [day for year in range(start.year, end.year + 1) for day in _ordered(calendar, year)]
    return days[bisect_left(days, start) : bisect_right(days, end)]


def next_session(calendar: str, day: date, n: int = 1) -> date:
    """The `n`-th open day after `day` (n >= 1); `day` itself never counts."""
    return _walk(calendar, day, n, timedelta(days=1))


def previous_session(calendar: str, day: date, n: int = 1) -> date:
    """The `n`-th open day before `day` (n >= 1); `day` itself never counts."""
    return _walk(calendar, day, n, timedelta(days=-1))


def _walk(calendar: str, day: date, n: int, step: timedelta) -> date:
    if n < 1:
        raise ValueError(f"n counts sessions from 1, got {n}")
    while n:
        day += step
        n -= is_session(calendar, day)
    return day


@cache
def _year(calendar: str, year: int) -> frozenset[date]:
    return frozenset(_ordered(calendar, year))


@cache
def _ordered(calendar: str, year: int) -> tuple[date, ...]:
    first = date(year, 1, 1)
    days = (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days))
    if calendar == "24x7":
        return tuple(days)
    if calendar not in CLOSED:
        raise KeyError(f"no calendar {calendar!r}; there are {', '.join(TRUSTED_FROM)}")
    closed = CLOSED[calendar](year)
    return tuple(day for day in days if day.weekday() < SATURDAY and day not in closed)


def _nyse(year: int) -> dict[date, str]:
    return dict(NewYorkStockExchange(years=year))


def _london(year: int) -> dict[date, str]:
    return dict(UnitedKingdom(subdiv="ENG", years=year))


def _federal_reserve(year: int) -> dict[date, str]:
    """Bank holidays of the Reserve Banks; before the library's first year, the federal holidays without their Fridays."""
    if year >= FederalReserve.start_year:
        return dict(FederalReserve(years=year))
    federal = UnitedStates(years=year)
    return {day: name for day, name in federal.items() if not (day.weekday() == FRIDAY and name.endswith("(observed)"))}


def _sifma(year: int) -> dict[date, str]:
    """Recommended full closes; before SIFMA recommended any, the days on which the Reserve Banks were closed."""
    return dict(SIFMA(years=year)) if year >= SIFMA.start_year else _federal_reserve(year)


def _repo(year: int) -> dict[date, str]:
    nyse = NewYorkStockExchange(years=year)
    return _sifma(year) | {day: nyse[day] for day in nyse.get_named("Good Friday")}


CLOSED: dict[str, Callable[[int], dict[date, str]]] = {
    "XNYS": _nyse,
    "XCME": _nyse,
    "XLON": _london,
    "FED": _federal_reserve,
    "SIFMA": _sifma,
    "REPO": _repo,
}
