"""A workbench: every table that the models under test read, empty, on which one model at a time is built.

Owns how rows come onto the bench and how they leave it again: what a test did is rolled back, so one DuckDB serves all.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines import day, models, studies
from pipelines.claims import record
from pipelines.warehouse import Warehouse

CASES = Path(__file__).parent


class Workbench:
    """Empty tables, each with its columns, types and as-of macro, and the means to fill and build them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    @contextmanager
    def clean(self) -> Iterator["Workbench"]:
        """The bench as it was found; what the block does to it is undone at its end."""
        self.connection.execute("begin transaction")
        try:
            yield self
        finally:
            self.connection.execute("rollback")

    def give(self, table: str, rows: pl.DataFrame | Path) -> None:
        """Add rows to a table: a frame, or a CSV whose columns are cast to the table's; columns not named are null."""
        if isinstance(rows, Path):
            self.connection.execute(f"insert into {table} by name select * from {self.csv(rows)}")
            return
        self.connection.register("given", rows)
        self.connection.execute(f"insert into {table} by name select * from given")
        self.connection.unregister("given")

    def build(self, *names: str) -> None:
        """Make the tables of the named models, in the order given, of what their upstream tables hold."""
        for model in map(named, names):
            self.connection.execute(f"create or replace table {model.name} as {model.select}")

    def rows(self, query: str) -> list[tuple]:
        """The answer to a query."""
        return self.connection.execute(query).fetchall()

    @staticmethod
    def csv(path: Path) -> str:
        """A table function that reads a CSV as text: nothing between the commas is null, "" is the empty string."""
        options = "header = true, all_varchar = true, allow_quoted_nulls = false, delim = ',', quote = '\"', escape = '\"'"
        return f"read_csv('{path}', {options})"

    def types(self, table: str) -> dict[str, str]:
        """Columns of a table and their SQL types."""
        return {name: sql_type for name, sql_type, *_ in self.rows(f"describe {table}")}


def named(name: str) -> models.Model:
    """The model of that `schema.table`."""
    return next(model for model in models.load() if model.name == name)


def upstream(names: set[str]) -> list[models.Model]:
    """The named models and every model they read, directly or not, in the order of building."""
    wanted = set(names)
    for model in reversed(models.load()):
        if model.name in wanted:
            wanted |= model.reads
    return [model for model in models.load() if model.name in wanted]


@pytest.fixture(scope="session")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """One bench for all: the raw tables and reference tables as a run makes them, every model under test, no rows."""
    warehouse = Warehouse(tmp_path_factory.mktemp("bench") / "warehouse.duckdb")
    with warehouse.writing():
        with pytest.MonkeyPatch.context() as patch:  # for this call alone: other tests of the process want the years
            patch.setattr(day, "SESSIONS_TO", day.SESSIONS_FROM + timedelta(days=7))
            day.refer(warehouse, datetime(2026, 1, 1, tzinfo=UTC))
        for name, study in studies.STUDIES.items():
            columns = {column: polars_type for column, (polars_type, _) in study.columns.items()}
            warehouse.evaluate(name, pl.DataFrame(schema=columns), study.key, {})
        record.run(warehouse, lambda line: None)  # nothing to ask of yet: the log alone is made
        with warehouse.plain() as connection:
            for (table,) in connection.execute("select table_name from duckdb_tables() where schema_name = 'raw'").fetchall():
                connection.execute(f"delete from raw.{table}")
            connection.execute("set threads = 1")  # small tables: a second thread only waits
            bench = Workbench(connection)
            for model in upstream({folder.name for folder in CASES.iterdir() if folder.is_dir() and "." in folder.name}):
                bench.build(model.name)
                connection.execute(f"create macro {model.name}_as_of(ts) as table {model.as_of}")
            yield bench
