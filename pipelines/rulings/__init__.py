"""What a person has ruled of a bar that a rule got wrong: one checked-in, cited table, read strictly.

    bar_rulings.csv   one row a ruling: the bar itself, its high or its low is ok, or quarantined, and why

Owns the form of a ruling. What it does to a bar stands in `sql/core/price_bars.sql`. A ruling is never rewritten: to reverse one,
append another for the same bar and part; the newest stands, and each counts from the moment it was made. Reading is
`pipelines.policy.cited`.
"""

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Literal, Self

import polars as pl
from pydantic import StringConstraints, model_validator

from pipelines import catalog
from pipelines.policy import cited
from pipelines.policy.cited import CitedError, Row, Source

FILE = Path(__file__).parent / "bar_rulings.csv"
COLUMNS = {
    "ruling_id": "Number of the ruling, ascending.",
    "part": "What is ruled of: the bar (its close), its high or its low.",
    "ruling": "ok or quarantined.",
    "reason": "Why.",
    "ruled_by": "Who ruled.",
}

Said = Annotated[str, StringConstraints(min_length=3)]


class Ruling(Row):
    """One ruling. It counts from `known_at`, the moment it was made."""

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


def known_by(clock: datetime, path: Path = FILE) -> pl.DataFrame:
    """The rulings made by `clock`, one row each; columns are those of `Ruling`.

    Raises:
        CitedError: names file and line; also for a series that the catalog does not have.
    """
    rulings = cited.read(path, Ruling)
    known = {series.series_id for series in catalog.load() if series.shape == "price_bars"}
    for line, ruling in enumerate(rulings, start=2):
        if ruling.series_id not in known:
            raise CitedError(f"{path.name}:{line}: series_id: the catalog has no price series {ruling.series_id}")
    return cited.frame((ruling.model_dump() for ruling in rulings), Ruling).filter(pl.col("known_at") <= clock)
