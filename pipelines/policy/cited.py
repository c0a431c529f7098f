"""Cited tables: checked-in CSV files whose every row names where it stands.

Owns strict reading: the columns are those of the row's model and no others, every field has its form, keys are unique and
ascend, and whatever is wrong is named with its file and line. What a row means belongs to its model.
"""

import csv
import math
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

import polars as pl
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

Source = Annotated[str, StringConstraints(pattern=r"^https://[^\s/]+\.[^\s]+$")]


class CitedError(ValueError):
    """A cited table that does not load: names the file, the line and what is wrong there."""


class Row(BaseModel):
    """One row of a cited table. The first field is the key; a field that may be empty is None then. Frozen, strict."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


R = TypeVar("R", bound=Row)


def read(path: Path, model: type[R]) -> list[R]:
    """The rows of the file at `path`, in its order.

    Raises:
        CitedError: columns other than the model's, a field of the wrong form, a row that contradicts itself, a key that
            is repeated or out of order.
        FileNotFoundError: no such file.
    """
    with path.open(newline="", encoding="utf-8") as file:
        lines = csv.reader(file, strict=True)
        header = next(lines, [])
        if header != list(model.model_fields):
            raise CitedError(f"{path.name}:1: the columns are {', '.join(model.model_fields)}; got {', '.join(header) or 'none'}")
        rows = [(lines.line_num, _row(f"{path.name}:{lines.line_num}", fields, model)) for fields in lines]
    for (_, before), (line, row) in pairwise(rows):
        if not getattr(before, header[0]) < getattr(row, header[0]):
            raise CitedError(f"{path.name}:{line}: {header[0]} {getattr(row, header[0])} does not come after {getattr(before, header[0])}")
    return [row for _, row in rows]


def frame(rows: Iterable[dict[str, Any]], model: type[Row]) -> pl.DataFrame:
    """Rows as a polars frame with the model's columns; instants are Datetime(us, UTC)."""
    schema = {name: _FORMS[_form(field.annotation)][1] for name, field in model.model_fields.items()}
    return pl.DataFrame([{name: row[name] for name in schema} for row in rows], schema=schema, orient="row")


def _row(place: str, fields: list[str], model: type[R]) -> R:
    names = list(model.model_fields)
    if len(fields) != len(names):
        raise CitedError(f"{place}: {len(names)} fields expected, got {len(fields)}")
    try:
        return model(**{name: _value(place, name, text, model) for name, text in zip(names, fields, strict=True)})
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'row'}: {e['msg']}" for e in error.errors())
        raise CitedError(f"{place}: {problems}") from error


def _value(place: str, name: str, text: str, model: type[Row]) -> Any:
    if text != text.strip():
        raise CitedError(f"{place}: {name}: blanks around {text!r}")
    if not text:
        return None
    form = _form(model.model_fields[name].annotation)
    try:
        return _FORMS[form][0](text)
    except ValueError as error:
        raise CitedError(f"{place}: {name}: {text!r} is no {form.__name__}") from error


def _form(annotation: Any) -> type:
    """The plain type behind an annotation: date for `date | None`, str for a Literal or a constrained string."""
    if get_origin(annotation) is Literal:
        return str
    inner = [part for part in get_args(annotation) if part is not NoneType]
    return _form(inner[0]) if inner else annotation


def _date(text: str) -> date:
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()


def _instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _boolean(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


def _number(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(text)
    return number


_FORMS: dict[type, tuple[Callable[[str], Any], Any]] = {
    date: (_date, pl.Date),
    datetime: (_instant, pl.Datetime("us", "UTC")),
    bool: (_boolean, pl.Boolean),
    float: (_number, pl.Float64),
    str: (str, pl.String),
}
