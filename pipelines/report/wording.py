"""How the report writes figures, days and ages: one way for each, everywhere on the page."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

UNBROKEN = "\u00a0"  # between a number and its unit


def percent(fraction: float | None, digits: int = 1) -> str:
    """A fraction as percent with a true minus sign; empty where there is none."""
    return "" if fraction is None else f"{amount(100 * fraction, digits)}{UNBROKEN}%"


def below(fraction: float) -> str:
    """How far below something a drawdown is, without its sign."""
    return percent(abs(fraction))


def amount(value: float | None, digits: int = 1) -> str:
    """A number with thousands apart and a true minus sign; never a minus zero. Empty where there is none."""
    if value is None:
        return ""
    return f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", "−")


def signed(value: float | None, digits: int = 1) -> str:
    """As `amount`, with its plus sign."""
    said = amount(value, digits)
    return f"+{said}" if value is not None and round(value, digits) > 0 else said


def day(value: date | None) -> str:
    """A day as ISO writes it; empty where there is none."""
    return "" if value is None else f"{value:%Y-%m-%d}"


def instant(value: datetime | None) -> str:
    """An instant in UTC to the minute; empty where there is none."""
    return "" if value is None else f"{value:%Y-%m-%d %H:%M} UTC"


def counted(number: int, one: str, many: str) -> str:
    """A count with its noun."""
    return f"{number:,} {one if number == 1 else many}"


def listed(names: Sequence[str], most: int = 3) -> str:
    """The first names as a sentence says them, and how many more there are."""
    shown, more = list(names[:most]), len(names) - most
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def span(time: timedelta) -> str:
    """A length of time in its two largest units of days, hours and minutes."""
    days, seconds = divmod(max(int(time.total_seconds()), 0), 86400)
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    units = [(days, "day", "days"), (hours, "hour", "hours"), (minutes, "minute", "minutes")]
    said = [counted(*unit) for unit in units if unit[0]][:2]
    return " ".join(said) or "less than a minute"
