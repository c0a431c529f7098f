"""The journal of alerts: one small file an alert, one for what became of it, kept beside the archive and like it.

    alerts/watch.json                   from when on news is told
    alerts/<alert_id>.json              an alert, when it was raised
    alerts/<alert_id>.delivered.json    when it was delivered, and what the receiver said
    alerts/<alert_id>.abandoned.json    when it was given up, and why

Owns the files. A file is written once, whole or not at all, and never changed: whether an alert was raised before is whether
its file is there. The warehouse is not touched, so nothing here waits for its writer; the table `raw.alerts` is made of these
files at the next build, and made of them again by a replay.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl

from pipelines.alerts import Alert

OUTCOMES = ("delivered", "abandoned")
COLUMNS = {
    "alert_id": pl.String,
    "kind": pl.String,
    "subject": pl.String,
    "about_date": pl.Date,
    "text": pl.String,
    "facts": pl.String,
    "status": pl.String,
    "reason": pl.String,
    "known_at": pl.Datetime("us", "UTC"),
}


class JournalError(RuntimeError):
    """A file of the journal that cannot be read back as it was written, or a journal that another process holds."""


@dataclass(frozen=True)
class Raised:
    """An alert of the journal, when it was raised, and what became of it: None, delivered or abandoned."""

    alert: Alert
    raised_at: datetime
    outcome: str | None = None
    outcome_at: datetime | None = None
    reason: str | None = None


class Journal:
    """The alerts below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the journal, so that two watchers do not send one alert twice; the kernel frees it however the process ends.

        Raises:
            JournalError: another process holds it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise JournalError("another process is looking for alerts on this folder; it will tell what there is") from error
            yield

    def watched_from(self, start: datetime) -> datetime:
        """From when on news is told: `start` where nobody has watched yet, and the same instant ever after."""
        path = self.folder / "watch.json"
        if not path.exists():
            _write(path, {"since": start.isoformat()})
        return datetime.fromisoformat(_read(path)["since"])

    def enter(self, alert: Alert, now: datetime) -> bool:
        """Keep an alert, unless it was raised before; returns whether it is new."""
        path = self.folder / f"{alert.alert_id}.json"
        if path.exists():
            return False
        _write(path, asdict(alert) | {"about_date": alert.about_date and alert.about_date.isoformat(), "raised_at": now.isoformat()})
        return True

    def close(self, alert: Alert, outcome: str, reason: str, now: datetime) -> None:
        """Keep what became of an alert: delivered or abandoned."""
        _write(self.folder / f"{alert.alert_id}.{outcome}.json", {"at": now.isoformat(), "reason": reason})

    def read(self) -> list[Raised]:
        """Every alert, oldest first.

        Raises:
            JournalError: a file is not what was written.
        """
        paths = [path for path in self.folder.glob("*.json") if "." not in path.stem and path.stem != "watch"]
        return sorted(map(self._raised, paths), key=lambda raised: (raised.raised_at, raised.alert.kind, raised.alert.key))

    def rows(self) -> pl.DataFrame:
        """The journal as a table: a row when an alert was raised, another when it was delivered or abandoned (COLUMNS)."""
        rows = [row for raised in self.read() for row in _rows(raised)]
        return pl.DataFrame(rows, schema=COLUMNS, orient="row")

    def _raised(self, path: Path) -> Raised:
        try:
            fields = _read(path)
            raised_at = datetime.fromisoformat(fields.pop("raised_at"))
            about = fields.pop("about_date")
            alert = Alert(**fields | {"key": tuple(fields["key"]), "about_date": date.fromisoformat(about) if about else None})
            for outcome in OUTCOMES:
                closed = path.with_name(f"{path.stem}.{outcome}.json")
                if closed.exists():
                    said = _read(closed)
                    return Raised(alert, raised_at, outcome, datetime.fromisoformat(said["at"]), said["reason"])
        except (ValueError, KeyError, TypeError) as error:
            raise JournalError(f"{path} is not what was written ({error}); move it away, and the alert is told again") from error
        return Raised(alert, raised_at)


def _rows(raised: Raised) -> list[tuple]:
    alert = raised.alert
    said = (alert.alert_id, alert.kind, alert.subject, alert.about_date, alert.text, json.dumps(alert.facts, sort_keys=True))
    rows = [(*said, "raised", None, raised.raised_at)]
    return rows if raised.outcome is None else [*rows, (*said, raised.outcome, raised.reason, raised.outcome_at)]


def _read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def _write(path: Path, document: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(document, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
