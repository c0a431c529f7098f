"""The definition grid: one headline, one row for each defensible definition, and whether they agree.

Owns how definitions are asked of a published file and the word for their agreement: robust when every definition that can
answer gives the same verdict, fragile when not. Each row is one query and carries it. Which definitions belong to which
headline stands in `pipelines.headlines`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipelines import studies
from pipelines.warehouse import query

COMPUTED_NOW = "computed now from what was known then"


@dataclass(frozen=True)
class Definition:
    """One way to ask: its name and its query, whose first row says `verdict` (compared), `answer` (printed), `detail`."""

    name: str
    sql: str


@dataclass(frozen=True)
class Question:
    """A headline and its definitions; where they read the mart of a study, which one and of which series."""

    headline: str
    definitions: tuple[Definition, ...]
    study: str | None = None
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """What one definition answers. `verdict` is None where the tables cannot say."""

    definition: Definition
    verdict: Any
    answer: str
    detail: str


@dataclass(frozen=True)
class Grid:
    """A headline and its lines."""

    headline: str
    lines: tuple[Line, ...]

    @property
    def agreement(self) -> str:
        """robust, fragile, or INSUFFICIENT_DATA where no definition can answer."""
        said = {line.verdict for line in self.lines if line.verdict is not None}
        if not said:
            return "INSUFFICIENT_DATA"
        return "robust" if len(said) == 1 else "fragile"


def ask(market: Path, question: Question, moment: datetime | None = None) -> Grid:
    """Every definition asked of a published file, as of a moment if one is given.

    A study that was evaluated only after that moment is computed now, for the two series alone, from what was known then.

    Raises:
        WarehouseError: there is no such file, or a table of it is missing.
    """
    if moment is None:
        return Grid(question.headline, tuple(_line(market, each) for each in question.definitions))
    asked = [replace(each, sql=studies.as_of(each.sql, moment)) for each in question.definitions]
    if question.study is None or studies.was_evaluated(market, question.study, moment):
        return Grid(question.headline, tuple(_line(market, each) for each in asked))
    rows = studies.computed(market, question.study, question.members, moment).to_dicts()
    return Grid(question.headline, tuple(_line_of(market, each, rows) for each in asked))


def lines_with_sql(grid: Grid) -> Iterator[tuple[int, str]]:
    """The queries of the grid, numbered as its lines are."""
    return ((number, line.definition.sql) for number, line in enumerate(grid.lines, start=1))


def _line(market: Path, definition: Definition) -> Line:
    return _read(definition, query(market, definition.sql).to_dicts())


def _line_of(market: Path, definition: Definition, rows: list[dict[str, Any]]) -> Line:
    """The same query, asked of rows that no table holds."""
    sql = re.sub(r"\bmart\.\w+\([^)]*\)", "(select unnest(?, recursive := true))", definition.sql)
    noted = replace(definition, sql=f"{definition.sql} -- nothing stored by then: asked of the study {COMPUTED_NOW}")
    line = _read(noted, query(market, sql, [rows]).to_dicts() if rows else [])
    return replace(line, detail=f"{line.detail}; {COMPUTED_NOW}") if rows else line


def _read(definition: Definition, rows: list[dict[str, Any]]) -> Line:
    if not rows:
        return Line(definition, None, "no answer", "nothing held that could tell")
    return Line(definition, rows[0]["verdict"], *(_printed(rows[0][name]) for name in ("answer", "detail")))


def _printed(value: Any) -> str:
    return "" if value is None else f"{value:%Y-%m-%d}" if isinstance(value, date) else str(value)
