"""The subcommands that look: sql, status; and docs, which writes the generated pages."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import polars as pl
from rich.table import Table

from pipelines import dictionary, quality, settings
from pipelines.commands import Moment, data_folder, data_option, freshness_of, printer
from pipelines.warehouse import query


@click.command()
@data_option
@click.argument("statement")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
def sql(data: Path | None, statement: str, form: str) -> None:
    """Ask the published file, read-only.

    \b
    Example:  lockstep sql "select series_id, drawdown from mart.market_state order by 2" --format csv
    """
    folder = data_folder(data)
    rows = query(folder.market, statement)
    if form == "table":
        _print_table(rows, folder.label)
        return
    if folder.label:
        click.echo(folder.label, err=True)
    click.echo(_flat(rows).write_csv() if form == "csv" else rows.write_json(), nl=form == "json")


def _flat(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with maps, lists and structs as JSON: CSV has no word for them."""
    nested = [name for name, dtype in rows.schema.items() if dtype.is_nested()]
    return rows.with_columns(pl.Series(name, [_json(value) for value in rows[name].to_list()], pl.String) for name in nested)


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, default=str, ensure_ascii=False)


@click.command()
@data_option
@click.option("--now", type=Moment(), help="Judge as of this moment (default: the newest capture's, or LOCKSTEP_NOW).")
def status(data: Path | None, now: datetime | None) -> None:
    """How new every series is against how new it should be, and how far it can be trusted (mart.data_quality).

    Exit code 1 when something is red: late, silent or refused.

    \b
    Example:  lockstep status --data live
    """
    folder = data_folder(data)
    if folder.source is None:
        raise click.ClickException(f"{folder.path} is empty: run `lockstep run` first")
    rows, grades = freshness_of(folder, now or settings.now()), quality.grades(folder.warehouse())
    table = Table(title=f"{folder.label} {folder.path}".strip(), title_justify="left", box=None, pad_edge=False)
    counts = ("rows", "missing", "held back", "revised")
    for name in ("series", "newest", "expected", *counts, "verdict", "grade", "reason"):
        table.add_column(name, justify="right" if name in counts else "left")
    for item in rows:
        style, graded = "red" if item.is_red else None, grades.get(item.series.series_id, {})
        counted = (graded.get("missing_sessions"), _held_back(graded), graded.get("revisions_30d"))
        reason = item.reason or graded.get("grade_reason")
        cells = (item.series.series_id, item.newest, item.expected, f"{item.rows:,}", *counted, item.verdict, graded.get("grade"), reason)
        table.add_row(*(str(cell) if cell is not None else "" for cell in cells), style=style)
    printer().print(table)
    if any(item.is_red for item in rows):
        sys.exit(1)


def _held_back(graded: dict[str, Any]) -> int | None:
    return graded["quarantined"] + graded["provisional"] if graded else None


@click.command()
def docs() -> None:
    """Write the generated pages: the data dictionary and the sources."""
    for path, text in dictionary.pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        click.echo(path.name)


def _print_table(rows: Any, label: str) -> None:
    table = Table(title=label or None, title_justify="left")
    for name in rows.columns:
        table.add_column(name, justify="right" if rows[name].dtype.is_numeric() else "left")
    for row in rows.iter_rows():
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    printer().print(table)
    click.echo(f"{rows.height:,} rows", err=True)
