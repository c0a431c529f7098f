"""How a model becomes a table: made and audited inside one transaction, so that a bad table never replaces a good one.

Owns the transaction, the audits and the comments, and how a table goes whose model is gone. What is claimed stands in the
model's file.
"""

from collections.abc import Set
from dataclasses import dataclass

import duckdb

from pipelines import lineage
from pipelines.models import Model
from pipelines.warehouse import Warehouse, WarehouseError, raw
from pipelines.warehouse.connection import scalar


@dataclass(frozen=True)
class Audit:
    """One claim about a table and the number of rows for which it is not true."""

    name: str
    claim: str
    offenders: int

    @property
    def passed(self) -> bool:
        """Whether the claim holds for every row."""
        return self.offenders == 0


@dataclass(frozen=True)
class Built:
    """What became of one model: the new table's rows and columns, or the audits that kept the old table in place."""

    model: Model
    rows: int
    columns: tuple[tuple[str, str], ...]
    audits: tuple[Audit, ...]

    @property
    def passed(self) -> bool:
        """Whether every audit passed and the new table stands."""
        return all(audit.passed for audit in self.audits)


class _Refused(Exception):
    """Ends the transaction of a table that failed an audit."""


def build(warehouse: Warehouse, model: Model, texts: dict[str, str]) -> Built:
    """Make the table of `model`, its comments, its as-of macro and its lineage macros; audit it; keep it, or leave the old one as it was.

    Args:
        texts: the meaning of its columns (`pipelines.dictionary.texts_of`).

    Raises:
        WarehouseError: the SELECT does not run.
    """
    made: list[Built] = []
    try:
        with warehouse.transaction() as connection:
            _create(connection, model)
            _comment(connection, model, texts, warehouse.label)
            made.append(_audited(connection, model))
            if not made[0].passed:
                raise _Refused
    except _Refused:
        pass  # rolled back: the old table stands, and the audits say why
    except WarehouseError as error:
        raise WarehouseError(f"{model.path.name}: {error}") from error
    return made[0]


def retire(warehouse: Warehouse, made: Set[str]) -> list[str]:
    """Drop the core and mart tables that are not among the `made` ones, with their macros: nobody would ever bring them up to date.

    Returns: their names.
    """
    with warehouse.transaction() as connection:
        gone = sorted(name for name in warehouse.tables() - made if name.startswith(("core.", "mart.")))
        for name in gone:
            for form in ("as_of", "lineage", "lineage_as_of"):
                connection.execute(f"drop macro table if exists {name}_{form}")
            connection.execute(f"drop table {name}")
    return gone


def _create(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    connection.execute(f"create or replace table {model.name} as {model.select}")
    connection.execute(f"create or replace macro {model.name}_as_of(ts) as table {model.as_of}")
    for statement in lineage.macros(model):
        connection.execute(statement)


def _comment(connection: duckdb.DuckDBPyConnection, model: Model, texts: dict[str, str], label: str) -> None:
    description = f"{label}. {model.description}" if label else model.description
    connection.execute(f"comment on table {model.name} is '{raw.quote(description)}'")
    for name, _ in _columns(connection, model):
        if text := texts.get(name):
            connection.execute(f"comment on column {model.name}.\"{name}\" is '{raw.quote(text)}'")


def _audited(connection: duckdb.DuckDBPyConnection, model: Model) -> Built:
    rows = scalar(connection, f"select count(*) from {model.name}")
    key = ", ".join(model.grain)
    whole = " and ".join(f"{name} is not null" for name in model.grain)
    unique = f"select coalesce(sum(n - 1), 0)::bigint from (select count(*) as n from {model.name} group by {key})"
    audits = [
        Audit("grain_is_unique", f"one row for each {key}", scalar(connection, unique)),
        Audit("grain_is_not_null", whole, _offenders(connection, model, whole)),
    ]
    audits += [Audit(name, claim, _offenders(connection, model, claim)) for name, claim in model.checks.items()]
    return Built(model, rows, tuple(_columns(connection, model)), tuple(audits))


def _offenders(connection: duckdb.DuckDBPyConnection, model: Model, claim: str) -> int:
    """Rows for which the claim is not true: false, or null, which is neither."""
    return scalar(connection, f"select count(*) from {model.name} where ({claim}) is not true")


def _columns(connection: duckdb.DuckDBPyConnection, model: Model) -> list[tuple[str, str]]:
    described = connection.execute(f"describe {model.name}").fetchall()
    return [(row[0], row[1]) for row in described]
