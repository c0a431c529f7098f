"""Templates: one SQL file a kind of claim, its parameters on top. Binding makes one standalone SELECT of it.

Owns the form of a template, what a parameter may be, and how its value is written into SQL. What a template asks, and what
would refute such a claim, stands in its file under `templates/`.

The SELECT answers one row a definition:

    place            1 for the headline's definition, then the order of the grid
    definition_id    the definition, in words
    holds            whether the claim holds under it; null where the tables cannot say
    observed_value   the number compared, in the unit the claim prints; null where there is none
    observed_text    what was seen, for people
    resolves_at      instant from which it can be told; null where it could be told when it was written
    kind             test (counts for the verdict), context (shown beside it), attribution (a citation's word), or
                     not_testable (nobody publishes it)
"""

import json
import re
import tomllib
from datetime import date, datetime
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines import catalog
from pipelines.warehouse import parsed, raw

FOLDER = Path(__file__).parent / "templates"
_COMMENT = re.compile(r"\A\s*/\*(.*?)\*/", re.DOTALL)
_MARK = re.compile(r"\$([a-z_]+)")
PRINTED = ("claimed_value", "claimed_decimals")

Value = str | float | int | bool | date | datetime | list[str] | None


class TemplateError(ValueError):
    """A template file that is not one."""


class ParameterError(ValueError):
    """A claim that its template cannot take; `key` is where to look."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


class Parameter(BaseModel):
    """One parameter: its type, what it means, and what it may be. Without a default it must be given."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    type: Literal["series", "series_set", "date", "number", "integer", "text"]
    meaning: str
    default: Any = None
    optional: bool = False
    minimum: float | None = None
    maximum: float | None = None
    choices: list[str] | None = None


