"""Models: one file `sql/<schema>/<table>.sql`, one SELECT with its claims on top.

Owns the form of such a file, the order in which models are built, and the second form of each SELECT, the table macro
`<schema>.<table>_as_of(ts)`. Building belongs to `pipelines.warehouse.build`; what a model says, to its file.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines import studies
from pipelines.warehouse import WarehouseError, parsed

FOLDER = Path(__file__).parents[1] / "sql"
_COMMENT = re.compile(r"\A\s*/\*(.*?)\*/", re.DOTALL)


class ModelError(ValueError):
    """A model file that is not one: names the file and what is wrong with it."""


class Header(BaseModel):
    """The TOML on top of a model file. Strict, no extra keys."""

    model_config = ConfigDict(extra="forbid", strict=True)

    description: str
    grain: list[str]
    columns: dict[str, str] = {}
    checks: dict[str, str] = {}


@dataclass(frozen=True)
class Model:
    """One table: what a row is, what its new columns mean, what must hold, and the SELECT that makes it.

    `output` names the columns of its last SELECT, `reads` the tables (`schema.table`) it reads.
    """

    schema: str
    table: str
    description: str
    grain: tuple[str, ...]
    columns: dict[str, str]
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
        return re.sub(r"\b(raw|core|study|mart)\.([a-z0-9_]+)\b", r"\1.\2_as_of(ts)", self.select)


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
        return tuple(models[name] for name in TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise ModelError(f"models read in a circle: {' <- '.join(error.args[1])}") from error


def made_first(model: Model) -> set[str]:
    """The tables that must stand before the model is built: those it reads, and those its studies read."""
    direct = {name for name in model.reads if not name.startswith("study.")}
    return direct.union(*(studies.reads(name.removeprefix("study.")) for name in model.reads - direct))


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
        checks=header.checks,
        select=select,
        output=output,
        reads=reads,
        path=path,
    )
