"""The subcommand `explain`: one row of a table, what its columns mean, and what it rests on down to the raw answers."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from pipelines.commands import Moment, data_folder, data_option, printer
from pipelines.explanation import Explanation
from pipelines.explanation import explain as gather
from pipelines.lineage import Ground


@click.command()
@data_option
@click.argument("table")
@click.argument("key", nargs=-1)
@click.option("--as-of", type=Moment(), help="The row as it was known at this moment, e.g. 2025-12-12T10:50Z.")
@click.option("--rows", type=click.IntRange(0), default=5, show_default=True, help="Rows to show of each table it rests on directly.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def explain(data: Path | None, table: str, key: tuple[str, ...], as_of: datetime | None, rows: int, form: str) -> None:
    """Open a row down to the raw answers it rests on: values, meaning, the SELECT that makes it, digests and where they lie.

    KEY names the row: a value for each column of the table's grain, in its order, or name=value.

    \b
    Example:  lockstep explain mart.drawdowns btc_usd 2025-12-11
              lockstep explain mart.net_liquidity definition=wednesday date=2025-12-10 --as-of 2025-12-12T10:50Z
    """
    folder = data_folder(data)
    found = gather(folder, table, key, as_of, rows)
    if form == "json":
        click.echo(json.dumps(_document(found, folder.label), indent=1, default=str))
        return
    _print(printer(), found, folder.label.partition(":")[0])


def _document(found: Explanation, label: str) -> dict[str, Any]:
    """The explanation as JSON; dates, instants and paths are text."""
    answers, files, tables = (list(_of(found, kind)) for kind in ("answer", "file", "table"))
    return {
        "label": label,
        "table": found.model.name,
        "key": found.key,
        "as_of": found.as_of,
        "description": found.model.description,
        "select": found.select_file,
        "columns": [{"name": name, "value": value, "meaning": found.meanings.get(name)} for name, value in found.row.items()],
        "rests_on": [{"table": ground.table_name, "rows": ground.rows} for ground in tables],
        "direct": {name: {"rows": frame["n"][0], "last": frame.drop("n").to_dicts()} for name, frame in found.direct.items()},
        "answers": [_answer(ground) for ground in answers],
        "files": [{"file": ground.file, "source_url": ground.source_url, "rows": ground.rows} for ground in files],
    }


def _answer(ground: Ground) -> dict[str, Any]:
    names = ("capture_id", "vendor", "series_id", "url", "captured_at", "outcome", "sha256", "path", "rows", "first_date", "last_date")
    return {name: getattr(ground, name) for name in names} | {"is_there": ground.path is not None and ground.path.exists()}


def _of(found: Explanation, kind: str) -> Iterator[Ground]:
    for ground in found.grounds:
        if kind == ("answer" if ground.capture_id else "file" if ground.file else "table"):
            yield ground


def _print(console: Console, found: Explanation, label: str) -> None:
    moment = f" as of {found.as_of:%Y-%m-%d %H:%M} UTC" if found.as_of else ""
    said = " ".join(f"{name}={value}" for name, value in found.key.items())
    _say(console, f"{label}: " * bool(label) + f"{found.model.name}  {said}{moment}", style="bold")
    _say(console, f"{found.model.description}\nMade by {found.select_file}")
    values = _table(None, "column", "value", "meaning")
    for name, value in found.row.items():
        values.add_row(name, _cell(value), found.meanings.get(name, ""))
    console.print(values)
    for name, frame in found.direct.items():
        shown, n = frame.drop("n"), frame["n"][0]
        rows = _table(f"\nRests on {n:,} rows of {name}" + f", the last {frame.height} of them" * (n > frame.height), *shown.columns)
        for row in shown.iter_rows():
            rows.add_row(*map(_cell, row))
        console.print(rows)
    _say(console, "\nThe way down: " + ", ".join(f"{ground.table_name} ({ground.rows:,})" for ground in _of(found, "table")))
    _say(console, "\nRaw answers and cited files", style="bold")
    for ground in _of(found, "answer"):
        _say(console, _line(ground))
    for ground in _of(found, "file"):
        _say(console, f"{ground.file}  {ground.rows:,} rows  {ground.source_url or ''}".rstrip())


def _line(ground: Ground) -> str:
    dates = f", {ground.first_date} to {ground.last_date}" if ground.first_date else ""
    if ground.path is None:
        where = "  no body: no answer came"
    else:
        where = f"  {ground.path}" + ("" if ground.path.exists() else "  NOT THERE: this folder does not hold the archive of its rows")
    return (
        f"{ground.vendor} {ground.series_id}  {ground.outcome}, captured {ground.captured_at:%Y-%m-%d %H:%M:%S} UTC\n"
        f"  {ground.rows:,} rows of {ground.table_name}{dates}\n  {ground.url}\n  sha256 {ground.sha256}\n{where}"
    )


def _table(title: str | None, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name in columns:
        table.add_column(name)
    return table


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:,.10g}" if isinstance(value, float) else str(value)


def _say(console: Console, text: str, style: str | None = None) -> None:
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
