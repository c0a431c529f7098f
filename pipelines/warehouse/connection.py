"""Connections to a DuckDB file: how one is opened, asked, and what its refusals are called.

Owns the errors that leave this package and what a query of a published file may not reach. Who holds a connection, and for
how long, stands in `pipelines.warehouse` (the writer) and `published.py` (readers).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

# What somebody asks of a published file reaches that file and nothing else of the machine: no other file, no network, no setting.
SHUT = "set enable_external_access = false; set lock_configuration = true"
TABLES = "select schema_name || '.' || table_name as name from duckdb_tables()"


class WarehouseError(RuntimeError):
    """The warehouse cannot be opened or written; the text says why and what to do."""


class Locked(WarehouseError):
    """Another process is writing."""


def connect(path: Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    try:
        connection = duckdb.connect(str(path), read_only=read_only)
    except duckdb.Error as error:
        if "Could not set lock" in str(error):
            raise Locked(f"{path} is open elsewhere (an SQL shell, another run). Close it and try again. DuckDB says: {error}") from error
        raise WarehouseError(f"{path} cannot be opened: {error}") from error
    if not scalar(connection, "select current_setting('lock_configuration')"):  # set by another reader of the same file, for all
        connection.execute("set global TimeZone = 'UTC'")
        if read_only:
            connection.execute(SHUT)
    return connection


def frame(connection: duckdb.DuckDBPyConnection, sql: str, params: Sequence[Any]) -> pl.DataFrame:
    relation = connection.sql(sql, params=list(params)) if params else connection.sql(sql)
    return relation.pl() if relation is not None else pl.DataFrame()


def scalar(connection: duckdb.DuckDBPyConnection, sql: str, params: Sequence[Any] = ()) -> Any:
    return connection.execute(sql, list(params)).fetchall()[0][0]  # a half-read result blocks the connection in DuckDB 2


@contextmanager
def in_our_name() -> Iterator[None]:
    """What DuckDB refuses, as an error that may leave this package; the text stays DuckDB's."""
    try:
        yield
    except duckdb.Error as error:
        advice = "the disk is full; make room and run the same command again. " if "No space left" in str(error) else ""
        raise WarehouseError(f"{advice}{error}") from error
