"""The warehouse as a file: one writer, all or nothing, and a sentence for whoever cannot get in."""

import resource
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines import schemas
from pipelines.warehouse import Locked, Warehouse, WarehouseError, query, raw

NOON = datetime(2025, 12, 12, 12, tzinfo=UTC)
ENTRY = dict.fromkeys(raw.LEDGER) | {"capture_id": "c1", "series_id": "sofr", "captured_at": NOON, "outcome": "accepted"}
WRITER = "import sys; from pathlib import Path; from pipelines.warehouse import Warehouse\n"
WRITER += "with Warehouse(Path(sys.argv[1])).writing():\n    print('writing', flush=True); sys.stdin.read()"
SHELL = "import sys, duckdb\nshell = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "lockstep" / "warehouse.duckdb")  # "lock" in its path must not look like a lock


def observed(n: int = 1) -> pl.DataFrame:
    """`n` dates of one series, as they are appended."""
    days = pl.int_range(n, dtype=pl.Int32, eager=True)
    columns = {"series_id": "sofr", "vintage_date": None, "known_at": NOON, "known_at_method": "observed", "capture_id": "c1"}
    rows = pl.DataFrame({"date": days.cast(pl.Date), "value": days.cast(pl.Float64)})
    return rows.with_columns(**{name: pl.lit(value) for name, value in columns.items()}).with_columns(pl.col("vintage_date").cast(pl.Date))


def held(warehouse: Warehouse) -> tuple[int, int]:
    """Observations and captures in the warehouse."""
    counts = "select (select count(*) from raw.observations) as rows, (select count(*) from raw.captures) as captures"
    return warehouse.frame(counts).row(0)


