"""What to ask for now, and why: a series whose newest value we lack, or may hold in a state that was not final.

Owns the four reasons and the patience with a vendor that is late or refuses. When a value is out or final belongs to
`pipelines.releases`, where the warehouse stands to `pipelines.standing`. Pure: the same standings and the same moment
give the same answer, whoever asks, and however long nobody asked.

    never asked      nothing was asked yet
    not whole        the last answers were refused, or did not come: again, at growing distances
    out              a date is out that is not held, or quarantined: again at growing distances while the vendor is late
    final            the newest value was read before it was final: its repair pull, with the overlap behind it
    looked for       events come when they come: look once at each hour of their rule
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pipelines import calendars, releases
from pipelines.catalog import Series
from pipelines.standing import Standing

NEW_YORK = ZoneInfo(releases.NEW_YORK)
LONGEST_WAIT = timedelta(hours=20)  # whatever fails, it is asked again every morning
MARKETS = {"XNYS": "NYSE", "FED": "Fed", "REPO": "repo market", "XLON": "London"}


@dataclass(frozen=True)
class Due:
    """A series to ask for now, and the reason."""

    series: Series
    reason: str


def due(wanted: Iterable[Series], standings: Mapping[str, Standing], now: datetime) -> list[Due]:
    """Those of the wanted series that are due at `now` (UTC), each with its reason, in the order given."""
    reasons = ((series, _reason(series, standings.get(series.series_id), now)) for series in wanted)
    return [Due(series, reason) for series, reason in reasons if reason is not None]


def closures(now: datetime) -> str:
    """Which markets are closed on the New York day of `now`, and why; empty where all are open."""
    day = now.astimezone(NEW_YORK).date()
    closed = [(name, calendars.closure(calendar, day)) for calendar, name in MARKETS.items()]
    return "; ".join(f"{name} closed: {why}" for name, why in closed if why)


def _reason(series: Series, stands: Standing | None, now: datetime) -> str | None:
    if stands is None:
        return "never asked"
    if not stands.is_whole:
        since = stands.failing_since or stands.asked_at
        return f"not whole since {since:%Y-%m-%d %H:%M} UTC" if _is_patient(since, stands.asked_at, now) else None
    if series.frequency == "event":
        poll = releases.last_poll(series, now)
        return f"looked for at {_clock(poll)}" if poll is not None and stands.asked_at < poll else None
    missing = releases.first_missing(series, stands.newest, now)
    if missing is not None:
        day, out_at = missing
        told = f"{day} is out since {_clock(out_at)}" + (", what is held of it is quarantined" if stands.quarantined == day else "")
        return told if _is_patient(out_at, stands.asked_at, now) else None
    return _repair(series, stands, now)


def _repair(series: Series, stands: Standing, now: datetime) -> str | None:
    if stands.newest is None:
        return None
    final_at = releases.settled_at(series, stands.newest)
    return f"{stands.newest} is final since {_clock(final_at)}" if stands.asked_at < final_at <= now else None


def _is_patient(since: datetime, asked_at: datetime, now: datetime) -> bool:
    """Whether as much time has passed since the last question as half of what had passed until then; at most a day."""
    waited = max(asked_at - since, timedelta())
    return now - asked_at >= min(waited / 2, LONGEST_WAIT)


def _clock(instant: datetime) -> str:
    return f"{instant.astimezone(UTC).astimezone(NEW_YORK):%a %d %b %H:%M} New York"
