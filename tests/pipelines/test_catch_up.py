"""The machine was off for days: one run, asking only what is due, leaves the warehouse as if it had run every day."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines import catalog, due, ingest, standing
from pipelines.folder import DataFolder
from pipelines.sources import open_source
from pipelines.warehouse import Warehouse

SERIES = [catalog.by_id(name) for name in ("russell_2000", "btc_usd", "fed_total_assets", "on_rrp", "repo_operations")]
LAST_DAY_ON = datetime(2025, 11, 24, 23, tzinfo=UTC)  # Monday of Thanksgiving week
BACK = datetime(2025, 12, 8, 14, tzinfo=UTC)
TOLD = {
    "raw.price_bars": "series_id, contract_month, session_date, open, high, low, close, volume",
    "raw.observations": "series_id, date, value",
    "raw.operations": "series_id, family, operation_id, operation_date, status, accepted_usd",
}


@pytest.fixture(scope="module")
def run(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, list[datetime]], Warehouse]:
    """What days at those moments bring into a warehouse of their own, each asking what is due then."""

    def days(name: str, moments: list[datetime]) -> Warehouse:
        folder = DataFolder(tmp_path_factory.mktemp(name))
        warehouse = folder.warehouse()
        for now in moments:
            found = due.due(SERIES, standing.standings(warehouse), now)
            source = open_source("history", shared / "history", now)
            ingest.capture(source, folder.archive, warehouse, [item.series for item in found], lambda line: None)
            ingest.load(folder.archive, warehouse, lambda line: None)
        return warehouse

    return days


@pytest.fixture(scope="module")
def after_two_weeks_off(run) -> Warehouse:
    return run("off", [LAST_DAY_ON, BACK])


def told(warehouse: Warehouse) -> dict[str, list[tuple]]:
    return {table: warehouse.frame(f"select {columns} from {table} order by all").rows() for table, columns in TOLD.items()}


def test_two_weeks_off_leave_no_hole(run, after_two_weeks_off):
    assert told(after_two_weeks_off) == told(run("clean", [BACK]))


def test_it_is_what_daily_runs_would_hold(run, after_two_weeks_off):
    daily = run("daily", [LAST_DAY_ON, *(LAST_DAY_ON + timedelta(days=n) for n in (2, 5, 9)), BACK])
    assert told(after_two_weeks_off) == told(daily)


def test_the_run_after_the_gap_asked_no_more_than_the_overlap_before_it(after_two_weeks_off):
    asked = after_two_weeks_off.frame(
        "select series_id, min(since) as since from raw.captures where asked_at > ? group by 1", [LAST_DAY_ON]
    )
    since = dict(asked.rows())
    assert set(since) == {series.series_id for series in SERIES}
    assert since["russell_2000"].isoformat() == "2025-11-03"  # three weeks before the close of the 24th
    assert since["fed_total_assets"].isoformat() == "2025-10-05"  # 45 days before Wednesday the 19th
