"""The day inside Dagster: the same functions as the command, each failure in its place. Sick vendors: see test_live_day."""

import shutil
from pathlib import Path

import dagster as dg
import pytest

from assets.definitions import defs
from pipelines import ingest
from pipelines.folder import DataFolder
from pipelines.sources.sample import Sample
from pipelines.vendors import Answer, Request
from pipelines.warehouse import query


def stand_at(folder: Path, settings: pytest.MonkeyPatch) -> Path:
    """Settings that make Dagster work on the sample in this folder, on the last day of March 2026."""
    settings.setenv("LOCKSTEP_DATA", str(folder))
    settings.setenv("LOCKSTEP_SOURCE", "sample")
    settings.setenv("LOCKSTEP_NOW", "2026-03-31T12:00Z")
    return folder


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return stand_at(tmp_path / "data", monkeypatch)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dg.ExecuteInProcessResult, dg.ExecuteInProcessResult]:
    """A day that went well, and what Dagster said of its two jobs."""
    with pytest.MonkeyPatch.context() as settings:
        folder = stand_at(tmp_path_factory.mktemp("whole") / "data", settings)
        return folder, execute("ingest"), execute("build")


def execute(job: str) -> dg.ExecuteInProcessResult:
    return defs.resolve_job_def(job).execute_in_process(raise_on_error=False)


def checks(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {found.check_name: found.passed for found in result.get_asset_check_evaluations()}


def test_ingest_then_build_publishes_and_every_check_is_green(whole):
    data, ingested, built = whole
    assert ingested.success and built.success
    assert (data / "market.duckdb").exists()
    red = [name for name, passed in {**checks(ingested), **checks(built)}.items() if not passed]
    assert red == []
    page = built.asset_materializations_for_node("mart__drawdowns")[0].metadata
    assert page["dagster/row_count"].value > 10_000
    way_down = page["lineage"].value.split("```sql\n")[1].removesuffix("\n```")
    assert "raw.price_bars" in query(data / "market.duckdb", way_down)["table_name"].to_list()
    written = built.asset_materializations_for_node("report")[0].metadata
    assert written["path"].value == str(data / "report.html") and written["bytes"].value == (data / "report.html").stat().st_size
    assert "data:image/png" in page["chart"].value and "SAMPLE" not in page["chart"].value[:20]


def test_a_failed_audit_keeps_the_published_file_of_the_day_before(whole, data, monkeypatch):
    shutil.copytree(whole[0], data)
    before = query(data / "market.duckdb", "select run_id from meta.run").item()
    with DataFolder(data).warehouse().transaction() as connection:
        connection.execute("insert into raw.series select * replace ('' as title) from raw.series limit 1")
    monkeypatch.setattr("pipelines.day.refer", lambda warehouse: None)
    built = execute("build")
    assert not built.success
    assert not checks(built)["grain_is_unique"] or not checks(built)["title_is_said"]
    assert query(data / "market.duckdb", "select run_id from meta.run").item() == before


def test_all_silent_is_a_red_ingest_that_still_builds(data, monkeypatch):
    def silent(self: Sample, request: Request) -> Answer:
        raise ingest.Unreachable("the network is down")

    monkeypatch.setattr(Sample, "send", silent)
    found = checks(execute("ingest"))
    assert not found["every_series_answered"]
