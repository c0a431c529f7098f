"""What a person has ruled of a bar or an operation that a rule got wrong: two checked-in, cited tables, read strictly.

    bar_rulings.csv         one row a ruling: the bar itself, its high or its low is ok, or quarantined, and why
    operation_rulings.csv   the same of an operation of the Desk

Owns the form of a ruling. What it does stands in `sql/core/price_bars.sql` and `sql/core/fed_operations.sql`. A ruling is never
rewritten: to reverse one, append another for the same bar and part, or operation; the newest stands, and each counts from the moment
it was made. Reading is `pipelines.policy.cited`.
"""

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Literal, Self

import polars as pl
from pydantic import StringConstraints, model_validator

from pipelines import catalog
from pipelines.policy import cited
from pipelines.policy.cited import CitedError, Row, Source

FOLDER = Path(__file__).parent
COLUMNS = {
    "ruling_id": "Number of the ruling, ascending.",
    "part": "What is ruled of: the bar (its close), its high or its low.",
    "ruling": "ok or quarantined.",
    "reason": "Why.",
    "ruled_by": "Who ruled.",
}

Said = Annotated[str, StringConstraints(min_length=3)]


class BarRuling(Row):
    """One ruling of a bar. It counts from `known_at`, the moment it was made."""

    ruling_id: Annotated[str, StringConstraints(pattern=r"^R\d{3}$")]
    series_id: Said
    session_date: date
    part: Literal["bar", "high", "low"]
    ruling: Literal["ok", "quarantined"]
    reason: Said
    ruled_by: Said
    known_at: datetime
    source_url: Source

    @model_validator(mode="after")
    def _comes_after_the_session(self) -> Self:
        if self.known_at < datetime.combine(self.session_date, time(), UTC):
            raise ValueError(f"a ruling is made after the session it is about, {self.session_date}")
        return self


class OperationRuling(Row):
    """One ruling of an operation, by the id under which `core.fed_operations` names it. It counts from `known_at`."""

    ruling_id: Annotated[str, StringConstraints(pattern=r"^R\d{3}$")]
    family: Literal["treasury", "agency", "repo"]
    operation_id: Said
    ruling: Literal["ok", "quarantined"]
    reason: Said
    ruled_by: Said
    known_at: datetime
    source_url: Source


TABLES: dict[str, type[Row]] = {"bar_rulings": BarRuling, "operation_rulings": OperationRuling}


def known_by(clock: datetime, folder: Path = FOLDER) -> dict[str, pl.DataFrame]:
    """The rulings made by `clock`, one row each, by the name of their table; columns are those of its model.

    Raises:
        CitedError: names file and line; also for a series that the catalog does not have.
    """
    known = {series.series_id for series in catalog.load() if series.shape == "price_bars"}
    found: dict[str, pl.DataFrame] = {}
    for name, model in TABLES.items():
        path = folder / f"{name}.csv"
        rulings = cited.read(path, model)
        for line, ruling in enumerate(rulings, start=2):
            if isinstance(ruling, BarRuling) and ruling.series_id not in known:
                raise CitedError(f"{path.name}:{line}: series_id: the catalog has no price series {ruling.series_id}")
        found[name] = cited.frame((ruling.model_dump() for ruling in rulings), model).filter(pl.col("known_at") <= clock)
    return found
