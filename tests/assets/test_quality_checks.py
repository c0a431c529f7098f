"""The soft checks of data quality as Dagster runs them, on made tables: what each turns amber or red for, and what it leaves alone."""

import dagster as dg
import pytest

from assets.checks import quality_checks
from assets.resources import Workplace
from pipelines.folder import DataFolder

MADE = """
    create or replace table core.release_dates as select timestamptz '2026-03-31 20:30+00' as known_at;
    create or replace table mart.data_quality (series_id varchar, grade varchar, grade_reason varchar, is_optional boolean);
    create or replace table mart.vendor_disagreements (series_id varchar, date date, reading double, first_reading double, verdict varchar);
    create or replace table mart.missing_sessions (series_id varchar, date date, due_at timestamptz, times_asked integer, is_last boolean);
"""
GOOD = """
    insert into mart.data_quality values ('sp500', 'good', null, false), ('gold', 'none', null, true);
    insert into mart.vendor_disagreements values ('sp500_fred', '2026-03-01', 99, 100, 'two readings differ');
    insert into mart.missing_sessions values
        ('sp500', '2026-03-01', '2026-03-01 21:30+00', 3, false), ('vix', '2026-03-31', '2026-03-31 20:30+00', 0, true)
"""
GRADED = "insert into mart.data_quality values ('vix', {})"
PLANTED = {  # what is planted, the check that tells it, and whether it is grave
    "a series that is late": (GRADED.format("'bad', 'it is late', false"), "every_series_is_good", True),
    "an optional one that is late": (GRADED.format("'bad', 'it is late', true"), "every_series_is_good", False),
    "a series to watch": (GRADED.format("'watch', 'a hole', false"), "every_series_is_good", False),
    "two vendors that differ": (
        "insert into mart.vendor_disagreements values ('vix', '2026-03-02', 99, 100, 'two readings differ')",
        "vendors_agree",
        False,
    ),
    "a hole": (
        "insert into mart.missing_sessions values ('vix', '2026-03-02', '2026-03-02 21:30+00', 1, false)",
        "no_session_is_missing",
        False,
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return DataFolder(tmp_path_factory.mktemp("graded"))


@pytest.fixture
def found(folder: DataFolder, monkeypatch: pytest.MonkeyPatch):
    """What the checks say of the made tables, and of what is planted in them: name to (passed, severity, what it is about)."""
    monkeypatch.setenv("LOCKSTEP_DATA", str(folder.path))
    monkeypatch.setenv("LOCKSTEP_SOURCE", "live")

    def ask(planted: str) -> dict[str, tuple[bool, dg.AssetCheckSeverity, list[str]]]:
        with folder.warehouse().transaction() as connection:
            connection.execute(MADE + GOOD + ";" + planted)
        told = {check.check_key.name: check(workplace=Workplace()) for check in quality_checks()}
        return {name: (said.passed, said.severity, list(said.metadata["rows"].value)) for name, said in told.items()}

    return ask


def test_what_is_good_never_asked_long_ago_or_only_late_turns_no_check(found):
    assert {name: said[0] for name, said in found("").items()} == {
        "every_series_is_good": True,
        "vendors_agree": True,
        "no_session_is_missing": True,
    }


@pytest.mark.parametrize(("planted", "check", "grave"), PLANTED.values(), ids=PLANTED)
def test_each_turns_for_what_it_is_about_and_no_other(found, planted, check, grave):
    told = found(planted)
    assert [name for name, said in told.items() if not said[0]] == [check]
    _, severity, about = told[check]
    assert severity is (dg.AssetCheckSeverity.ERROR if grave else dg.AssetCheckSeverity.WARN)
    assert len(about) == 1 and about[0].startswith("vix")
