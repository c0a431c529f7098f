"""The published file as the report asks it: as it stands, or as it was known at a moment.

Owns the moment that the page speaks of, the label that goes with every figure, and the names that people read.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import polars as pl

from pipelines import known_then, studies
from pipelines.warehouse import TABLES, reading

TITLES = "select series_id, title from raw.series where shape = 'price_bars' order by rowid"


@dataclass(frozen=True)
class Answer:
    """The rows of one query, and the query as it was asked."""

    sql: str
    rows: pl.DataFrame


@dataclass(frozen=True)
class Published:
    """A published file, and the moment to ask it as of (None: all that it knows).

    `query` asks the file as it stands, `then` its tables as they were known at the moment.
    """

    market: Path
    query: Callable[[str], pl.DataFrame]
    then: Callable[[str], pl.DataFrame]
    as_of: datetime | None = None

    @classmethod
    @contextmanager
    def opened(cls, market: Path, as_of: datetime | None = None) -> Iterator[Self]:
        """The file, open until the block ends.

        Raises:
            WarehouseError: there is no such file; or, in the block, DuckDB refuses a query.
        """
        with ExitStack() as open_files:
            ask = open_files.enter_context(reading(market))
            then = open_files.enter_context(known_then.reading(market, as_of)) if as_of else ask
            yield cls(market, ask, then, as_of)

    def ask(self, sql: str) -> Answer:
        """The answer to a query about tables of core and mart, which are asked as of the moment; noted with their as-of macros.

        Raises:
            WarehouseError: DuckDB refuses the query.
        """
        return Answer(studies.as_of(sql, self.as_of) if self.as_of else sql, self.then(sql))

    def stored(self, sql: str) -> Answer:
        """The answer to a query about tables whose rows carry their own moments: asked as it is."""
        return Answer(sql, self.query(sql))

    @cached_property
    def run(self) -> dict[str, Any]:
        """The run that published the file."""
        return self.query("select * from meta.run").row(0, named=True)

    @property
    def moment(self) -> datetime:
        """The moment the page speaks of: the one asked for, else where the run stood.

        Raises:
            ValueError: the moment asked for is later than the run, which cannot know of it.
        """
        clock = self.run["clock"]
        if self.as_of and self.as_of > clock:
            raise ValueError(f"{self.market} stands at {clock:%Y-%m-%dT%H:%MZ} and knows nothing later: name an earlier --as-of")
        return self.as_of or clock

    @property
    def label(self) -> str:
        """What is printed beside every figure; empty for the vendors' own."""
        return self.run["label"]

    @cached_property
    def names(self) -> dict[str, str]:
        """The name that people read for every series of prices, in the order of the catalog.

        Its title up to the first comma; up to the second where two would have the same.
        """
        titles = dict(self.query(TITLES).iter_rows())
        short = {series: re.split(r",| in US dollars", title)[0] for series, title in titles.items()}
        shared = [name for name in short.values() if list(short.values()).count(name) > 1]
        return {series: ",".join(titles[series].split(",")[:2]) if name in shared else name for series, name in short.items()}

    def named(self, rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
        """The rows with the names of their series in place of our own for them."""
        return rows.with_columns(pl.col(column).replace(self.names) for column in columns)

    def holds(self, table: str) -> bool:
        """Whether the file has that table (`schema.name`)."""
        return table in self.query(TABLES)["name"].to_list()
