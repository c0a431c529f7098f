"""Sensors as Dagster evaluates them: news and stale series while nothing runs, and a run that failed."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from assets import sensors
from assets.definitions import defs
from pipelines.folder import DataFolder
from pipelines.warehouse import Warehouse
from tests.receiver import Receiver

HELD = datetime(2026, 4, 2, 22, tzinfo=UTC)  # Thursday before Good Friday, after the close


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    """A live folder whose published file holds the S&P 500 up to 2 April 2026 and the VIX up to the 1st."""
    monkeypatch.setenv("LOCKSTEP_DATA", str(tmp_path))
    monkeypatch.setenv("LOCKSTEP_SOURCE", "live")
    folder = DataFolder(tmp_path)
    warehouse = Warehouse(folder.path / "made.duckdb")
    with warehouse.transaction() as connection:
        for name in ("sp500", "vix"):
            asked = "insert into raw.captures (capture_id, series_id, asked_at, remaining, outcome) values (?, ?, ?, 0, 'accepted')"
            connection.execute(asked, [name, name, HELD])
        connection.execute("insert into raw.price_bars (series_id, session_date, close) values ('sp500', date '2026-04-02', 6500)")
        connection.execute("insert into raw.observations (series_id, date, value) values ('vix', date '2026-04-01', 20)")
    warehouse.path.rename(folder.market)
    return folder


def look(monkeypatch: pytest.MonkeyPatch, now: datetime, cursor: str | None) -> dg.SensorResult:
    monkeypatch.setenv("LOCKSTEP_NOW", now.isoformat())
    found = sensors.watch_for_news(dg.build_sensor_context(cursor=cursor))
    assert isinstance(found, dg.SensorResult)
    return found


def turned(found: dg.SensorResult) -> dict[str, bool]:
    return {event.check_name: event.passed for event in found.asset_events if isinstance(event, dg.AssetCheckEvaluation)}


def test_a_series_turns_stale_though_nothing_ran_and_over_a_holiday_it_does_not(folder, monkeypatch):
    thursday = look(monkeypatch, HELD, None)
    assert turned(thursday) == {}
    friday = look(monkeypatch, datetime(2026, 4, 3, 23, tzinfo=UTC), thursday.cursor)  # Good Friday: no close, and the VIX of
    assert turned(friday) == {}  # Thursday comes out on Monday
    monday = look(monkeypatch, datetime(2026, 4, 6, 22, 29, tzinfo=UTC), friday.cursor)  # two hours less a minute after the close
    assert turned(monday) == {"fresh__vix": False}
    later = look(monkeypatch, datetime(2026, 4, 6, 22, 30, tzinfo=UTC), monday.cursor)
    assert turned(later) == {"fresh__sp500": False}
    assert turned(look(monkeypatch, datetime(2026, 4, 6, 22, 33, tzinfo=UTC), later.cursor)) == {}
    told = [(raised.alert.kind, raised.alert.subject) for raised in folder.journal.read()]
    assert told == [("series_stale", "vix"), ("series_stale", "sp500")]


def test_held_again_it_turns_fresh_and_is_told(folder, monkeypatch):
    stale = look(monkeypatch, datetime(2026, 4, 6, 23, tzinfo=UTC), look(monkeypatch, HELD, None).cursor)
    folder.market.chmod(0o644)
    with duckdb.connect(str(folder.market)) as connection:
        connection.execute("insert into raw.price_bars (series_id, session_date, close) values ('sp500', date '2026-04-06', 6510)")
    assert turned(look(monkeypatch, datetime(2026, 4, 6, 23, 3, tzinfo=UTC), stale.cursor)) == {"fresh__sp500": True}
    assert [raised.alert.subject for raised in folder.journal.read() if raised.alert.kind == "series_recovered"] == ["sp500"]


def test_an_alert_goes_to_the_webhook_of_the_settings_and_a_dead_one_shows_no_address(folder, monkeypatch, capfd):
    receiver = Receiver(204)
    monkeypatch.setenv("LOCKSTEP_WEBHOOK_URL", receiver.url)
    look(monkeypatch, HELD + timedelta(days=4), None)
    receiver.close()
    assert {document["type"] for document in receiver.taken.values()} == {"series_stale"}
    folder.journal.enter(sensors.news.failed("ingest", "r1", "It broke.", HELD.date()), HELD + timedelta(days=4))
    monkeypatch.setattr("pipelines.alerts.webhook.time.sleep", lambda seconds: None)
    look(monkeypatch, HELD + timedelta(days=4, minutes=3), None)
    said = capfd.readouterr().err
    assert "1 alerts wait: the webhook gave no answer (ConnectionError)" in said
    assert "T0PSECRET" not in said


def test_a_second_watcher_is_skipped_with_the_reason(folder, monkeypatch):
    monkeypatch.setenv("LOCKSTEP_NOW", HELD.isoformat())
    with folder.journal.held():
        found = sensors.watch_for_news(dg.build_sensor_context())
    assert isinstance(found, dg.SkipReason) and "another process" in (found.skip_message or "")


def test_a_failed_run_is_in_the_journal_once(folder):
    @dg.op
    def breaks() -> None:
        raise ValueError("It broke.")

    @dg.job
    def ingest() -> None:
        breaks()

    with dg.DagsterInstance.ephemeral() as instance:
        result = ingest.execute_in_process(instance=instance, raise_on_error=False)
        event = next(event for event in result.all_events if event.event_type is dg.DagsterEventType.RUN_FAILURE)
        context = dg.build_run_status_sensor_context(
            sensor_name="alert_on_failure", dagster_instance=instance, dagster_run=result.dagster_run, dagster_event=event
        ).for_run_failure()
        for _ in range(2):
            sensors.alert_on_failure(context)
    (raised,) = folder.journal.read()
    assert (raised.alert.kind, raised.alert.subject) == ("run_failed", "ingest")
    assert result.run_id[:8] in raised.alert.text


def test_every_sensor_is_on_by_itself():
    found = {sensor.name: sensor.default_status for sensor in defs.sensors or []}
    assert set(found) == {"build_after_ingest", "build_after_failed_ingest", "watch_for_news", "alert_on_failure"}
    assert set(found.values()) == {dg.DefaultSensorStatus.RUNNING}
    assert os.environ.get("LOCKSTEP_WEBHOOK_URL") is None
