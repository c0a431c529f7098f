"""`lockstep alerts`: looks once on real history, sends, shows; and the table that the next build makes of the journal."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipelines import day, models
from pipelines.__main__ import main
from pipelines.folder import DataFolder
from tests.receiver import Receiver


@pytest.fixture
def data(morning: DataFolder, tmp_path: Path) -> Path:
    for name in ("market.duckdb", "source.json"):
        shutil.copy2(morning.path / name, tmp_path / name)
    return tmp_path


def alerts(data: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["alerts", "--data", str(data), *options])


def test_a_look_tells_the_records_of_the_day_before_once(data):
    first, again = alerts(data, "--look"), alerts(data, "--look")
    assert first.exit_code == again.exit_code == 0, first.output
    assert "S&P 500, price index: record close 6,901.00 on 2025-12-11" in first.stdout.replace("\n", " ")
    assert " 0 delivered, 0 waiting" in first.stderr and not first.stderr.startswith("0 new")
    assert again.stderr.startswith("0 new") and again.stdout == first.stdout
    assert "divergence_begun" not in alerts(data, "--kind", "record_set").stdout


def test_a_webhook_that_does_not_take_them_is_exit_code_1_without_its_address(data, monkeypatch):
    receiver = Receiver(403)
    monkeypatch.setenv("LOCKSTEP_WEBHOOK_URL", receiver.url)
    refused = alerts(data, "--look")
    receiver.plan = [204]
    taken = alerts(data, "--look")
    receiver.close()
    assert refused.exit_code == 1 and "answered HTTP 403" in refused.stderr and "T0PSECRET" not in refused.output
    assert taken.exit_code == 0 and " 0 waiting" in taken.stderr
    assert len(receiver.taken) == len(DataFolder(data).journal.read())


def test_a_webhook_that_would_travel_open_is_refused_without_being_shown(data, monkeypatch):
    monkeypatch.setenv("LOCKSTEP_WEBHOOK_URL", "http://hooks.example.org/T0PSECRET")
    refused = alerts(data, "--look")
    assert refused.exit_code == 1 and "must be an https address" in refused.output and "T0PSECRET" not in refused.output


def test_an_empty_folder_says_what_to_do(tmp_path):
    refused = alerts(tmp_path)
    assert refused.exit_code == 1 and "run `lockstep run` first" in refused.output


def test_the_next_build_and_a_replay_make_the_same_table_of_the_journal(data, tmp_path):
    alerts(data, "--look")
    kept = DataFolder(data)
    found = []
    for name in ("first", "replayed"):
        warehouse = DataFolder(tmp_path / name).warehouse()
        with warehouse.writing():
            day.refer(warehouse, kept.journal.read()[0].raised_at, kept.journal)
            built = day.make(warehouse, next(model for model in models.load() if model.name == "core.alerts"), lambda line: None)
            assert built.passed and built.rows == len(kept.journal.read()) > 0
            found.append(warehouse.frame("select * from core.alerts order by all").rows())
            assert warehouse.frame("select count(*) as n from core.alerts_as_of(timestamptz '2025-12-12 10:49+00')")["n"][0] == 0
    assert found[0] == found[1]
