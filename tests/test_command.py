"""The command as a person meets it: help, answers, and a clear sentence for what goes wrong."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines import day, report
from pipelines.__main__ import main
from pipelines.folder import DataFolder
from pipelines.warehouse import query

ROOT = Path(__file__).parents[1]
LOCKSTEP = [sys.executable, "-m", "pipelines"]


def lockstep(*words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    return subprocess.run(
        [*LOCKSTEP, *words], capture_output=True, text=True, timeout=120, check=False, cwd=ROOT, env={**os.environ, **(env or {})}
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("command") / "data"
    done = lockstep("run", "--sample", "--data", str(folder))
    assert done.returncode == 0, done.stderr
    (folder / "answer.txt").write_text(done.stdout)
    return folder


def test_every_subcommand_has_help_with_an_example():
    for name, command in main.commands.items():
        text = CliRunner().invoke(main, [name, "--help"]).output
        assert command.help, name
        assert name == "docs" or "Example:" in text, name


def test_a_run_ends_with_the_answer(data):
    answer = (data / "answer.txt").read_text()
    for said in ("SAMPLE", "russell_2000", "btc_usd", "record close", "record high", "wednesday", "Where to look", "market.duckdb"):
        assert said in answer
    page = data / "report.html"
    assert f"{page} " in answer and "SAMPLE" in page.read_text(encoding="utf-8")


def test_a_page_that_fails_leaves_the_day_published_and_told(data, monkeypatch):
    def broken(*_: object) -> Path:
        raise OSError(errno.EACCES, "Permission denied", "report.html")

    monkeypatch.setattr(day, "run", lambda *_, **__: day.Day(datetime.now(UTC)))
    monkeypatch.setattr(report, "write", broken)
    done = CliRunner().invoke(main, ["run", "--sample", "--data", str(data)])
    assert done.exit_code == 1 and "Permission denied: report.html" in done.output and "Traceback" not in done.output
    assert "Against the record" in done.output
    assert query(data / "market.duckdb", "select count(*) from mart.market_state").item() > 5


def test_the_page_of_a_moment_goes_where_it_is_asked(data, tmp_path, monkeypatch):
    def write(market: Path, out: Path, *asked: object) -> Path:
        out.write_text(f"{market} {asked}")
        return out

    monkeypatch.setattr(report, "write", write)
    out = tmp_path / "then.html"
    words = ["report", "--data", str(data), "--as-of", "2025-12-12T10:50Z", "--pair", "gold", "btc_usd", "--out", str(out)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0 and str(out) in done.output, done.output
    assert out.read_text() == f"{data / 'market.duckdb'} {(datetime(2025, 12, 12, 10, 50, tzinfo=UTC), ('gold', 'btc_usd'))}"


def test_sql_answers_in_three_forms_and_says_sample(data):
    query = "select series_id, close from mart.market_state where series_id = 'sp500'"
    table, csv, rows = (lockstep("sql", query, "--data", str(data), "--format", form) for form in ("table", "csv", "json"))
    assert "SAMPLE" in table.stdout and "sp500" in table.stdout
    assert csv.stdout.splitlines()[0] == "series_id,close" and "SAMPLE" in csv.stderr
    assert json.loads(rows.stdout)[0]["series_id"] == "sp500"


def test_a_map_a_list_and_nothing_are_written_as_csv(data):
    query = "select map {'a': 1} as counts, [date '2026-03-30'] as days, null::integer[] as none"
    done = CliRunner().invoke(main, ["sql", query, "--data", str(data), "--format", "csv"])
    assert done.stdout.splitlines() == ["counts,days,none", '"{""a"": 1}","[""2026-03-30""]",'], done.output


def test_sql_cannot_write(data):
    done = lockstep("sql", "create table mart.mine as select 1 as x", "--data", str(data))
    assert done.returncode == 1 and "read-only" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["run", "--bogus"], 2, "No such option"),
        (["run", "--now", "yesterday"], 2, "write it like 2025-12-12T10:50Z"),
        (["run", "--now", "2025-12-12T10:50"], 2, "without its zone"),
        (["run", "--live", "--now", "2025-12-12T10:50Z"], 2, "goes with --sample and --history"),
        (["run", "--sample", "--history", "x"], 2, "name one source"),
        (["run", "--history", "no/such/folder"], 1, "no/such/folder"),
        (["sql", "select 1", "--data", "no/such/data"], 1, "run `lockstep run` first"),
        (["status", "--data", "no/such/data"], 1, "run `lockstep run` first"),
        (["report", "--data", "no/such/data"], 1, "run `lockstep run` first"),
        (["report", "--as-of", "yesterday"], 2, "write it like 2025-12-12T10:50Z"),
        (["report", "--pair", "gold"], 2, "requires 2 arguments"),
        (["publish", "--data", "no/such/data"], 1, "nothing to publish"),
        (["replay", "--data", "no/such/data", "--into", "elsewhere"], 1, "no answers to replay"),
        (["capture", "--series", "sp501"], 2, "no series 'sp501'"),
    ],
)
def test_what_goes_wrong_is_one_sentence(words, code, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, words)
    assert done.exit_code == code and said in done.output, done.output
    assert "Traceback" not in done.output


def test_a_bad_query_gives_duckdbs_own_words(data):
    done = lockstep("sql", "select nothing from mart.market_state", "--data", str(data))
    assert done.returncode == 1 and "nothing" in done.stderr and "Traceback" not in done.stderr


def test_a_warehouse_that_another_run_writes_is_named(data):
    with DataFolder(data).warehouse().writing():
        done = lockstep("run", "--sample", "--data", str(data))
    assert done.returncode == 1 and f"process {os.getpid()}" in done.stderr and "Traceback" not in done.stderr


def test_an_interrupted_run_loses_nothing_and_goes_on(tmp_path):
    folder = tmp_path / "data"
    process = subprocess.Popen(
        [*LOCKSTEP, "run", "--sample", "--data", str(folder)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, cwd=ROOT
    )
    deadline = time.monotonic() + 60
    while len(list(folder.glob("captures/*/*/*.json"))) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and "Interrupted" in said and "Traceback" not in said
    assert not (folder / "market.duckdb").exists()
    assert lockstep("run", "--sample", "--data", str(folder)).returncode == 0


def test_a_full_disk_is_said_and_the_published_file_stands(data, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("a small tmpfs needs the right to mount one: " + mounted.stderr.decode())
    try:
        done = lockstep("run", "--sample", "--data", str(disk / "data"))
        assert done.returncode == 1, done.stdout
        assert "full" in done.stderr.splitlines()[-1] and "Traceback" not in done.stderr
        assert not (disk / "data" / "market.duckdb").exists()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_status_lists_every_series(data):
    done = lockstep("status", "--data", str(data))
    assert "russell_2000" in done.stdout and "SAMPLE" in done.stdout
