"""The warehouse: one DuckDB file with one writer, open only while it is written or read.

The only package that imports duckdb. Owns the one writer: locking, transactions, and what is appended how. `connection.py`
owns how a file is opened, `parsing.py` what a SELECT names, `raw.py` the raw tables, `build.py` how a model becomes a table,
`publish.py` how the file for readers is made, `published.py` how it is read.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.warehouse import raw
from pipelines.warehouse.connection import TABLES, Locked, WarehouseError, connect, frame, in_our_name, scalar
from pipelines.warehouse.parsing import at, condition, parsed, then
from pipelines.warehouse.published import Published, Reader, query, reading

__all__ = [
    "TABLES",
    "Locked",
    "Published",
    "Reader",
    "Warehouse",
    "WarehouseError",
    "at",
    "condition",
    "parsed",
    "query",
    "reading",
    "then",
]


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
            with in_our_name():
                yield self
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with _sole_writer(self.path.with_suffix(".lock")), in_our_name():
            self._connection = connect(self.path)
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
            return frame(self._connection, query, params)

    def tables(self) -> set[str]:
        """The tables that stand, as `schema.table`."""
        return set(self.frame(TABLES)["name"])

    def append(self, shape: str, rows: pl.DataFrame, capture: dict[str, Any]) -> int:
        """Append what `rows` say that is new to `raw.<shape>` and enter their capture in the ledger, both or neither.

        Returns: the number of rows added.
        """
        with self.transaction() as connection:
            added = 0
            if rows.height:
                before = scalar(connection, f"select count(*) from raw.{shape}")
                connection.register("incoming", rows)
                connection.execute(raw.append(shape))
                connection.unregister("incoming")
                added = scalar(connection, f"select count(*) from raw.{shape}") - before
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
            newest = scalar(connection, "select max(captured_at) from raw.captures")
            if "known_at" not in rows.columns:
                rows = rows.with_columns(pl.lit(newest, pl.Datetime("us", "UTC")).alias("known_at"))
            connection.register("incoming", rows)
            connection.execute(f"create table if not exists study.{name} as select * from incoming limit 0")
            for column, sql_type, *_ in connection.execute("describe incoming").fetchall():  # one that a study has told only since
                connection.execute(f'alter table study.{name} add column if not exists "{column}" {sql_type}')
            before = scalar(connection, f"select count(*) from study.{name}")
            connection.execute(raw.superseding(f"study.{name}", key), [newest])
            connection.execute(raw.withdrawing(f"study.{name}", key, said), [newest])
            connection.execute(raw.appending(f"study.{name}", key, said, rows.columns))
            connection.unregister("incoming")
            connection.execute(raw.as_of(f"study.{name}", "known_at"))
            for column, text in texts.items():
                connection.execute(f"comment on column study.{name}.\"{column}\" is '{raw.quote(text)}'")
            return scalar(connection, f"select count(*) from study.{name}") - before

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
            before = scalar(connection, f"select count(*) from {name}")
            connection.execute(raw.noting(name, key, said, rows.columns))
            connection.unregister("incoming")
            connection.execute(raw.as_of(name, "known_at"))
            for column, text in texts.items():
                connection.execute(f"comment on column {name}.\"{column}\" is '{raw.quote(text)}'")
            return scalar(connection, f"select count(*) from {name}") - before


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
