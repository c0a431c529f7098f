"""Lineage: from any row of any table to the raw answers and checked-in files it came from, in SQL.

Each model file (and each study) says on which rows of what it reads one of its rows rests. Owns how these conditions are
chained, table by table down to the raw ones, into one query; the macros `<schema>.<table>_lineage(key…)` and
`<schema>.<table>_lineage_as_of(ts, key…)` of the published file; and asking that file from Python. What a row rests on is
said in the model files, what became of an answer in `raw.captures`, where its body lies by `pipelines.archive`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from pipelines import models, studies
from pipelines.archive import Archive
from pipelines.knowledge import DATED
from pipelines.models import Model
from pipelines.schemas import SHAPES
from pipelines.warehouse import Reader, at, condition, query, raw

FILES = {
    "raw.series": "pipelines/catalog",
    "raw.record_seeds": "pipelines/catalog",
    "raw.sessions": "pipelines/calendars.py",
    "raw.fomc_meetings": "pipelines/policy/fomc_calendar.csv",
    "raw.desk_plans": "pipelines/policy/desk_plans.csv",
    "raw.policy_events": "pipelines/policy/policy_events.csv",
    "raw.alerts": "pipelines/alerts",
    "raw.release_dates": "pipelines/releases",
    "raw.bar_rulings": "pipelines/rulings/bar_rulings.csv",
    "raw.operation_rulings": "pipelines/rulings/operation_rulings.csv",
    "raw.claims": "pipelines/claims",
    "raw.analyst_claims": "pipelines/claims/analyst_claims.toml",
}
CITED = {
    "raw.fomc_meetings",
    "raw.desk_plans",
    "raw.policy_events",
    "raw.bar_rulings",
    "raw.operation_rulings",
    "raw.claims",
    "raw.analyst_claims",
}
LOGS = {"raw.claim_verdicts": {"raw.captures": "list_contains(row.capture_ids, up.capture_id)"}}
OF_CAPTURE = ("capture_id", "vendor", "series_id", "url", "captured_at", "outcome", "sha256")
COLUMNS = {
    "table_name": ("varchar", "Table on the way down from the row, nearest first."),
    "rows": ("bigint", "Rows of that table on which the row rests (of this answer, or of this source)."),
    "first_date": ("date", "First date of those rows; null for tables on the way and for files."),
    "last_date": ("date", "Last date of those rows."),
    "file": ("varchar", "Checked-in file that says the rows; null where an answer does."),
    "source_url": ("varchar", "Where that file says it has them from."),
    **{name: raw.LEDGER[name] for name in OF_CAPTURE},
}


@dataclass(frozen=True)
class Ground:
    """One line of a lineage (columns: COLUMNS): a table on the way, an answer in the archive, or a checked-in file.

    `path` is where the body of an answer lies; None for the other two, and for an answer that never came.
    """

    table_name: str
    rows: int
    first_date: date | None
    last_date: date | None
    file: str | None
    source_url: str | None
    capture_id: str | None
    vendor: str | None
    series_id: str | None
    url: str | None
    captured_at: datetime | None
    outcome: str | None
    sha256: str | None
    path: Path | None


def of_row(market: Path, table: str, key: Mapping[str, object], archive: Archive, as_of: datetime | None = None) -> list[Ground]:
    """What one row of a published file rests on: the tables on the way, then the answers and files, each with its rows.

    Args:
        key: a value for each column of the grain of `table`; text is read as the column's type.

    Raises:
        LookupError: no such table, or the key does not name its grain.
        WarehouseError: the file is not there, or a value is none of the column's type.
    """
    return of_rows(market, table, rows_at(table, key), archive, as_of)


def of_rows(market: Path, table: str, keys: str, archive: Archive, as_of: datetime | None = None) -> list[Ground]:
    """What all rows of `table` rest on whose keys the SELECT `keys` returns; as `of_row`.

    `keys` names tables without `_as_of`; with a moment it is asked as of that moment, like everything else.

    Raises:
        LookupError: no such table.
        WarehouseError: the file is not there, or DuckDB refuses `keys`.
    """
    same = " and ".join(f"row.{name} = asked.{name}" for name in grain(table))
    rows = f"select row.* from {table} as row semi join ({keys}) as asked on ({same})"
    found = query(market, select(table, rows, f"timestamptz '{as_of.isoformat()}'" if as_of else None))
    return [Ground(**row, path=archive.body_path(row["sha256"]) if row["sha256"] else None) for row in found.to_dicts()]


def rows_at(table: str, key: Mapping[str, object]) -> str:
    """The SELECT of the row with that key.

    Raises:
        LookupError: no such table, or the key does not name its grain.
    """
    if set(key) != set(grain(table)):
        raise LookupError(f"a row of {table} is named by {', '.join(grain(table))}; got {', '.join(key) or 'nothing'}")
    told = " and ".join(f"\"{name}\" = '{raw.quote(str(value))}'" for name, value in key.items())
    return f"select * from {table} where {told}"


def grain(table: str) -> tuple[str, ...]:
    """The columns that name a row of a model's or a study's table.

    Raises:
        LookupError: no such table.
    """
    if table in _models():
        return _models()[table].grain
    if table.removeprefix("study.") in studies.STUDIES:
        return studies.STUDIES[table.removeprefix("study.")].key
    raise LookupError(f"no table {table}")


def rests_on(table: str) -> Mapping[str, str]:
    """On which rows (`up`) of the tables it reads a row (`row`) of the table rests; nothing for a raw table, where it ends, but a log."""
    if table in _models():
        return _models()[table].rests_on
    if table in LOGS:
        return LOGS[table]
    return studies.STUDIES[table.removeprefix("study.")].rests_on if table.startswith("study.") else {}


def macros(model: Model) -> list[str]:
    """The statements that make `<table>_lineage(key…)` and `<table>_lineage_as_of(ts, key…)` of a model.

    A parameter is called for_<column>: one that has the name of a column takes its place in every macro inside.
    As of a moment these make a table as often as they ask for it, `select` once: its longer text would cost every opening of
    the file, which reads all macros.
    """
    key = ", ".join(f"for_{name}" for name in model.grain)
    rows = f"select row.* from {model.name} as row where {' and '.join(f'row.{name} = for_{name}' for name in model.grain)}"
    graph = _graph(model.name, model.rests_on)
    return [
        f"create or replace macro {model.name}_lineage({key}) as table {_chained(graph, rows, None)}",
        f"create or replace macro {model.name}_lineage_as_of(ts, {key}) as table {_chained(graph, rows, 'ts')}",
    ]


def of_last(model: Model, reader: Reader) -> str:
    """The query of a published file for the lineage of the last row of a model's table, which must hold one."""
    told = ", ".join(f"row.{name}::varchar" for name in model.grain)
    key = reader.frame(f"select {told} from {model.name} as row order by all desc limit 1").row(0)
    values = ", ".join(f"'{raw.quote(value)}'" for value in key)
    return f"select * from {model.name}_lineage({values})"


