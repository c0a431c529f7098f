"""The explanation of one row of a published file: what it says, what its columns mean, what made it, and what it rests on.

Owns the gathering, and the errors that lead to a row: the nearest table, the grain, the nearest keys. What a row rests on is
`pipelines.lineage`, what a column means `pipelines.dictionary`; how an explanation is printed belongs to the command.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import polars as pl

from pipelines import dictionary, lineage, models
from pipelines.folder import DataFolder
from pipelines.lineage import Ground
from pipelines.models import Model
from pipelines.warehouse import at, query, raw

NEAREST = 3


@dataclass(frozen=True)
class Explanation:
    """One row and all that stands behind it.

    `row` holds every column, `meanings` the text of each that has one; `select_file` is the model file below the repository.
    `direct` has the newest rows of each table that the row rests on directly, `grounds` the whole way down to the answers.
    """

    model: Model
    key: dict[str, str]
    as_of: datetime | None
    row: dict[str, Any]
    meanings: dict[str, str]
    select_file: str
    direct: dict[str, pl.DataFrame]
    grounds: list[Ground]


def explain(folder: DataFolder, table: str, words: Sequence[str], as_of: datetime | None = None, rows: int = 3) -> Explanation:
    """The explanation of the row of `table` that `words` name: values in the order of its grain, or name=value.

    Args:
        rows: how many rows of each table to show that it rests on directly, the last in the order of their columns.

    Raises:
        LookupError: no such table, words that name no key, or no such row; each says what there is.
        WarehouseError: nothing is published yet.
    """
    model = model_of(table)
    key = key_of(folder, model, words)
    asked = lineage.rows_at(model.name, key)
    found = query(folder.market, _at(asked, as_of)).to_dicts()
    if not found:
        raise LookupError(_no_row(folder, model, key, as_of))
    direct = {name: query(folder.market, lineage.nearest(model.name, asked, name, rows, _ts(as_of))) for name in model.rests_on}
    return Explanation(
        model=model,
        key=key,
        as_of=as_of,
        row=found[0],
        meanings=dictionary.texts_of(model.name),
        select_file=f"sql/{model.schema}/{model.table}.sql",
        direct={name: frame for name, frame in direct.items() if frame.height},
        grounds=lineage.of_row(folder.market, model.name, key, folder.archive, as_of),
    )


def model_of(table: str) -> Model:
    """The model of that `schema.table`.

    Raises:
        LookupError: there is none; names the nearest.
    """
    known = {model.name: model for model in models.load()}
    if table not in known:
        short = {name.partition(".")[2]: name for name in known}
        near = [short[name] for name in get_close_matches(table.rpartition(".")[2], short, NEAREST)]
        near = near or sorted(name for name in known if name.startswith("mart."))
        raise LookupError(f"there is no table {table}. Nearest: {', '.join(near)}")
    return known[table]


def key_of(folder: DataFolder, model: Model, words: Sequence[str]) -> dict[str, str]:
    """The key that the words name, each value one that its column can hold.

    Raises:
        LookupError: too few or too many words, a column that is not in the grain, or a value of another type.
    """
    named = [re.match(rf"({'|'.join(model.grain)})=(.*)", word, re.DOTALL) for word in words]
    key = {match[1]: match[2] for match in named if match} or dict(zip(model.grain, words, strict=False))
    if len(words) != len(model.grain) or set(key) != set(model.grain):
        raise LookupError(
            f"a row of {model.name} is named by {len(model.grain)} values: {', '.join(model.grain)}; got {' '.join(words) or 'none'}. "
            + _example(folder, model)
        )
    types = dict(query(folder.market, f"describe {model.name}").select("column_name", "column_type").iter_rows())
    for name, value in key.items():
        fits = query(folder.market, f"select try_cast(?::varchar as {types[name]}) is not null as fits", [value])["fits"][0]
        if not fits:
            raise LookupError(f"{name} of {model.name} is a {types[name].lower()}; {value!r} is none. {_example(folder, model)}")
    return key


def _example(folder: DataFolder, model: Model) -> str:
    last = query(folder.market, f"select {', '.join(model.grain)} from {model.name} order by all desc limit 1").rows()
    return f"For example: {_command(model, last[0])}" if last else f"{model.name} has no rows yet"


def _no_row(folder: DataFolder, model: Model, key: dict[str, str], as_of: datetime | None) -> str:
    """What to say where no row has that key: the keys that come nearest, text by likeness, dates and numbers by distance."""
    names = ", ".join(model.grain)
    likeness = {
        "VARCHAR": "-jaro_winkler_similarity({column}, {value}::varchar)",
        "DATE": "abs({column} - {value}::date)",
        "TIMESTAMP WITH TIME ZONE": "abs(epoch({column}) - epoch({value}::timestamptz))",
    }
    types = dict(query(folder.market, f"describe {model.name}").select("column_name", "column_type").iter_rows())
    order = ", ".join(
        likeness.get(types[name], "abs({column} - {value}::double)").format(column=f'"{name}"', value=f"'{raw.quote(value)}'")
        for name, value in sorted(key.items(), key=lambda item: types[item[0]] != "VARCHAR")
    )
    near = query(folder.market, f"{_at(f'select {names} from {model.name}', as_of)} order by {order}, {names} limit {NEAREST}").rows()
    said = " ".join(f"{name}={value}" for name, value in key.items())
    moment = f" as of {as_of.isoformat()}" if as_of else ""
    again = f" --as-of {as_of.isoformat()}" if as_of else ""
    nearest = "\n".join(f"  {_command(model, row)}{again}" for row in near)
    return f"{model.name} has no row {said}{moment}. " + (f"Nearest:\n{nearest}" if near else "It has no rows then.")


def _command(model: Model, key: Sequence[Any]) -> str:
    return f"lockstep explain {model.name} " + " ".join(
        f'"{value}"' if re.search(r"[^\w.:+-]", str(value)) else str(value) for value in key
    )


def _ts(as_of: datetime | None) -> str | None:
    return f"timestamptz '{as_of.isoformat()}'" if as_of else None


def _at(sql: str, as_of: datetime | None) -> str:
    return at(sql, f"timestamptz '{as_of.isoformat()}'") if as_of else sql
