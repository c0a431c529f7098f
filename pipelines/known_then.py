"""A published file as it was known at a moment, for many questions: each model is made as of then once, when first asked about.

Says the same as the as-of macros, which make a table anew for every question and for every table that reads it. Owns which
tables a question needs; the copies in memory belong to `pipelines.warehouse.snapshot`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import polars as pl

from pipelines import models
from pipelines.warehouse import Published, parsed, snapshot
from pipelines.warehouse.snapshot import Ask


@contextmanager
def reading(market: Path, moment: datetime) -> Iterator[Ask]:
    """The file, open until the block ends: to ask it about its tables as they stood at `moment` (UTC), named without `_as_of`.

    A query is one SELECT that names its columns.

    Raises:
        WarehouseError: there is no such file; or, in the block, DuckDB refuses a query, or it is none.
    """
    ordered = models.load()
    waiting = {model.name for model in ordered}
    read = {name for model in ordered for name in model.reads}
    stored = sorted((read - waiting) & Published(market).tables())
    with snapshot.of_file(market, moment, stored) as known:
        known.narrow(None, ())

        def ask(sql: str) -> pl.DataFrame:
            needed = [model for model in models.below(parsed(sql)[0], ordered) if model.name in waiting]
            known.narrow(None, [(model.name, model.select) for model in needed])
            waiting.difference_update(model.name for model in needed)
            return known.ask(sql)

        yield ask
