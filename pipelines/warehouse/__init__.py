"""The warehouse: one DuckDB file with one writer, open only while it is written or read.

The only package that imports duckdb. Owns opening, locking, transactions and what a failure to open tells a person.
`raw.py` owns the raw tables, `build.py` how a model becomes a table, `publish.py` how the file for readers is made.
"""

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import duckdb
import polars as pl

from pipelines.warehouse import raw

# What somebody asks of a published file reaches that file and nothing else of the machine: no other file, no network, no setting.
SHUT = "set enable_external_access = false; set lock_configuration = true"


class WarehouseError(RuntimeError):
    """The warehouse cannot be opened or written; the text says why and what to do."""


class Locked(WarehouseError):
    """Another process is writing."""


class Warehouse:
    """One warehouse file.

    `label` is put in front of every table comment ("SAMPLE …" where the rows are made from the embedded sample).
    """

    def __init__(self, path: Path, label: str = "") -> None:
        self.path = path
        self.label = label
        self._connection: duckdb.DuckDBPyConnection | None = None

    @contextmanager
    def writing(self) -> Iterator["Warehouse"]:
        """Open for writing until the block ends, also when it ends in an exception. Nests: the outermost block opens.

        Raises:
            Locked: another process is writing.
            WarehouseError: the file is not a warehouse, a newer DuckDB wrote it, or DuckDB refuses a statement of the block.
        """
        if self._connection is not None:
            with _in_our_name():
                yield self
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with _sole_writer(self.path.with_suffix(".lock")), _in_our_name():
            self._connection = _connect(self.path)
            try:
                self._connection.execute(f"begin transaction; {'; '.join(raw.ddl())}; commit")  # one by one they take five times as long
                yield self
            finally:
                self._connection.close()
                self._connection = None

    @contextmanager
    def plain(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection outside any transaction, for statements that DuckDB does not allow inside one."""
        with self.writing():
            assert self._connection is not None
            yield self._connection

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection inside one transaction: committed when the block ends well, rolled back when it does not."""
        with self.writing():
            assert self._connection is not None
            self._connection.execute("begin transaction")
            try:
                yield self._connection
                self._connection.execute("commit")
            except BaseException:
                with suppress(duckdb.TransactionException):  # a failed commit has rolled back by itself
                    self._connection.execute("rollback")
                raise

    def frame(self, query: str, params: Sequence[Any] = ()) -> pl.DataFrame:
        """The answer to a query as a polars frame.

        Raises:
            Locked: another process is writing.
            WarehouseError: DuckDB refuses the query; the text is DuckDB's.
        """
        with self.writing():
            assert self._connection is not None
            return _frame(self._connection, query, params)

    def tables(self) -> set[str]:
        """The tables that stand, as `schema.table`."""
        return set(self.frame("select schema_name || '.' || table_name as name from duckdb_tables()")["name"])

    def append(self, shape: str, rows: pl.DataFrame, capture: dict[str, Any]) -> int:
        """Append what `rows` say that is new to `raw.<shape>` and enter their capture in the ledger, both or neither.

        Returns: the number of rows added.
        """
        with self.transaction() as connection:
            added = 0
            if rows.height:
                before = _scalar(connection, f"select count(*) from raw.{shape}")
                connection.register("incoming", rows)
                connection.execute(raw.append(shape))
                connection.unregister("incoming")
                added = _scalar(connection, f"select count(*) from raw.{shape}") - before
            entry = capture | {"rows": added}
            marks = ", ".join("?" for _ in raw.LEDGER)
            connection.execute(f"insert into raw.captures values ({marks})", [entry[name] for name in raw.LEDGER])
        return added

    def refer(self, table: str, rows: pl.DataFrame, comments: dict[str, str], known_at: str | None = None) -> None:
        """Replace a reference table `raw.<table>` (catalog, sessions, cited tables) by `rows`, with its comments."""
        with self.transaction() as connection:
            connection.register("reference", rows)
            connection.execute(f"create or replace table raw.{table} as select * from reference")
            connection.unregister("reference")
            for name, text in comments.items():
                connection.execute(f"comment on column raw.{table}.\"{name}\" is '{raw.quote(text)}'")
            connection.execute(raw.as_of(f"raw.{table}", known_at))

    def evaluate(self, name: str, rows: pl.DataFrame, key: Sequence[str], texts: dict[str, str]) -> int:
        """Append what the rows of a study say that is new to `study.<name>`, a row of nulls for a key that is gone.

        A row is dated by its own known_at where it has one, else by the newest answer that the warehouse holds; what was
        computed before for that instant is replaced.

        Returns: by how many rows the table grew.
        """
        said = [column for column in rows.columns if column not in {*key, "known_at"}]
        with self.transaction() as connection:
            newest = _scalar(connection, "select max(captured_at) from raw.captures")
            if "known_at" not in rows.columns:
                rows = rows.with_columns(pl.lit(newest, pl.Datetime("us", "UTC")).alias("known_at"))
            connection.register("incoming", rows)
            connection.execute(f"create table if not exists study.{name} as select * from incoming limit 0")
            before = _scalar(connection, f"select count(*) from study.{name}")
            connection.execute(raw.superseding(f"study.{name}", key), [newest])
            connection.execute(raw.withdrawing(f"study.{name}", key, said), [newest])
            connection.execute(raw.appending(f"study.{name}", key, said, rows.columns))
            connection.unregister("incoming")
            connection.execute(raw.as_of(f"study.{name}", "known_at"))
            for column, text in texts.items():
                connection.execute(f"comment on column study.{name}.\"{column}\" is '{raw.quote(text)}'")
            return _scalar(connection, f"select count(*) from study.{name}") - before

    def note(self, table: str, rows: pl.DataFrame, key: Sequence[str], said: Sequence[str], texts: dict[str, str]) -> int:
        """Append to the log `raw.<table>` every row that says something else than the last one noted for its key.

        Args:
            rows: the key, what is said, known_at, and evaluated_at (the machine's clock), which orders the notes of a key.

        Returns: the number of rows noted.
        """
        name = f"raw.{table}"
        with self.transaction() as connection:
            connection.register("incoming", rows)
            connection.execute(f"create table if not exists {name} as select * from incoming limit 0")
            before = _scalar(connection, f"select count(*) from {name}")
            connection.execute(raw.noting(name, key, said, rows.columns))
            connection.unregister("incoming")
            connection.execute(raw.as_of(name, "known_at"))
            for column, text in texts.items():
                connection.execute(f"comment on column {name}.\"{column}\" is '{raw.quote(text)}'")
            return _scalar(connection, f"select count(*) from {name}") - before


class Reader(Protocol):
    """What answers a query: the warehouse, or a published file."""

    def frame(self, query: str, params: Sequence[Any] = ()) -> pl.DataFrame: ...


class Published:
    """A published file as a reader: open while it answers, never locked, never written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def frame(self, query: str, params: Sequence[Any] = ()) -> pl.DataFrame:
        """See `query`."""
        with reading(self.path) as ask:
            return ask(query, params)


def query(path: Path, sql: str, params: Sequence[Any] = ()) -> pl.DataFrame:
    """The answer of a published file to one query, read-only.

    Raises:
        WarehouseError: there is no such file, or DuckDB refuses the query; the text is DuckDB's.
    """
    with reading(path) as ask:
        return ask(sql, params)


@contextmanager
def reading(path: Path) -> Iterator[Callable[[str, Sequence[Any]], pl.DataFrame]]:
    """A published file, open read-only until the block ends: to ask it many queries, as `query` asks one.

    Raises:
        WarehouseError: as `query`.
    """
    if not path.exists():
        raise WarehouseError(f"{path} is not there yet: run `lockstep run` first")
    with _in_our_name(), closing(_connect(path, read_only=True)) as connection:
        yield lambda sql, params=(): _frame(connection, sql, params)


@cache
def parsed(select: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The tables (`schema.table`) that a SELECT reads and the names of its columns, as DuckDB's own parser sees them.

    Raises:
        WarehouseError: the text is not one SELECT, or a column of it has no name.
    """
    tree = _tree(select, "SELECT")
    nodes = [statement["node"] for statement in tree["statements"]]
    if len(nodes) != 1 or nodes[0]["type"] != "SELECT_NODE":
        raise WarehouseError(
            f"not one SELECT but {len(nodes)} statements ({', '.join(node['type'] for node in nodes)}); put a UNION inside one"
        )
    names = tuple(item["alias"] or item.get("column_names", [""])[-1] for item in nodes[0]["select_list"])
    if not all(names):
        raise WarehouseError("every column of the last SELECT must have a name")
    return frozenset(_tables(tree)), names


@cache
def condition(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The tables (`schema.table`) that a condition asks and the columns it names, as written (`row.series_id`).

    Raises:
        WarehouseError: the text is not one condition.
    """
    tree = _tree(f"select ({text}\n) as holds", "condition")
    return frozenset(_tables(tree)), frozenset(_columns(tree))


def at(sql: str, ts: str) -> str:
    """The SQL over what was known at `ts`, an expression: every table it names swapped for that table's as-of macro."""
    return re.sub(r"\b(raw|core|study|mart)\.([a-z0-9_]+)\b", rf"\1.\2_as_of({ts})", sql)


def _tree(select: str, form: str) -> dict[str, Any]:
    tree = json.loads(_scalar(_parser().cursor(), "select json_serialize_sql(?)", [select]))
    if tree.get("error"):
        raise WarehouseError(f"not one {form}: {tree.get('error_message')}")
    return tree


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """A connection to no file, kept: to open one takes ten times as long as to parse a model."""
    return duckdb.connect()


def _tables(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") == "BASE_TABLE" and node.get("schema_name"):
            yield f"{node['schema_name']}.{node['table_name']}"
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _tables(child)


def _columns(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") == "COLUMN_REF":
            yield ".".join(node["column_names"])
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _columns(child)


def _connect(path: Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    try:
        connection = duckdb.connect(str(path), read_only=read_only)
    except duckdb.Error as error:
        if "Could not set lock" in str(error):
            raise Locked(f"{path} is open elsewhere (an SQL shell, another run). Close it and try again. DuckDB says: {error}") from error
        raise WarehouseError(f"{path} cannot be opened: {error}") from error
    if not _scalar(connection, "select current_setting('lock_configuration')"):  # set by another reader of the same file, for all
        connection.execute("set global TimeZone = 'UTC'")
        if read_only:
            connection.execute(SHUT)
    return connection


def _frame(connection: duckdb.DuckDBPyConnection, sql: str, params: Sequence[Any]) -> pl.DataFrame:
    relation = connection.sql(sql, params=list(params)) if params else connection.sql(sql)
    return relation.pl() if relation is not None else pl.DataFrame()


def _scalar(connection: duckdb.DuckDBPyConnection, sql: str, params: Sequence[Any] = ()) -> Any:
    return connection.execute(sql, list(params)).fetchall()[0][0]  # a half-read result blocks the connection in DuckDB 2


@contextmanager
def _in_our_name() -> Iterator[None]:
    """What DuckDB refuses, as an error that may leave this package; the text stays DuckDB's."""
    try:
        yield
    except duckdb.Error as error:
        advice = "the disk is full; make room and run the same command again. " if "No space left" in str(error) else ""
        raise WarehouseError(f"{advice}{error}") from error


@contextmanager
def _sole_writer(path: Path) -> Iterator[None]:
    """Hold the lock file; the kernel frees it when the process ends, however it ends."""
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise Locked(
                f"another run is writing this warehouse (process {file.read().strip() or 'unknown'}): wait until it ends"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
