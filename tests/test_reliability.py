"""A few days of the harness of `make reliability`, and that it would see what it looks for."""

import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from bench.reliability import equality, page, readers
from bench.reliability.harness import Harness
from bench.reliability.schedule import FIRST_DAY, SERIES, Day, Kill, days
from pipelines.sources.sample import Sample

FEW = ("sp500", "on_rrp", "gold", "btc_usd_kraken")
PLAN = (
    Day(0, FIRST_DAY, {}, (Kill("read", 0.0),)),
    Day(1, FIRST_DAY + timedelta(days=1), {"on_rrp": ("nan", None), "gold": ("units_by_1000", None)}, free_bytes=0),
    Day(2, FIRST_DAY + timedelta(days=2), {}),
)


def test_days_of_faults_kills_and_a_full_disk_end_where_days_without_do(tmp_path):
    found = page.judge(Harness(tmp_path, Sample(PLAN[-1].clock), FEW), PLAN, lambda line: None)
    assert found.counts.failed == []
    assert (sum(found.counts.kills.values()), found.counts.full_disks, found.counts.runs) == (1, 1, 5)
    assert found.readers["sessions"] > 10
    assert [found.readers[name] for name in ("errors", "half_days", "backwards")] == [0, 0, 0]
    assert [each for each in (*found.replayed, *found.twin) if not each.is_equal] == []
    assert found.held
    assert "**Held: everything.**" in page.write(found, 2, 0, "the embedded sample", 0)
    assert {each.table for each in found.twin} >= {"core.price_bars", "core.observations", "mart.market_state", "mart.drawdowns"}


def test_a_schedule_is_the_same_again_and_holds_every_kind_of_trouble():
    planned = list(days(100, 1))
    assert planned == list(days(100, 1)) != list(days(100, 2))
    assert len(planned) == 101
    assert planned[0].faults == planned[-1].faults == {}
    assert sum(len(day.kills) for day in planned) > 40
    assert min(sum(map(bool, kinds)) for kinds in ([d.is_untrusted for d in planned], [d.free_bytes is not None for d in planned])) > 1
    assert {name for day in planned for name in day.faults} == set(SERIES)


def published(path: Path, run: str, rows: int = 2, said: int = 2, clock: datetime = FIRST_DAY) -> Path:
    """A file as a run publishes it: `rows` rows, of which it says `said`."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema mart; create schema meta; create schema core")
        connection.execute("create table mart.market_state as select i as session_date, 0.5 as x from range(?) as r(i)", [rows])
        stood = {"run_id": run, "finished_at": clock, "clock": clock, "rows": {"mart.market_state": said}}
        connection.execute("create table meta.run (run_id varchar, finished_at timestamptz, clock timestamptz, rows map(varchar, bigint))")
        connection.execute("insert into meta.run values (?, ?, ?, ?)", list(stood.values()))
    return path


def seen() -> dict:
    return {"sessions": 0, "runs": 0, "errors": [], "half_days": [], "backwards": []}


def test_a_reader_sees_half_a_day_and_a_step_back(tmp_path):
    market, notes = tmp_path / "market.duckdb", seen()
    last = readers.session(published(market, "r1"), notes, None)
    assert notes == seen() | {"sessions": 1, "runs": 1}
    readers.session(published(market, "r2", said=3), notes, last)
    assert len(notes["half_days"]) == 1
    readers.session(published(market, "r0", clock=FIRST_DAY - timedelta(hours=1)), notes, last)
    assert len(notes["backwards"]) == 1


def test_a_reader_that_finds_no_file_or_a_broken_one_says_so(tmp_path):
    market, stop = published(tmp_path / "market.duckdb", "r1"), tmp_path / "stop"
    command = [sys.executable, "-m", "bench.reliability.readers", str(market), str(stop)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "reading\n"
        market.unlink()
        market.write_bytes(b"half a file")
        assert reader.stdout.readline() == "an error\n"
        stop.touch()
        assert json.loads(reader.stdout.read())["errors"]


@pytest.mark.parametrize(("rows", "only_here", "only_there"), [(2, 0, 0), (3, 0, 1), (1, 1, 0)])
def test_a_row_too_many_or_too_few_is_a_difference(tmp_path, rows, only_here, only_there):
    here, there = published(tmp_path / "here.duckdb", "r"), published(tmp_path / "there.duckdb", "r", rows=rows)
    [found] = equality.compare(here, there, ("mart",), ())
    assert (found.table, found.only_here, found.only_there) == ("mart.market_state", only_here, only_there)


def test_another_value_is_a_difference_but_in_a_column_left_out(tmp_path):
    here, there = published(tmp_path / "here.duckdb", "r"), published(tmp_path / "there.duckdb", "r")
    with duckdb.connect(str(there)) as connection:
        connection.execute("update mart.market_state set x = 0.25 where session_date = 1")
    assert not equality.compare(here, there, ("mart",), {})[0].is_equal
    assert equality.compare(here, there, ("mart",), {"mart.market_state": ("x",)})[0].is_equal
