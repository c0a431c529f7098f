"""SQL as DuckDB's own parser sees it: which tables and columns a text names, and the same text as of a moment."""

import json
import re
from collections.abc import Collection, Iterator
from functools import cache
from typing import Any

import duckdb

from pipelines.warehouse.connection import WarehouseError, scalar

_TEXT_OR_TABLE = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|\b(?P<table>(?:raw|core|study|mart)\.[a-z0-9_]+)\b""", re.DOTALL
)


@cache
def parsed(select: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The tables (`schema.table`) that a SELECT reads and the names of its columns, as DuckDB's own parser sees them.

    Raises:
        WarehouseError: the text is not one SELECT, or a column of it has no name.
    """
    tree = _tree(select, "SELECT")
    nodes = [statement["node"] for statement in tree["statements"]]
    if len(nodes) != 1 or nodes[0]["type"] != "SELECT_NODE":
        raise WarehouseError(
            f"not one SELECT but {len(nodes)} statements ({', '.join(node['type'] for node in nodes)}); put a UNION inside one"
        )
    names = tuple(item["alias"] or item.get("column_names", [""])[-1] for item in nodes[0]["select_list"])
    if not all(names):
        raise WarehouseError("every column of the last SELECT must have a name")
    return frozenset(_tables(tree)), names


@cache
def condition(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The tables (`schema.table`) that a condition asks and the columns it names, as written (`row.series_id`).

    Raises:
        WarehouseError: the text is not one condition.
    """
    tree = _tree(f"select ({text}\n) as holds", "condition")
    return frozenset(_tables(tree)), frozenset(_columns(tree))


def at(sql: str, ts: str, made: Collection[str] = ()) -> str:
    """The SQL over what was known at `ts`, an expression: every table it names swapped for that table's as-of macro.

    Texts, quoted names and comments stay as they are: what a person wrote as a key may read like a table.

    Args:
        made: tables that stand before the SQL as a CTE already (`then`): their macro would make them once more.
    """

    def swapped(found: re.Match[str]) -> str:
        table = found["table"]
        return found[0] if table is None else then(table) if table in made else f"{table}_as_of({ts})"

    return _TEXT_OR_TABLE.sub(swapped, sql)


def then(table: str) -> str:
    """The name of the CTE that holds a table as it was known."""
    return f"{table.replace('.', '_')}_then"


def _tree(select: str, form: str) -> dict[str, Any]:
    tree = json.loads(scalar(_parser().cursor(), "select json_serialize_sql(?)", [select]))
    if tree.get("error"):
        raise WarehouseError(f"not one {form}: {tree.get('error_message')}")
    return tree


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """A connection to no file, kept: to open one takes ten times as long as to parse a model."""
    return duckdb.connect()


def _tables(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") == "BASE_TABLE" and node.get("schema_name"):
            yield f"{node['schema_name']}.{node['table_name']}"
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _tables(child)


def _columns(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") == "COLUMN_REF":
            yield ".".join(node["column_names"])
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _columns(child)