class Header(BaseModel):
    """The TOML on top of a template. `series` names what is read beside the series of the parameters; all, if null."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    description: str
    refuted_by: str
    example: str
    prints_a_number: Literal["always", "never", "optional"]
    series: list[str] | None = None
    parameters: dict[str, Parameter] = {}
    rests_on: str


class Template(BaseModel):
    """One kind of claim: its header, and the SELECT with `$parameter` marks."""

    model_config = ConfigDict(frozen=True)

    name: str
    header: Header
    select: str

    def reads(self, params: dict[str, Any]) -> frozenset[str]:
        """The tables that the answer and the rows it rests on are read from."""
        asked = {"as_of": None} | params
        return frozenset().union(*(parsed(f"select 1 as one from ({bound(sql, asked)})")[0] for sql in (self.select, self.header.rests_on)))

    def series(self, params: dict[str, Any]) -> frozenset[str] | None:
        """The series that the claim is about; None where it is about whatever the tables hold."""
        named: set[str] = set()
        for key, parameter in self.header.parameters.items():
            if parameter.type in ("series", "series_set") and params[key]:
                named |= {params[key]} if parameter.type == "series" else set(params[key])
        return None if self.header.series is None else frozenset(named | set(self.header.series))


@cache
def load(folder: Path = FOLDER) -> dict[str, Template]:
    """Every template by name.

    Raises:
        TemplateError: a file is none: it names the file and what is wrong.
    """
    return {path.stem: _read(path) for path in sorted(folder.glob("*.sql"))}


def named(name: str) -> Template:
    """The template of that name.

    Raises:
        ParameterError: there is none; the text names those nearest.
    """
    if name not in load():
        near = get_close_matches(name, load(), n=3, cutoff=0.4) or sorted(load())
        raise ParameterError("template", f"no template {name!r}; perhaps {', '.join(near)}. `lockstep claims templates` describes all")
    return load()[name]


def complete(template: Template, given: dict[str, Any], value: float | None, decimals: int | None) -> dict[str, Any]:
    """The parameters of a claim, checked, with the defaults of those not given and what the article printed.

    Raises:
        ParameterError: one is unknown, missing, of the wrong type or out of range; or a printed number is missing or out of place.
    """
    parameters = template.header.parameters
    for key in given:
        if key not in parameters:
            raise ParameterError(key, f"{template.name} has no parameter {key!r}; it takes {', '.join(parameters) or 'none'}")
    if value is None and template.header.prints_a_number == "always":
        raise ParameterError("claimed_value", f"{template.name} compares a printed number: give claimed_value and claimed_decimals")
    if value is not None and template.header.prints_a_number == "never":
        raise ParameterError("claimed_value", f"{template.name} compares no number: take claimed_value out")
    return {key: _checked(key, each, given.get(key, each.default)) for key, each in parameters.items()} | {
        "claimed_value": value,
        "claimed_decimals": decimals,
    }


def bound(sql: str, params: dict[str, Any]) -> str:
    """The SQL with every mark replaced by its parameter, quoted: a text that can be run as it stands."""
    return _MARK.sub(lambda mark: literal(params[mark.group(1)]), sql)


def literal(value: Value) -> str:
    """A value as DuckDB reads it.

    >>> literal(["o'clock"])
    "['o''clock']"
    """
    match value:
        case None:
            return "null"
        case bool() | int() | float():
            return str(value).lower()
        case datetime():
            return f"timestamptz '{value.isoformat()}'"
        case date():
            return f"date '{value.isoformat()}'"
        case list():
            return f"[{', '.join(literal(each) for each in value)}]"
        case _:
            return f"'{raw.quote(value)}'"


def told(params: dict[str, Any]) -> str:
    """The parameters that are set, as JSON."""
    return json.dumps({key: value for key, value in params.items() if value is not None and key not in PRINTED}, default=str)


def _checked(key: str, parameter: Parameter, value: Any) -> Any:
    if value is None:
        if parameter.optional:
            return None
        raise ParameterError("params", f"the parameter {key} is missing: {parameter.meaning}")
    check = {
        "series": _series,
        "series_set": _series_set,
        "date": _date,
        "number": _number,
        "integer": _number,
        "text": _text,
    }[parameter.type]
    return check(key, parameter, value)


def _series(key: str, parameter: Parameter, value: Any) -> str:
    if value not in {series.series_id for series in catalog.load()}:
        raise ParameterError(key, f"{key}: {catalog.unknown(value)}")
    return value


def _series_set(key: str, parameter: Parameter, value: Any) -> list[str]:
    if not isinstance(value, list) or not value:
        raise ParameterError(key, f'{key} is a list of series, such as ["btc_usd", "eth_usd"]; got {value!r}')
    return [_series(key, parameter, each) for each in value]


def _date(key: str, parameter: Parameter, value: Any) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise ParameterError(key, f"{key} is a date without quotes, such as 2025-12-11; got {value!r}")
    return value


def _number(key: str, parameter: Parameter, value: Any) -> float | int:
    kinds = (int,) if parameter.type == "integer" else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds):
        raise ParameterError(key, f"{key} is {'a whole number' if kinds == (int,) else 'a number'}; got {value!r}")
    low, high = parameter.minimum, parameter.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        raise ParameterError(key, f"{key} is {value:g}, out of range: {_range(low, high)}. It means: {parameter.meaning}")
    return value


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"write {low:g} to {high:g}"
    return f"at least {low:g}" if low is not None else f"at most {high:g}"


def _text(key: str, parameter: Parameter, value: Any) -> str:
    if not isinstance(value, str) or (parameter.choices and value not in parameter.choices):
        raise ParameterError(key, f"{key} is one of {', '.join(parameter.choices or ['a text'])}; got {value!r}")
    return value


def _read(path: Path) -> Template:
    text = path.read_text(encoding="utf-8")
    comment = _COMMENT.match(text)
    if comment is None:
        raise TemplateError(f"{path.name}: no header; a template opens with /* description = … */")
    try:
        header = Header.model_validate(tomllib.loads(comment.group(1)))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise TemplateError(f"{path.name}: the header: {error}") from error
    select = text[comment.end() :].strip()
    unknown = set(_MARK.findall(select + header.rests_on)) - set(header.parameters) - {*PRINTED, "as_of"}
    if unknown:
        raise TemplateError(f"{path.name}: {', '.join(sorted(unknown))}: no such parameter")
    absent = set(header.series or ()) - {series.series_id for series in catalog.load()}
    if absent:
        raise TemplateError(f"{path.name}: {', '.join(sorted(absent))}: no such series in the catalog")
    return Template(name=path.stem, header=header, select=select)
