"""How the file for readers is made: a copy of the whole warehouse in a storage version older readers open, put in place by rename.

Readers that hold the old file keep it; a new reader sees the new day; nobody sees half a run.
"""

import os
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.warehouse import Warehouse, raw
from pipelines.warehouse.connection import scalar

STORAGE_VERSION = "v1.4.0"
RUN = {
    "run_id": ("varchar", "The run that published this file."),
    "started_at": ("timestamptz", "When the run began, by the machine's clock."),
    "finished_at": ("timestamptz", "When the file was published, by the machine's clock."),
    "clock": ("timestamptz", "The moment the run stood at (--now): nothing published later was asked for."),
    "source": ("varchar", "Where the answers came from: live, sample or history."),
    "label": ("varchar", "What to print beside every figure: SAMPLE where figures are made from the embedded sample."),
    "version": ("varchar", "Version of Lockstep."),
    "captures": ("bigint", "Answers kept so far."),
    "refused": ("bigint", "Answers of this run's newest pass that were refused or never came."),
    "rows": ("map(varchar, bigint)", "Rows of every published table."),
}


def publish(warehouse: Warehouse, path: Path, run: dict[str, Any]) -> dict[str, int]:
    """Copy the warehouse to `path` (mode 0444), with one row about the run in `meta.run`, and return the rows of each table.

    Args:
        run: run_id, started_at, clock, source, label, version, refused.
    """
    temporary = path.with_name(f".{path.name}.new")
    with warehouse.writing():  # so nobody else publishes: what lies under the temporary name, a killed run left there
        _sweep(temporary)
        try:
            rows = _write_run(warehouse, run)
            _copy(warehouse, temporary)
            _sync(temporary)
            temporary.chmod(0o444)
            temporary.replace(path)
        finally:
            _sweep(temporary)
    return rows


def _copy(warehouse: Warehouse, temporary: Path) -> None:
    with warehouse.plain() as connection:
        connection.execute(f"attach '{raw.quote(str(temporary))}' as served (storage_version '{STORAGE_VERSION}')")
        try:
            connection.execute(f'copy from database "{warehouse.path.stem}" to served')
        finally:
            connection.execute("detach served")


def _sweep(temporary: Path) -> None:
    """Remove the temporary file and DuckDB's log of it, which a copy that breaks off leaves behind."""
    for path in (temporary, temporary.with_name(f"{temporary.name}.wal")):
        path.unlink(missing_ok=True)


def _write_run(warehouse: Warehouse, run: dict[str, Any]) -> dict[str, int]:
    with warehouse.transaction() as connection:
        names = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where schema_name in ('raw', 'core', 'mart') order by 1"
        ).fetchall()
        rows = {name: scalar(connection, f"select count(*) from {name}") for (name,) in names}
        entry = run | {
            "captures": rows["raw.captures"],
            "finished_at": datetime.now().astimezone(),
            "rows": rows,
        }
        columns = ", ".join(f"{name} {sql_type}" for name, (sql_type, _) in RUN.items())
        connection.execute("create schema if not exists meta")
        connection.execute(f"create or replace table meta.run ({columns})")
        for name, (_, text) in RUN.items():
            connection.execute(f"comment on column meta.run.{name} is '{raw.quote(text)}'")
        marks = ", ".join("?" for _ in RUN)
        connection.execute(f"insert into meta.run values ({marks})", [entry[name] for name in RUN])
    return rows


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
