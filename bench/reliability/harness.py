"""Lets the days pass: one process a run, killed where the schedule says so, beside readers that never stop.

The data folder lies on a small file system of its own where that is allowed (root: a tmpfs), so that a full disk is a full disk;
elsewhere the size of any file of the run is limited, which breaks the same writes with another errno.
"""

import json
import os
import resource
import shutil
import signal
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import trustme

from bench.reliability.schedule import LAST_BUILT, Day, Kill
from pipelines import catalog, day, ingest
from pipelines.folder import DataFolder
from pipelines.sources.rendered import Rendered
from tests.loopback.faults import FAULTS
from tests.loopback.source import Moving
from tests.loopback.vendors import Vendors

DISK = 1_500 * 2**20
READERS = 2


@dataclass
class Counts:
    """What happened."""

    days: int = 0
    runs: int = 0
    finished: int = 0
    failed: list[str] = field(default_factory=list)
    kills: Counter = field(default_factory=Counter)
    kills_too_late: int = 0
    full_disks: int = 0
    untrusted_days: int = 0
    planted: Counter = field(default_factory=Counter)
    readers: list[dict] = field(default_factory=list)
    disk: str = ""


class Harness:
    """One data folder below `folder`, the vendors on loopback in front of `source`, and a twin without faults."""

    def __init__(self, folder: Path, source: Rendered, series: Sequence[str]) -> None:
        self.counts = Counts()
        self.series = series
        self.data = DataFolder(folder / "disk" / "data")
        self.twin = DataFolder(folder / "twin")
        self._folder = folder
        self._source = Moving(source)
        self._open = Vendors(self._source)
        self._untrusted = Vendors(self._source, _self_made())

    def run(self, days: Iterable[Day], tell: Callable[[str], None]) -> None:
        """Let the days pass under faults, and each once more without for the twin."""
        with _disk(self.data.path.parent, self.counts), self._readers():
            for each in days:
                self._pass(each)
                self._pass_without_faults(each)
                killed = sum(self.counts.kills.values())
                tell(f"day {each.number}: {self.counts.runs} runs, {killed} killed, {len(self.counts.failed)} failed")
            shutil.copytree(self.data.path, self._folder / "data")  # the disk goes
        self.data = DataFolder(self._folder / "data")
        self._open.close()
        self._untrusted.close()

    def _pass(self, each: Day) -> None:
        self.counts.days += 1
        self.counts.untrusted_days += each.is_untrusted
        served = self._untrusted if each.is_untrusted else self._open
        served.faults.clear()
        for series_id, (fault, times) in each.faults.items():
            served.plant(series_id, FAULTS[fault], times)
            self.counts.planted[fault] += 1
        runs = [*each.kills, None][: len(each.kills) + (not each.is_given_up)]
        for number, kill in enumerate(runs):
            clock = each.clock + timedelta(minutes=10 * number)
            self._source.move(clock)
            free = each.free_bytes if number == 0 else None
            with self._filled(free):
                self._run(served.base, clock.isoformat(), kill, free)
        if each.free_bytes is not None and len(runs) == 1:  # somebody makes room and starts it again
            self._source.move(each.clock + timedelta(hours=1))
            self._run(served.base, (each.clock + timedelta(hours=1)).isoformat(), None, None)

    def _run(self, base: str, clock: str, kill: Kill | None, free: int | None) -> None:
        self.counts.runs += 1
        log = self._folder / "run.log"
        settings = {"LOCKSTEP_VENDOR_BASE": base, "LOCKSTEP_NOW": clock, "LOCKSTEP_DATA": str(self.data.path)}
        limit = max(free, 65_536) if free is not None and self.counts.disk != "tmpfs" else None  # what the run says is a file too
        with log.open("w") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "bench.reliability.day", *self.series],
                env={**os.environ, **settings},
                stdout=said,
                stderr=subprocess.STDOUT,
                preexec_fn=(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) if limit is not None else None,
            )
            phase = _kill(process, kill, log) if kill else None
            code = process.wait()
        if code == -signal.SIGKILL:
            self.counts.kills[phase] += 1
        elif code == 0:
            self.counts.finished += 1
            self.counts.kills_too_late += kill is not None
        elif free is not None:
            self.counts.full_disks += 1
        else:
            self.counts.failed.append(log.read_text()[-600:])

    def _pass_without_faults(self, each: Day) -> None:
        """The twin takes the same day, once, without a process and without HTTP; it is built on the last one."""
        self._source.move(each.clock)
        self.twin.claim("live", "")
        with self.twin.warehouse().writing() as warehouse:
            ingest.capture(self._source, self.twin.archive, warehouse, map(catalog.by_id, self.series), _silent)
            ingest.load(self.twin.archive, warehouse, _silent)

    def build_twin(self, last: Day) -> None:
        """Build and publish the twin."""
        self._source.move(last.clock)
        done = day.run(_Held(self._source), self.twin, _silent, map(catalog.by_id, self.series))
        assert done.published is not None, done.failed

    def replay(self) -> DataFolder:
        """The warehouse built in one clean run from the answers that the days kept."""
        again = DataFolder(self._folder / "replayed")
        assert day.replay(self.data, again, _silent).published is not None
        return again

    @contextmanager
    def _readers(self) -> Iterator[None]:
        stop = self._folder / "stop"
        command = [sys.executable, "-m", "bench.reliability.readers", str(self.data.market), str(stop)]
        readers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(READERS)]
        try:
            yield
        finally:
            stop.touch()
            for reader in readers:
                said, _ = reader.communicate(timeout=60)
                self.counts.readers.append(json.loads(said.splitlines()[-1]))

    @contextmanager
    def _filled(self, free: int | None) -> Iterator[None]:
        """The disk with only so many bytes left."""
        if free is None or self.counts.disk != "tmpfs":
            yield
            return
        ballast = self.data.path.parent / "ballast"
        left = shutil.disk_usage(ballast.parent).free
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(left - free, 1))
        try:
            yield
        finally:
            ballast.unlink()


class _Held:
    """The source under the name of the live one."""

    name, label = "live", ""

    def __init__(self, source: Moving) -> None:
        self.now, self.holds, self.send = source.now, source.holds, source.send


def _silent(line: str) -> None:
    """Nobody listens."""


def _kill(process: subprocess.Popen, kill: Kill, log: Path) -> str:
    """Kill the run where the schedule says, unless it has ended before; says how far it had got."""
    while process.poll() is None and not any(line.startswith(kill.phase) for line in ["", *log.read_text().splitlines()]):
        time.sleep(0.01)
    until = time.monotonic() + kill.after
    while process.poll() is None and time.monotonic() < until:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return _phase(log.read_text().splitlines())


def _phase(lines: list[str]) -> str:
    """How far a run had got, by its last line."""
    said = [line for line in lines if line.startswith(("asked", "read", "studied", "built", "published"))]
    if not said:
        return "while starting"
    if said[-1].startswith(LAST_BUILT):
        return "while publishing"
    words = {"asked": "while asking", "read": "while reading", "published": "after publishing"}
    return words.get(said[-1].split()[0], "while building")


@contextmanager
def _disk(folder: Path, counts: Counts) -> Iterator[None]:
    """A small file system at `folder`, where that is allowed."""
    folder.mkdir(parents=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "lockstep", str(folder)], capture_output=True).returncode == 0
    counts.disk = "tmpfs" if mounted else "limit"
    try:
        yield
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def _self_made() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context
