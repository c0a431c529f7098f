"""The definition grid: one headline, one row for each defensible definition, and whether they agree.

Owns how definitions are asked of a published file and the word for their agreement: robust when every definition that can
answer gives the same verdict, fragile when not, and how many agree. Each row is one query and carries it. Which definitions
belong to which headline stands in `pipelines.headlines`.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipelines import known_then, studies
from pipelines.warehouse import query

COMPUTED_NOW = "computed now from what was known then"


@dataclass(frozen=True)
class Definition:
    """One way to ask: its name and its query, whose first row says `verdict` (compared), `answer` (printed), `detail`.

    `basis` is what a record is of (close or intraday); `within` the window or horizon ("63 sessions"), None where it has none.
    """

    name: str
    sql: str
    basis: str = "close"
    within: str | None = None


@dataclass(frozen=True)
class Line:
    """What one definition answers. `verdict` is None where the tables cannot say; `row` is all that its query gave."""

    definition: Definition
    verdict: Any
    answer: str
    detail: str
    row: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """A headline and its definitions; where they read the mart of a study, which one and of which series.

    `words` says in a sentence what the lines make together, where more is to be said than whether they agree; `otherwise` what to
    ask for a basis that no definition is on.
    """

    headline: str
    definitions: tuple[Definition, ...]
    study: str | None = None
    members: tuple[str, ...] = ()
    words: Callable[[Sequence[Line]], str] = lambda lines: ""
    otherwise: str = ""

    def on(self, basis: str) -> "Question":
        """The definitions on that basis.

        Raises:
            ValueError: there is none; says what to ask instead.
        """
        return self._only([each for each in self.definitions if each.basis == basis], f"is answered on closes alone; {self.otherwise}")

    def within(self, span: str) -> "Question":
        """The definitions with that window or horizon.

        Raises:
            ValueError: there is none; says which there are.
        """
        known = ", ".join(dict.fromkeys(each.within for each in self.definitions if each.within))
        instead = f"is not worked out within {span}; ask for one of {known}" if known else "has no horizon; leave --within out"
        return self._only([each for each in self.definitions if each.within == span], instead)

    def _only(self, found: Sequence[Definition], instead: str) -> "Question":
        if not found:
            raise ValueError(f'"{self.headline}" {instead}')
        return replace(self, definitions=tuple(found))


@dataclass(frozen=True)
class Grid:
    """A headline, its lines, the moment they stand at (UTC) and what they make together in words."""

    headline: str
    lines: tuple[Line, ...]
    moment: datetime
    words: str = ""

    @property
    def agreement(self) -> str:
        """robust, fragile, or INSUFFICIENT_DATA where no definition can answer."""
        said = {line.verdict for line in self.lines if line.verdict is not None}
        if not said:
            return "INSUFFICIENT_DATA"
        return "robust" if len(said) == 1 else "fragile"

    @property
    def tally(self) -> str:
        """How many definitions share the commonest verdict, of those that can answer, and how many cannot."""
        said = Counter(line.verdict for line in self.lines if line.verdict is not None)
        if not said:
            return f"none of {len(self.lines)} definitions can say"
        most = max(said.values())
        agree = f"{most} of {said.total()}" if most > 1 or said.total() == 1 else f"no two of {said.total()}"
        silent = len(self.lines) - said.total()
        return f"{agree} definitions agree" + (f", {silent} cannot say" if silent else "")


def ask(market: Path, question: Question, moment: datetime | None = None) -> Grid:
    """Every definition asked of a published file, as of a moment if one is given.

    A study that was evaluated only after that moment is computed now, for the two series alone, from what was known then.

    Raises:
        WarehouseError: there is no such file, or a table of it is missing.
    """
    lines = tuple(_lines(market, question, moment))
    stands_at = moment or query(market, "select clock from meta.run")["clock"][0]
    return Grid(question.headline, lines, stands_at, question.words(lines))


def lines_with_sql(grid: Grid) -> Iterator[tuple[int, str]]:
    """The queries of the grid, numbered as its lines are."""
    return ((number, line.definition.sql) for number, line in enumerate(grid.lines, start=1))


def _lines(market: Path, question: Question, moment: datetime | None) -> Iterator[Line]:
    if moment is None:
        return (_line(market, each) for each in question.definitions)
    if question.study is None or studies.was_evaluated(market, question.study, moment):
        return _known_then(market, question.definitions, moment)
    rows = studies.computed(market, question.study, question.members, moment).to_dicts()
    return (_line_of(market, _as_of(each, moment), rows) for each in question.definitions)


def _line(market: Path, definition: Definition) -> Line:
    return _read(definition, query(market, definition.sql).to_dicts())


def _known_then(market: Path, definitions: Sequence[Definition], moment: datetime) -> Iterator[Line]:
    """The lines as of a moment."""
    with known_then.reading(market, moment) as ask:
        for each in definitions:
            yield _read(_as_of(each, moment), ask(each.sql).to_dicts())


def _as_of(definition: Definition, moment: datetime) -> Definition:
    return replace(definition, sql=studies.as_of(definition.sql, moment))


def _line_of(market: Path, definition: Definition, rows: list[dict[str, Any]]) -> Line:
    """The same query, asked of rows that no table holds."""
    sql = re.sub(r"\bmart\.\w+\([^)]*\)", "(select unnest(?, recursive := true))", definition.sql)
    noted = replace(definition, sql=f"{definition.sql} -- nothing stored by then: asked of the study {COMPUTED_NOW}")
    line = _read(noted, query(market, sql, [rows]).to_dicts() if rows else [])
    return replace(line, detail=f"{line.detail}; {COMPUTED_NOW}") if rows else line


def _read(definition: Definition, rows: list[dict[str, Any]]) -> Line:
    if not rows:
        return Line(definition, None, "no answer", "nothing held that could tell")
    row = rows[0]
    return Line(definition, row["verdict"], _printed(row["answer"]), _printed(row["detail"]), row)


def _printed(value: Any) -> str:
    return "" if value is None else f"{value:%Y-%m-%d}" if isinstance(value, date) else str(value)
