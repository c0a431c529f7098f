"""A snapshot: the tables as they were known at a moment, built in memory beside the file they come from.

The same texts as the as-of macros, so the same rows; but what is slow to make is made once for many questions, and a mart
only of the series that are asked about. Owns the copy and its clean-up; what is asked is the caller's business.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

import duckdb
import polars as pl

from pipelines.warehouse import Warehouse, WarehouseError, raw
from pipelines.warehouse.connection import frame, in_our_name

Ask = Callable[[str], pl.DataFrame]
Make = str | Callable[[Ask], pl.DataFrame]
IN_MEMORY, COPIES = "known_then", "copies"


class Known(Protocol):
    """Tables that can be asked."""

    def narrow(self, series: frozenset[str] | None, made: Sequence[tuple[str, Make]]) -> None:
        """Make these tables, in this order, of these series alone (all, if None): each by its SELECT or by a function."""
        ...

    def ask(self, sql: str) -> pl.DataFrame:
        """The answer to a query.

        Raises:
            WarehouseError: DuckDB refuses it; the text is DuckDB's.
        """
        ...


class Standing:
    """Tables as they stand: there is nothing to make."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def ask(self, sql: str) -> pl.DataFrame:
        """As `Known`."""
        return self._ask(sql)

    def narrow(self, series: frozenset[str] | None, made: Sequence[tuple[str, Make]]) -> None:
        """Nothing: they hold every series."""


class Snapshot:
    """Copies in memory on an open connection, as they were known at a moment."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, moment: datetime, copied: Iterable[str]) -> None:
        self._connection = connection
        self._series_of = {name: self._copy(name, moment) for name in copied}

    def narrow(self, series: frozenset[str] | None, made: Sequence[tuple[str, Make]]) -> None:
        """As `Known`; a second vendor's reading stays with the series it is a reading of."""
        for name, has_series in self._series_of.items():
            condition = _about(series) if series is not None and has_series else ""
            table = f"{COPIES}.{name.replace('.', '_')}"
            self._connection.execute(f"create or replace view {name} as select * from {table}{condition}")
        for name, make in made:
            self._make(name, make)

    def ask(self, sql: str) -> pl.DataFrame:
        """As `Known`."""
        with in_our_name():
            return frame(self._connection, sql, ())

    def _copy(self, name: str, moment: datetime) -> bool:
        """Copy `core.x` as it was known; returns whether its rows are about series."""
        home = self._connection.execute("select current_database()").fetchall()[0][0]
        copy = f"{IN_MEMORY}.{COPIES}.{name.replace('.', '_')}"
        self._connection.execute(f"create table {copy} as select * from {name}_as_of(timestamptz '{moment.isoformat()}')")
        columns = self._connection.execute(f'describe "{home}".{name}').fetchall()
        return "series_id" in {row[0] for row in columns}

    def _make(self, name: str, make: Make) -> None:
        if isinstance(make, str):
            self._connection.execute(f"create or replace table {name} as {make}")
            return
        self._connection.register("computed", make(self.ask))
        self._connection.execute(f"create or replace table {name} as select * from computed")
        self._connection.unregister("computed")


@contextmanager
def of_warehouse(warehouse: Warehouse, moment: datetime, copied: Iterable[str]) -> Iterator[Known]:
    """A snapshot of a warehouse; arguments and errors as `of_file`."""
    with warehouse.plain() as connection, _attached(connection, moment, copied) as known:
        yield known


@contextmanager
def of_file(path: Path, moment: datetime, copied: Iterable[str]) -> Iterator[Known]:
    """A snapshot of a published file.

    Args:
        moment: UTC; rows known later are left out.
        copied: tables (`core.x`) taken over as they were known at the moment.

    Raises:
        WarehouseError: there is no such file, or a table is not in it.
    """
    if not path.exists():
        raise WarehouseError(f"{path} is not there yet: run `lockstep run` first")
    with in_our_name(), closing(duckdb.connect()) as connection:  # a connection that is read-only as a whole cannot copy
        connection.execute(f"set TimeZone = 'UTC'; attach '{raw.quote(str(path))}' as served (read_only); use served")
        with _attached(connection, moment, copied) as known:
            yield known


@contextmanager
def _attached(connection: duckdb.DuckDBPyConnection, moment: datetime, copied: Iterable[str]) -> Iterator[Known]:
    home = connection.execute("select current_database()").fetchall()[0][0]
    connection.execute(f"attach ':memory:' as {IN_MEMORY}")
    try:
        for schema in (COPIES, "raw", "core", "study", "mart"):
            connection.execute(f"create schema {IN_MEMORY}.{schema}")
        known = Snapshot(connection, moment, copied)
        connection.execute(f"use {IN_MEMORY}")
        for function in raw.FUNCTIONS:
            connection.execute(function)
        yield known
    finally:
        connection.execute(f'use "{home}"')
        connection.execute(f"detach {IN_MEMORY}")


def _about(series: frozenset[str]) -> str:
    names = ", ".join(f"'{raw.quote(name)}'" for name in sorted(series))
    second = f"select series_id from {COPIES}.core_series where second_reading_of in ({names})"
    return f" where series_id in ({names}) or series_id in ({second})"
