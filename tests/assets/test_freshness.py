"""The freshness checks as Dagster runs them: on what is built in the same run, so that what is quarantined makes no series fresh."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from assets.definitions import defs
from pipelines import day
from pipelines.folder import DataFolder

NOW = datetime(2025, 12, 11, 22, tzinfo=UTC)
PLANTED = """
    insert into raw.captures (capture_id, series_id, asked_at, remaining, outcome)
        select 'c', unnest(['sp500', 'on_rrp', 'on_rrp_rate', 'treasury_outright_operations']), timestamptz '2025-12-11 22:00+00',
            0, 'accepted';
    insert into raw.price_bars (series_id, session_date, close, known_at, capture_id)
        select 'sp500', d::date, if(d = date '2025-12-11', 0, 6800), d + interval 22 hours, 'c'
        from range(date '2025-12-08', date '2025-12-12', interval 1 day) as days(d);
    insert into raw.observations (series_id, date, value, known_at, capture_id)
        select name, d::date, case when name = 'on_rrp' and d = date '2025-12-11' then -5 else 2 end, d + interval 19 hours, 'c'
        from (values ('on_rrp'), ('on_rrp_rate')) as names(name), range(date '2025-12-08', date '2025-12-12', interval 1 day) as days(d);
    insert into raw.operations (series_id, family, operation_id, operation_date, operation_type, direction, status, submitted_usd,
        accepted_usd, known_at, capture_id)
        select 'treasury_outright_operations', 'treasury', 'one', date '2025-12-11', 'Outright Bill Purchase', 'purchase', 'results',
            9e9, 10e9, timestamptz '2025-12-11 15:31+00', 'c'
"""


def freshness(folder: DataFolder) -> dict[str, tuple[bool, str]]:
    """Build core.held_back and what it reads in one run of Dagster: what the freshness checks said there."""
    wanted = dg.AssetSelection.assets(["core", "held_back"]).upstream() & dg.AssetSelection.groups("core")
    keys = list(wanted.resolve(defs.resolve_asset_graph()))
    result = defs.resolve_job_def("build").execute_in_process(asset_selection=keys)
    found = result.get_asset_check_evaluations()
    return {f.check_name: (f.passed, str(f.metadata["reason"].value)) for f in found if f.check_name.startswith("fresh__")}


def test_a_newest_row_that_cannot_be_turns_its_check_red_in_the_run_that_builds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LOCKSTEP_DATA", str(tmp_path))
    monkeypatch.setenv("LOCKSTEP_SOURCE", "live")
    monkeypatch.setenv("LOCKSTEP_NOW", NOW.isoformat())
    folder = DataFolder(tmp_path)
    warehouse = folder.warehouse()
    with warehouse.transaction() as connection:
        connection.execute(PLANTED)
    day.refer(warehouse, NOW)
    told = freshness(folder)
    assert told["fresh__on_rrp_rate"] == (True, "")
    for name in ("fresh__sp500", "fresh__on_rrp", "fresh__treasury_outright_operations"):
        assert not told[name][0] and "2025-12-11 is quarantined: " in told[name][1], name
