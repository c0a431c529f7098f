"""Models: one file `sql/<schema>/<table>.sql`, one SELECT with its claims on top.

Owns the form of such a file, the order in which models are built, and the second form of each SELECT, the table macro
`<schema>.<table>_as_of(ts)`. Building belongs to `pipelines.warehouse.build`; what a model says, to its file.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines import claims, studies
from pipelines.warehouse import WarehouseError, at, condition, parsed, then

FOLDER = Path(__file__).parents[1] / "sql"
VERDICTS = "raw.claim_verdicts"  # noted by asking the marts (`pipelines.claims.record`), so they come first
_COMMENT = re.compile(r"\A\s*/\*(.*?)\*/", re.DOTALL)


class ModelError(ValueError):
    """A model file that is not one: names the file and what is wrong with it."""


class Header(BaseModel):
    """The TOML on top of a model file. Strict, no extra keys."""

    model_config = ConfigDict(extra="forbid", strict=True)

    description: str
    grain: list[str]
    columns: dict[str, str] = {}
    rests_on: dict[str, str] = {}
    context: dict[str, str] = {}
    checks: dict[str, str] = {}


@dataclass(frozen=True)
class Model:
    """One table: what a row is, what its new columns mean, what must hold, and the SELECT that makes it.

    `output` names the columns of its last SELECT, `reads` the tables (`schema.table`) it reads. Of each of them the file
    says on which rows (`up`) one row of this table (`row`) rests, as a condition in SQL, or that it is context, and why.
    """

    schema: str
    table: str
    description: str
    grain: tuple[str, ...]
    columns: dict[str, str]
    rests_on: dict[str, str]
    context: dict[str, str]
    checks: dict[str, str]
    select: str
    output: tuple[str, ...]
    reads: frozenset[str]
    path: Path

    @property
    def name(self) -> str:
        """`schema.table`."""
        return f"{self.schema}.{self.table}"

    @property
    def as_of(self) -> str:
        """The SELECT over what was known at `ts`: every table it reads swapped for that table's own as-of macro."""
        return at(self.select, "ts")


@cache
def load(folder: Path = FOLDER) -> tuple[Model, ...]:
    """Every model, in an order in which each comes after what it reads.

    Raises:
        ModelError: a file has no header, an unknown key in it, is not one SELECT, or the models read in a circle.
    """
    models = {model.name: model for model in map(_read, sorted(folder.glob("*/*.sql")))}
    for model in models.values():
        missing = {name for name in made_first(model) if not name.startswith("raw.")} - set(models)
        if missing:
            raise ModelError(f"{model.path.name}: reads {', '.join(sorted(missing))}, which no file makes")
    graph = {model.name: sorted(made_first(model) & set(models)) for model in models.values()}
    try:
        order = tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise ModelError(f"models read in a circle: {' <- '.join(error.args[1])}") from error
    for model in models.values():
        check_lineage(model.path.name, model.reads, model.rests_on, model.context, own=model.name)
    return tuple(models[name] for name in order)


def below(tables: Iterable[str], ordered: Sequence[Model]) -> tuple[Model, ...]:
    """The models among `tables` and those on which any of the tables stands, in the order of `ordered`, that of `load`."""
    found = set(tables)
    for model in reversed(ordered):
        found |= model.reads if model.name in found else set()
    return tuple(model for model in ordered if model.name in found)


def as_known(made: Sequence[Model], ts: str) -> list[str]:
    """The steps of a WITH that make these models as they were known at `ts`, an expression, each once (named by `then`)."""
    names = {model.name for model in made}
    return [f"{then(model.name)} as ({at(model.select, ts, names)}\n)" for model in made]


def made_first(model: Model) -> set[str]:
    """The tables that must stand before the model is built: those it reads, and those its studies and verdicts read."""
    studied = {name for name in model.reads if name.startswith("study.")}
    asked = claims.reads() if VERDICTS in model.reads else set()
    return set(model.reads - studied - {VERDICTS}).union(asked, *(studies.reads(name.removeprefix("study.")) for name in studied))


def dated_by_evaluation() -> set[str]:
    """The models whose rows are dated by when a study was evaluated, read directly or not: a replay dates them anew."""
    found = {f"study.{name}" for name, study in studies.STUDIES.items() if study.is_dated_by_evaluation}
    for model in load():
        if found & model.reads:
            found.add(model.name)
    return {model.name for model in load()} & found


def check_lineage(place: str, reads: Iterable[str], rests_on: Mapping[str, str], context: Mapping[str, str], *, own: str) -> None:
    """Whether it is said of every table that is read, once, what a row of `own` rests on in it.

    Raises:
        ModelError: a table is left out, said twice or not read at all; a condition is no expression over `row` and `up`.
    """
    for name in sorted(reads):
        if (name in rests_on) == (name in context):
            raise ModelError(
                f"{place}: say of {name} either under [rests_on] which of its rows (up) one row rests on, "
                f'like "{name}" = "up.series_id = row.series_id", or under [context] why no value of a row comes from it'
            )
    if unread := (set(rests_on) | set(context)) - set(reads):
        raise ModelError(f"{place}: [rests_on] and [context] name {', '.join(sorted(unread))}, which the SELECT does not read")
    if not rests_on:
        raise ModelError(f"{place}: a row rests on something: say under [rests_on] on which rows of {', '.join(sorted(reads))}")
    for name, text in rests_on.items():
        _check_condition(f"{place}: [rests_on] {name}", text, {*reads, own})


def _check_condition(place: str, text: str, known: set[str]) -> None:
    try:
        tables, columns = condition(text)
    except WarehouseError as error:
        raise ModelError(f"{place}: {error}") from error
    if strange := tables - known:
        raise ModelError(f"{place}: asks {', '.join(sorted(strange))}, which the SELECT does not read")
    if bare := [column for column in columns if "." not in column]:
        raise ModelError(f"{place}: say of {', '.join(sorted(bare))} whose column it is, like row.{min(bare)} or up.{min(bare)}")
    if not any(column.startswith("up.") for column in columns):
        raise ModelError(f"{place}: names no column of up; a table of which every row matters to every row is [context]")


def _read(path: Path) -> Model:
    text = path.read_text(encoding="utf-8")
    comment = _COMMENT.match(text)
    if comment is None:
        raise ModelError(f"{path.name}: no header; a model opens with /* description = … */")
    select = text[comment.end() :].strip().rstrip(";")
    try:
        header = Header(**tomllib.loads(comment.group(1)))
        reads, output = parsed(select)
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"{path.name}: the header is not TOML: {error}") from error
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ModelError(f"{path.name}: the header: {problems}") from error
    except WarehouseError as error:
        raise ModelError(f"{path.name}: {error}") from error
    return Model(
        schema=path.parent.name,
        table=path.stem,
        description=header.description,
        grain=tuple(header.grain),
        columns=header.columns,
        rests_on=header.rests_on,
        context=header.context,
        checks=header.checks,
        select=select,
        output=output,
        reads=reads,
        path=path,
    )
