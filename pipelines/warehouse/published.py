"""Readers of a published file: open while it answers, never locked, never written."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from pipelines.warehouse.connection import TABLES, WarehouseError, connect, frame, in_our_name


class Reader(Protocol):
    """What answers a query: the warehouse, or a published file."""

    def frame(self, query: str, params: Sequence[Any] = ()) -> pl.DataFrame: ...

    def tables(self) -> set[str]: ...


class Asked(Protocol):
    """What answers a query while a file is open."""

    def __call__(self, query: str, params: Sequence[Any] = (), /) -> pl.DataFrame: ...


class Published:
    """A published file as a reader: open while it answers, never locked, never written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def frame(self, query: str, params: Sequence[Any] = ()) -> pl.DataFrame:
        """See `query`."""
        with reading(self.path) as ask:
            return ask(query, params)

    def tables(self) -> set[str]:
        """The tables that it holds, as `schema.table`."""
        return set(self.frame(TABLES)["name"])


def query(path: Path, sql: str, params: Sequence[Any] = ()) -> pl.DataFrame:
    """The answer of a published file to one query, read-only.

    Raises:
        WarehouseError: there is no such file, or DuckDB refuses the query; the text is DuckDB's.
    """
    with reading(path) as ask:
        return ask(sql, params)


@contextmanager
def reading(path: Path) -> Iterator[Asked]:
    """A published file, open read-only until the block ends: to ask it many queries, as `query` asks one.

    Raises:
        WarehouseError: as `query`.
    """
    if not path.exists():
        raise WarehouseError(f"{path} is not there yet: run `lockstep run` first")
    with in_our_name(), closing(connect(path, read_only=True)) as connection:
        yield lambda query, params=(): frame(connection, query, params)
