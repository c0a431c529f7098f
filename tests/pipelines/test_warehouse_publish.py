"""Publishing: a whole copy for readers, put in place by rename, in a form that older readers open."""

import resource
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines import day
from pipelines.folder import DataFolder
from pipelines.warehouse import Warehouse, WarehouseError, query
from pipelines.warehouse.publish import RUN, publish

CLOCK = datetime(2025, 12, 12, 10, 50, tzinfo=UTC)
BEGAN = datetime(2025, 12, 12, 10, 51, tzinfo=UTC)
FACTS = {"run_id": "r1", "started_at": BEGAN, "clock": CLOCK, "source": "history", "label": "", "version": "0.1.0", "refused": 2}
STORAGE_OF_1_4 = 67  # the number at byte 12 of a file that DuckDB 1.4 writes; 2.0 writes a higher one unless told


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    made = Warehouse(tmp_path / "o'hara's" / "warehouse.duckdb")
    give(made, "gold")
    return made


@pytest.fixture
def market(warehouse: Warehouse) -> Path:
    return warehouse.path.with_name("market.duckdb")


def give(warehouse: Warehouse, *names: str) -> None:
    warehouse.refer("metals", pl.DataFrame({"name": names}), {"name": "What it's called."})


def names(path: Path) -> list[str]:
    return query(path, "select name from raw.metals order by name")["name"].to_list()


def read_elsewhere(path: Path) -> str:
    """What another process reads in the file."""
    program = "import sys, duckdb; print(*duckdb.connect(sys.argv[1], read_only=True).execute('from raw.metals order by 1').fetchall())"
    return subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True).stdout.strip()


_watched: list[tuple[str, list[str]]] = []


def _watch(event: str, arguments: tuple) -> None:
    for path, calls in _watched:
        if path in map(str, arguments[:2]) and event.startswith(("os.", "open", "shutil.")):
            calls.append(event)


sys.addaudithook(_watch)  # stays for as long as the process; does nothing while nothing is watched


@contextmanager
def system_calls_on(path: Path) -> Iterator[list[str]]:
    """What Python does to the file of that name meanwhile, by the names of its audit events."""
    calls: list[str] = []
    _watched.append((str(path), calls))
    try:
        yield calls
    finally:
        _watched.clear()


def test_the_copy_is_readable_while_the_warehouse_is_open_and_nobody_can_write_it(warehouse, market):
    with warehouse.writing():
        publish(warehouse, market, FACTS)
        assert names(market) == ["gold"]
        assert read_elsewhere(market) == "('gold',)"
    assert market.stat().st_mode & 0o777 == 0o444


def test_the_copy_is_in_the_storage_version_that_older_readers_open(warehouse, market):
    publish(warehouse, market, FACTS)
    [ours] = struct.unpack("<Q", warehouse.path.read_bytes()[12:20])
    [published] = struct.unpack("<Q", market.read_bytes()[12:20])
    assert published == STORAGE_OF_1_4 < ours


def test_tables_comments_and_as_of_forms_are_all_in_the_copy(warehouse, market):
    with warehouse.transaction() as connection:
        connection.execute("create view mart.shiny as select name from raw.metals")
    publish(warehouse, market, FACTS)
    whole = "select table_name, column_name, comment from duckdb_columns() where schema_name in ('raw', 'mart', 'meta') order by all"
    assert query(market, whole).rows() == warehouse.frame(whole).rows()
    assert query(market, "select name from raw.metals_as_of(now())").rows() == [("gold",)]
    assert query(market, "select name from mart.shiny").rows() == [("gold",)]


def test_what_no_model_makes_any_more_is_not_published_but_what_a_study_found_is(tmp_path):
    folder = DataFolder(tmp_path)
    with folder.warehouse().transaction() as connection:
        connection.execute("create table mart.divergence_session_outcomes as select 1 as one")
        connection.execute("create table study.divergence_study as select 1 as one")
        connection.execute("create table mart.drawdowns as select 1 as one")
    assert "mart.drawdowns" in day.publish_run(folder, folder.warehouse(), CLOCK, BEGAN)
    tables = query(folder.market, "select table_name from duckdb_tables() where schema_name in ('mart', 'study') order by 1")
    assert tables["table_name"].to_list() == ["divergence_study", "drawdowns"]


def test_a_reader_of_the_old_file_keeps_it_and_a_new_one_sees_the_new(warehouse, market):
    publish(warehouse, market, FACTS)
    reader = duckdb.connect(str(market), read_only=True)
    try:
        give(warehouse, "gold", "silver")
        publish(warehouse, market, FACTS)
        assert reader.execute("from raw.metals").fetchall() == [("gold",)]
        assert read_elsewhere(market) == "('gold',) ('silver',)"
        assert reader.execute("from raw.metals").fetchall() == [("gold",)]
    finally:
        reader.close()
    assert names(market) == ["gold", "silver"]


def test_the_new_file_takes_the_place_of_the_old_one_by_its_rename_and_nothing_else(warehouse, market):
    publish(warehouse, market, FACTS)
    with system_calls_on(market) as calls:
        publish(warehouse, market, FACTS | {"run_id": "r2"})
    assert calls == ["os.rename"]  # unlinked, opened or copied over, a reader could find nothing, or half of it
    assert query(market, "select run_id from meta.run")["run_id"].to_list() == ["r2"]


def test_the_run_stands_in_one_row_of_meta_run(warehouse, market):
    publish(warehouse, market, FACTS | {"run_id": "r0"})
    rows = publish(warehouse, market, FACTS)
    run = query(market, "select * from meta.run")
    assert (run.height, run.columns) == (1, list(RUN))
    row = run.row(0, named=True)
    assert {name: row[name] for name in FACTS} == FACTS
    assert (row["captures"], row["finished_at"] > BEGAN) == (0, True)
    assert row["rows"] == rows == {"raw.captures": 0, "raw.metals": 1, "raw.observations": 0, "raw.operations": 0, "raw.price_bars": 0}


def test_nothing_but_the_copy_is_left_in_the_folder(warehouse, market):
    publish(warehouse, market, FACTS)
    publish(warehouse, market, FACTS)
    assert sorted(path.name for path in market.parent.iterdir()) == ["market.duckdb", "warehouse.duckdb", "warehouse.lock"]


def test_a_copy_that_cannot_be_written_leaves_the_old_one_in_place(warehouse, market):
    publish(warehouse, market, FACTS)
    give(warehouse, *(f"alloy {number} of {number * 7919 % 10_007}" for number in range(60_000)))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))  # the nearest to a full disk
    try:
        with pytest.raises(WarehouseError, match="File too large"):
            publish(warehouse, market, FACTS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert names(market) == ["gold"]
    assert list(market.parent.glob(".market*")) == []
    publish(warehouse, market, FACTS)
    assert len(names(market)) == 60_000


def test_what_a_killed_run_left_behind_is_swept_away_by_the_next(warehouse, market):
    left = [market.with_name(name) for name in (".market.duckdb.new", ".market.duckdb.new.wal")]
    for path in left:
        path.write_bytes(b"half a copy")
    publish(warehouse, market, FACTS)
    assert names(market) == ["gold"]
    assert not any(path.exists() for path in left)