def start(program: str, path: Path) -> subprocess.Popen:
    """Another process with `path` open, once it says so."""
    other = subprocess.Popen([sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline().strip() in ("writing", "open")
    return other


def test_a_new_warehouse_holds_every_raw_table_with_a_comment_on_each_column(warehouse):
    columns = warehouse.frame("select table_name, column_name, comment from duckdb_columns() where schema_name = 'raw'")
    assert set(columns["table_name"]) == {*schemas.SHAPES, "captures"}
    assert columns.filter(pl.col("comment").is_null() | (pl.col("comment") == "")).rows() == []
    assert held(warehouse) == (0, 0)


def test_it_is_open_only_while_it_is_written(warehouse):
    with warehouse.writing(), warehouse.writing() as inner:
        inner.append("observations", observed(), ENTRY)
        with pytest.raises(Locked):
            Warehouse(warehouse.path).frame("select 1 as one")
    assert Warehouse(warehouse.path).frame("select 1 as one").item() == 1


def test_it_closes_after_an_exception(warehouse):
    with pytest.raises(RuntimeError, match="on purpose"), warehouse.writing():
        raise RuntimeError("on purpose")
    assert held(Warehouse(warehouse.path)) == (0, 0)


def test_a_second_writer_gets_a_sentence_with_the_process_and_gets_in_once_that_is_killed(warehouse):
    other = start(WRITER, warehouse.path)
    try:
        with pytest.raises(Locked, match=rf"another run is writing this warehouse \(process {other.pid}\): wait until it ends"):
            warehouse.frame("select 1 as one")
        other.send_signal(signal.SIGKILL)
        other.wait()
        assert held(warehouse) == (0, 0)
    finally:
        other.kill()
        other.communicate()


def test_a_forgotten_shell_on_the_file_is_named_as_such(warehouse):
    assert held(warehouse) == (0, 0)
    other = start(SHELL, warehouse.path)
    try:
        with pytest.raises(Locked, match=rf"open elsewhere \(an SQL shell, another run\)\. Close it.*PID {other.pid}"):
            held(warehouse)
    finally:
        other.communicate("")
    assert held(warehouse) == (0, 0)


def _garbage(stored: bytes) -> bytes:
    return b"not a database " * 400


def _half(stored: bytes) -> bytes:
    return stored[: len(stored) // 2]


def _flipped(stored: bytes) -> bytes:
    return stored[:12_300] + bytes([stored[12_300] ^ 0xFF]) + stored[12_301:]


@pytest.mark.parametrize("damage", [_garbage, _half, _flipped, lambda stored: b""])
def test_a_file_that_is_no_warehouse_is_told_from_a_lock(warehouse, damage):
    assert held(warehouse) == (0, 0)
    warehouse.path.write_bytes(damage(warehouse.path.read_bytes()))
    with pytest.raises(WarehouseError, match="cannot be opened") as caught:
        held(warehouse)
    assert not isinstance(caught.value, Locked)
    with pytest.raises(WarehouseError, match="cannot be opened"):
        query(warehouse.path, "select 1 as one")


def test_rows_and_their_capture_are_entered_together_or_not_at_all(warehouse):
    with pytest.raises(KeyError, match="reason"):
        warehouse.append("observations", observed(3), {name: value for name, value in ENTRY.items() if name != "reason"})
    assert held(warehouse) == (0, 0)
    assert warehouse.append("observations", observed(3), ENTRY) == 3
    assert held(warehouse) == (3, 1)


def test_a_full_disk_leaves_what_was_there_and_is_said_in_a_sentence(warehouse):
    warehouse.append("observations", observed(3), ENTRY)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (warehouse.path.stat().st_size + 100_000, hard))  # the nearest to a full disk
    try:
        with pytest.raises(WarehouseError, match="File too large"):
            warehouse.append("observations", observed(300_000), ENTRY | {"capture_id": "c2"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert held(warehouse) == (3, 1)


def test_a_statement_that_duckdb_refuses_is_told_in_its_words_and_rolled_back(warehouse):
    with pytest.raises(WarehouseError, match="nowhere"):
        warehouse.frame("select * from raw.nowhere")
    with pytest.raises(WarehouseError, match="nowhere"), warehouse.transaction() as connection:
        connection.execute("create table core.half as select 1 as one; select * from raw.nowhere")
    assert warehouse.frame("select count(*) as n from duckdb_tables() where table_name = 'half'").item() == 0


def test_a_reference_table_is_replaced_whole_with_its_comments_and_its_as_of_form(warehouse):
    for names in (["gold", "silver"], ["gold", "copper", "zinc"]):
        known = pl.DataFrame({"name": names, "known_at": [NOON.replace(day=day + 1) for day in range(len(names))]})
        warehouse.refer("metals", known, {"name": "What it's called."}, known_at="known_at")
    assert warehouse.frame("select name from raw.metals order by name")["name"].to_list() == ["copper", "gold", "zinc"]
    early = warehouse.frame("select name from raw.metals_as_of(?) order by name", [NOON.replace(day=2)])
    assert early["name"].to_list() == ["copper", "gold"]
    comment = "select comment from duckdb_columns() where table_name = 'metals' and column_name = 'name'"
    assert warehouse.frame(comment).item() == "What it's called."


def evaluate(warehouse: Warehouse, day: int, **found: float | None) -> int:
    """Evaluate a study that found these, on answers of which the newest came on that day."""
    warehouse.append("observations", schemas.empty("observations"), ENTRY | {"captured_at": NOON.replace(day=day)})
    rows = pl.DataFrame({"name": list(found), "score": list(found.values())}, schema={"name": pl.String, "score": pl.Float64})
    return warehouse.evaluate("scores", rows, ["name"], {"score": "What was found."})


def scores(warehouse: Warehouse) -> list[tuple]:
    return warehouse.frame("select day(known_at), name, score from study.scores order by all").rows()


def test_a_study_adds_what_it_finds_that_is_new_and_withdraws_what_is_gone(warehouse):
    with warehouse.writing():
        assert [evaluate(warehouse, 12, gold=1.0, silver=2.0), evaluate(warehouse, 13, gold=1.0, silver=2.0)] == [2, 0]
        assert [evaluate(warehouse, 14, gold=1.5), evaluate(warehouse, 15, gold=1.5), evaluate(warehouse, 16, gold=1.5, silver=2.0)] == [
            2,
            0,
            1,
        ]
        found = [(12, "gold", 1.0), (12, "silver", 2.0), (14, "gold", 1.5), (14, "silver", None), (16, "silver", 2.0)]
        assert scores(warehouse) == found
        early = warehouse.frame("select name, score from study.scores_as_of(?) order by 1", [NOON.replace(day=13)])
        assert early.rows() == [("gold", 1.0), ("silver", 2.0)]


def test_a_study_may_tell_a_column_that_an_older_warehouse_does_not_have(warehouse):
    with warehouse.writing():
        evaluate(warehouse, 12, gold=1.0)
        warehouse.append("observations", schemas.empty("observations"), ENTRY | {"captured_at": NOON.replace(day=13)})
        rows = pl.DataFrame({"name": ["gold"], "score": [1.0], "rank": [7]})
        assert warehouse.evaluate("scores", rows, ["name"], {"rank": "Its place."}) == 1
        assert warehouse.frame("select day(known_at), score, rank from study.scores order by all").rows() == [(12, 1.0, None), (13, 1.0, 7)]


def test_a_study_computed_again_on_the_same_answers_replaces_what_it_found(warehouse):
    with warehouse.writing():
        evaluate(warehouse, 12, gold=1.0, silver=2.0)
        evaluate(warehouse, 13, gold=9.0, copper=9.0)
        evaluate(warehouse, 13, gold=1.5, silver=2.0)
        assert scores(warehouse) == [(12, "gold", 1.0), (12, "silver", 2.0), (13, "gold", 1.5)]


def test_a_study_that_dates_its_own_rows_is_taken_at_its_word(warehouse):
    rows = pl.DataFrame({"name": ["gold", "gold"], "score": [1.0, 2.0], "known_at": [NOON.replace(day=3), NOON.replace(day=5)]})
    with warehouse.writing():
        evaluate(warehouse, 2)
        for factor in (1, 1, 2):
            warehouse.evaluate("scores", rows.with_columns(pl.col("score") * factor), ["name"], {})
        assert scores(warehouse) == [(3, "gold", 2.0), (5, "gold", 4.0)]


def test_a_query_of_a_file_that_is_not_there_says_what_to_run(tmp_path):
    with pytest.raises(WarehouseError, match=r"market\.duckdb is not there yet: run `lockstep run`"):
        query(tmp_path / "market.duckdb", "select 1 as one")
    assert list(tmp_path.iterdir()) == []


def test_a_query_takes_parameters_and_cannot_write(warehouse):
    assert held(warehouse) == (0, 0)
    assert query(warehouse.path, "select ? + ? as sum", [1, 2]).item() == 3
    with pytest.raises(WarehouseError, match="read-only"):
        query(warehouse.path, "create table raw.mine (a integer)")


def test_instants_are_written_and_read_in_utc_whatever_the_zone_of_the_machine(warehouse):
    warehouse.append("observations", observed(), ENTRY)
    assert warehouse.frame("select known_at, known_at::varchar as text from raw.observations").row(0) == (NOON, "2025-12-12 12:00:00+00")
    assert warehouse.frame("select current_setting('TimeZone') as zone").item() == "UTC"
