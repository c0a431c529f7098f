"""Freshness a minute before and a minute after each release on odd days: both changes of the clock, Thanksgiving, Christmas, Good Friday.

What is held is the newest date of the minute before; the expected dates are written by hand from the publishers' calendars.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pipelines import catalog, releases, status
from pipelines.warehouse import Warehouse

RELEASES = [  # series, the date that comes out, when (New York unless said), the date before it
    ("sp500", "2025-10-31", "2025-10-31 16:30", "2025-10-30"),
    ("sp500", "2025-11-03", "2025-11-03 16:30", "2025-10-31"),  # 21:30 UTC, not 20:30
    ("gold", "2025-10-31", "2025-10-31 14:00", "2025-10-30"),  # London has left summer time, New York has not
    ("gold", "2025-11-03", "2025-11-03 13:00", "2025-10-31"),
    ("btc_usd", "2025-11-01", "2025-11-01 20:10", "2025-10-31"),
    ("btc_usd", "2025-11-02", "2025-11-02 19:10", "2025-11-01"),
    ("target_upper", "2025-11-02", "2025-11-02 08:01", "2025-11-01"),
    ("sp500", "2025-11-26", "2025-11-26 16:30", "2025-11-25"),
    ("sp500", "2025-11-28", "2025-11-28 16:30", "2025-11-26"),  # trading ends at 13:00, the rule waits
    ("gold", "2025-11-27", "2025-11-27 13:00", "2025-11-26"),
    ("fed_total_assets", "2025-11-26", "2025-11-28 16:32", "2025-11-19"),  # Thursday is Thanksgiving
    ("soma_bills", "2025-11-26", "2025-11-28 16:30", "2025-11-19"),
    ("effr", "2025-11-26", "2025-11-28 09:02", "2025-11-25"),
    ("treasury_cash_daily", "2025-11-26", "2025-11-28 16:00", "2025-11-25"),
    ("sp500", "2025-12-24", "2025-12-24 16:30", "2025-12-23"),
    ("sp500", "2025-12-26", "2025-12-26 16:30", "2025-12-24"),
    ("fed_total_assets", "2025-12-24", "2025-12-26 16:32", "2025-12-17"),
    ("sofr", "2025-12-24", "2025-12-26 08:02", "2025-12-23"),
    ("btc_usd", "2025-12-25", "2025-12-25 19:10", "2025-12-24"),
    ("silver", "2025-12-29", "2025-12-29 13:00", "2025-12-24"),  # London keeps Boxing Day
    ("sp500", "2026-03-06", "2026-03-06 16:30", "2026-03-05"),
    ("sp500", "2026-03-09", "2026-03-09 16:30", "2026-03-06"),  # 20:30 UTC, not 21:30
    ("gold", "2026-03-09", "2026-03-09 14:00", "2026-03-06"),  # New York has summer time, London not yet
    ("btc_usd", "2026-03-08", "2026-03-08 20:10", "2026-03-07"),
    ("sp500", "2026-04-02", "2026-04-02 16:30", "2026-04-01"),
    ("sp500", "2026-04-06", "2026-04-06 16:30", "2026-04-02"),
    ("fed_total_assets", "2026-04-01", "2026-04-02 16:32", "2026-03-25"),
    ("effr", "2026-04-02", "2026-04-03 09:02", "2026-04-01"),  # the Fed works on Good Friday
    ("sofr", "2026-04-02", "2026-04-06 08:02", "2026-04-01"),  # the repo market does not
    ("on_rrp", "2026-04-06", "2026-04-06 14:02", "2026-04-02"),
    ("treasury_cash_daily", "2026-04-02", "2026-04-03 16:00", "2026-04-01"),
    ("gold", "2026-04-07", "2026-04-07 13:00", "2026-04-02"),  # Easter Monday
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return Warehouse(tmp_path_factory.mktemp("freshness") / "warehouse.duckdb")


def hold(warehouse: Warehouse, series: catalog.Series, newest: str) -> None:
    """The series, asked with success, up to that date."""
    with warehouse.transaction() as connection:
        connection.execute("delete from raw.captures; delete from raw.observations; delete from raw.price_bars")
        connection.execute(
            "insert into raw.captures (capture_id, series_id, asked_at, remaining, outcome) values ('c', ?, now(), 0, 'accepted')",
            [series.series_id],
        )
        columns = "series_id, session_date, close" if series.shape == "price_bars" else "series_id, date, value"
        connection.execute(f"insert into raw.{series.shape} ({columns}) values (?, ?::date, 1)", [series.series_id, newest])


def verdict(warehouse: Warehouse, series: catalog.Series, now: datetime) -> str:
    found = {item.series.series_id: item for item in status.freshness(warehouse, now)}
    return found[series.series_id].verdict


@pytest.mark.parametrize(("name", "day", "at", "before"), RELEASES, ids=[f"{name} {day}" for name, day, *_ in RELEASES])
def test_a_series_turns_stale_at_the_minute_of_its_release_and_fresh_once_held(warehouse, monkeypatch, name, day, at, before):
    series = catalog.by_id(name)
    monkeypatch.setattr(status.catalog, "load", lambda: (series,))
    out = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
    with warehouse.writing():
        hold(warehouse, series, before)
        assert verdict(warehouse, series, out - timedelta(minutes=1)) == "fresh"
        assert verdict(warehouse, series, out) == "stale"
        hold(warehouse, series, day)
        assert verdict(warehouse, series, out) == "fresh"
    assert releases.first_missing(series, date.fromisoformat(before), out) == (date.fromisoformat(day), out)
