"""A look: each alert raised once, sent until it is taken, taken once; also when the process dies between the send and its mark."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.alerts import Alert, news, watch
from pipelines.alerts.journal import Journal, JournalError
from pipelines.alerts.webhook import Webhook
from pipelines.folder import DataFolder
from pipelines.warehouse import WarehouseError

NOW = datetime(2026, 1, 9, 22, tzinfo=UTC)
ROOT = Path(__file__).parents[3]


def alert(name: str) -> Alert:
    return Alert("run_failed", (name,), "ingest", None, f"The run {name} failed.")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    """A folder with a published file that has, in turn, the news that a test puts into `told`."""
    folder = DataFolder(tmp_path)
    duckdb.connect(str(folder.market)).close()
    monkeypatch.setattr(watch, "freshness", lambda folder, now: [])
    return folder


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Alert]:
    found: list[Alert] = []
    monkeypatch.setattr(news, "published", lambda market, since: list(found))
    return found


def to(url: str) -> Webhook:
    return Webhook(url, None, pause=lambda seconds: None, read=0.3)


def statuses(journal: Journal) -> dict[str, str | None]:
    return {raised.alert.key[0]: raised.outcome for raised in journal.read()}


def test_news_is_raised_and_sent_once_however_often_one_looks(folder, told, receiver):
    there = receiver(204)
    told += [alert("a"), alert("b")]
    first = watch.look(folder, NOW, to(there.url))
    again = [watch.look(folder, NOW + timedelta(minutes=n), to(there.url)) for n in (3, 6)]
    assert (len(first.raised), first.delivered, first.waiting, first.trouble) == (2, 2, 0, None)
    assert [(look.raised, look.delivered) for look in again] == [([], 0), ([], 0)]
    assert len(there.seen) == len(there.taken) == 2


def test_what_a_dead_receiver_did_not_take_waits_and_is_sent_when_it_is_back(folder, told, receiver):
    there = receiver(503)
    told += [alert("a"), alert("b")]
    down = watch.look(folder, NOW, to(there.url))
    assert (down.delivered, down.waiting) == (0, 2) and "HTTP 503" in (down.trouble or "")
    assert len(there.seen) == 3  # attempts for the first; the second is not tried on a receiver that is down
    there.plan = [204]
    up = watch.look(folder, NOW + timedelta(minutes=3), to(there.url))
    assert (up.delivered, up.waiting, up.trouble) == (2, 0, None)
    assert set(there.taken) == {raised.alert.alert_id for raised in folder.journal.read()}


def test_one_alert_that_is_refused_holds_up_no_other_and_is_given_up_after_two_days(folder, told, receiver):
    there = receiver(400, 204)
    told += [alert("a"), alert("b")]
    watch.look(folder, NOW, to(there.url))
    assert statuses(folder.journal) == {"a": None, "b": "delivered"}
    there.plan = [400]
    watch.look(folder, NOW + timedelta(days=2, minutes=1), to(there.url))
    assert statuses(folder.journal) == {"a": "abandoned", "b": "delivered"}
    assert watch.look(folder, NOW + timedelta(days=3), to(there.url)).waiting == 0


@pytest.mark.parametrize("dies", ["before the send", "between the send and its mark"])
def test_a_process_that_dies_loses_nothing_and_the_receiver_takes_it_once(folder, receiver, dies):
    """Killed for real, in a process of its own, at that point; then another look."""
    there = receiver(204)
    where = "Webhook.send" if dies == "before the send" else "Journal.close"
    killed = f"""
import os, signal
from datetime import datetime
from pathlib import Path
from pipelines.alerts import Alert, news, watch
from pipelines.alerts.journal import Journal
from pipelines.alerts.webhook import Webhook
from pipelines.folder import DataFolder
watch.freshness = lambda folder, now: []
news.published = lambda market, since: [Alert("run_failed", ("a",), "ingest", None, "The run a failed.")]
{where} = lambda *given: os.kill(os.getpid(), signal.SIGKILL)
watch.look(DataFolder(Path({str(folder.path)!r})), datetime.fromisoformat({NOW.isoformat()!r}), Webhook({there.url!r}, None))
"""
    done = subprocess.run([sys.executable, "-c", killed], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    assert statuses(folder.journal) == {"a": None}
    after = watch.look(folder, NOW + timedelta(minutes=3), to(there.url))
    assert after.delivered == 1 and statuses(folder.journal) == {"a": "delivered"}
    assert len(there.seen) == (1 if dies == "before the send" else 2)
    assert len({headers["idempotency-key"] for headers, _ in there.seen}) == len(there.taken) == 1


def test_a_receiver_that_reads_and_hangs_up_is_told_again_under_the_same_key(folder, told, receiver):
    there = receiver("drop")
    told.append(alert("a"))
    watch.look(folder, NOW, to(there.url))
    assert statuses(folder.journal) == {"a": None} and len(there.taken) == 1
    there.plan = [200]
    watch.look(folder, NOW + timedelta(minutes=3), to(there.url))
    assert statuses(folder.journal) == {"a": "delivered"} and len(there.taken) == 1


def test_a_file_of_an_older_version_is_an_error_that_keeps_no_stale_series_from_being_told(folder, receiver, monkeypatch):
    there, stale = receiver(204), Alert("series_stale", ("sp500", "stale", "2026-01-07"), "sp500", None, "It is stale.")
    with duckdb.connect(str(folder.market)) as connection:
        connection.execute("create schema mart; create table mart.divergences as select 0.20 as threshold")
    monkeypatch.setattr(news, "stale", lambda found: [stale])
    with pytest.raises(WarehouseError, match="start_known_at"):
        watch.look(folder, NOW, to(there.url))
    assert list(there.taken) == [stale.alert_id]


def test_two_watchers_do_not_look_at_once(folder, told, receiver):
    with folder.journal.held(), pytest.raises(JournalError, match="another process is looking"):
        watch.look(folder, NOW, to(receiver().url))


def test_without_a_webhook_alerts_are_kept_and_nothing_waits(folder, told):
    told.append(alert("a"))
    assert watch.look(folder, NOW, None).waiting == 0
    assert statuses(folder.journal) == {"a": None}


def test_a_watch_begins_a_day_back_and_stays_there(folder, told, monkeypatch):
    asked: list[datetime] = []
    monkeypatch.setattr(news, "published", lambda market, since: asked.append(since) or [])
    for days in (0, 5):
        watch.look(folder, NOW + timedelta(days=days), None)
    assert asked == [NOW - timedelta(days=1)] * 2


def test_the_journal_as_a_table_has_a_row_for_the_raise_and_one_for_the_end(folder, told, receiver):
    told.append(alert("a"))
    watch.look(folder, NOW, None)
    watch.look(folder, NOW + timedelta(minutes=3), to(receiver(200).url))
    rows = folder.journal.rows().select("kind", "subject", "status", "reason", "known_at").rows()
    assert rows == [
        ("run_failed", "ingest", "raised", None, NOW),
        ("run_failed", "ingest", "delivered", "HTTP 200", NOW + timedelta(minutes=3)),
    ]


def test_a_damaged_file_is_named_and_not_passed_over(folder, told):
    told.append(alert("a"))
    watch.look(folder, NOW, None)
    (path,) = [path for path in folder.journal.folder.glob("*.json") if path.stem != "watch"]
    path.write_text("{", encoding="utf-8")
    with pytest.raises(JournalError, match="is not what was written"):
        folder.journal.read()


def test_an_unknown_kind_is_no_alert():
    with pytest.raises(ValueError, match="no kind of alert 'gossip'"):
        Alert("gossip", ("a",), "a", None, "Heard it.")