def select(table: str, rows: str, ts: str | None = None) -> str:
    """The query for the lineage of `rows`, a SELECT of whole rows of `table`; columns: COLUMNS.

    Args:
        ts: an expression for the moment to ask as of. An answer counts whenever it came: what a first pass brought is
            dated by rule, long before it was asked for.
    """
    graph = _graph(table, rests_on(table))
    return _chained(graph, rows, ts, models.below(graph, models.load()))


def nearest(table: str, rows: str, name: str, limit: int, ts: str | None = None) -> str:
    """The query for the last `limit` rows of the table `name`, read directly, on which `rows` rest; with `n`, how many they are."""
    arm = f"{_cte(table)} as materialized ({rows}), found as ({_arm(name, table, rests_on(table)[name])})"
    return f"with {at(arm, ts) if ts else arm} select *, count(*) over () as n from found order by all desc limit {limit}"


def _graph(table: str, conditions: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
    """What every table below (and this one) rests on, each table after all that rest on it."""
    graph = {table: conditions}
    while missing := {name for below in graph.values() for name in below} - set(graph):
        graph |= {name: rests_on(name) for name in missing}
    return {name: graph[name] for name in reversed(list(TopologicalSorter(graph).static_order()))}


def reached(table: str, rows: str, name: str) -> str:
    """The query for the rows of the table `name`, anywhere below, on which `rows` rest, a SELECT of whole rows of `table`."""
    return f"with {_steps(_graph(table, rests_on(table)), rows, None)} select * from {_cte(name)}"


def _chained(graph: Mapping[str, Mapping[str, str]], rows: str, ts: str | None, made: Sequence[Model] = ()) -> str:
    empty = ", ".join(f"null::{sql_type} as {name}" for name, (sql_type, _) in COLUMNS.items())
    told = " union all by name ".join(_told(name, place) for place, name in enumerate(list(graph)[1:]))
    listed = ", ".join(f"found.{name}" for name in COLUMNS)
    return (
        f"with {_steps(graph, rows, ts, made)}, found as (select 0 as place, {empty} where false union all by name {told}) "
        f"select {listed} from found order by found.place, found.captured_at, found.capture_id, found.source_url"
    )


def _steps(graph: Mapping[str, Mapping[str, str]], rows: str, ts: str | None, made: Sequence[Model] = ()) -> str:
    """The steps of a WITH down the graph; as of `ts`, after the models that are made as of then only once."""
    first, *below = graph
    steps = [f"{_cte(first)} as materialized ({rows})"]
    steps += [f"{_cte(name)} as materialized ({_reached(name, graph)})" for name in below]
    if ts is None:
        return ", ".join(steps)
    names = {model.name for model in made}
    return ", ".join([*models.as_known(made, ts), *(at(step, ts, names) for step in steps)])


def _reached(name: str, graph: Mapping[str, Mapping[str, str]]) -> str:
    """The rows of a table on which some row of the tables above it rests."""
    return " union ".join(_arm(name, above, conditions[name]) for above, conditions in graph.items() if name in conditions)


def _arm(name: str, above: str, text: str) -> str:
    """A semi join stops at the first match, but DuckDB 1.5 takes no subquery in one."""
    if condition(text)[0]:
        return f"select distinct up.* from {name} as up cross join {_cte(above)} as row where ({text}\n)"
    return f"select up.* from {name} as up semi join {_cte(above)} as row on ({text}\n)"


def _told(name: str, place: int) -> str:
    """What is told of a table on the way: how many of its rows, and from which answer or file they are."""
    told = [f"'{name}' as table_name", f"{place} as place", "count(*) as rows"]
    source, shape = f"{_cte(name)} as up", name.removeprefix("raw.")
    if name in FILES:
        told += [f"'{FILES[name]}' as file", *(["up.source_url as source_url"] if name in CITED else [])]
    elif shape in {*SHAPES, "captures"}:
        told += [f"min(up.{DATED[shape]}) as first_date", f"max(up.{DATED[shape]}) as last_date"] if shape in DATED else []
        told += ["up.capture_id as capture_id", *(f"answer.{column} as {column}" for column in OF_CAPTURE[1:])]
        source += " left join raw.captures as answer on up.capture_id = answer.capture_id"
    return f"select {', '.join(told)} from {source} group by all having count(*) > 0"


def _cte(name: str) -> str:
    return name.replace(".", "_")


@cache
def _models() -> dict[str, Model]:
    return {model.name: model for model in models.load()}
