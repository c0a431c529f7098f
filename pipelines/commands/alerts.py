"""The subcommand `alerts`: the journal of what was told, and one look for what is new."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.table import Table

from pipelines import settings
from pipelines.alerts import KINDS, watch
from pipelines.alerts.journal import Raised
from pipelines.alerts.watch import Look
from pipelines.commands import Moment, data_folder, data_option, printer
from pipelines.folder import DataFolder
from pipelines.warehouse import query


@click.command()
@data_option
@click.option("--look", is_flag=True, help="First look for news, keep it, and send what waits to LOCKSTEP_WEBHOOK_URL, if one is set.")
@click.option("--now", type=Moment(), help="Look as of this moment (default: the clock; of made or past data, that of its last run).")
@click.option("--kind", type=click.Choice(list(KINDS)), help="Only of this kind.")
@click.option("--last", type=click.IntRange(min=1), default=30, show_default=True, help="How many of the newest to show.")
def alerts(data: Path | None, look: bool, now: datetime | None, kind: str | None, last: int) -> None:
    """What somebody should have heard of, newest last. Exit code 1 when alerts wait for a webhook that does not take them.

    \b
    Example:  lockstep alerts --look --data live
    """
    folder = data_folder(data)
    if folder.source is None:
        raise click.ClickException(f"{folder.path} is empty: run `lockstep run` first")
    found = watch.look(folder, now or settings.now() or _clock(folder), watch.configured()) if look else Look()
    _show([raised for raised in folder.journal.read() if kind in (None, raised.alert.kind)][-last:], folder)
    if look:
        click.echo(f"{len(found.raised)} new, {found.delivered} delivered, {found.waiting} waiting", err=True)
    if found.trouble:
        click.echo(f"Error: {settings.redacted(found.trouble)}", err=True)
        sys.exit(1)


def _clock(folder: DataFolder) -> datetime:
    if folder.source == "live" or not folder.market.exists():
        return datetime.now(UTC)
    return query(folder.market, "select clock from meta.run")["clock"][0]


def _show(rows: list[Raised], folder: DataFolder) -> None:
    table = Table(title=f"{folder.label} {folder.path}".strip(), title_justify="left", box=None, pad_edge=False)
    for name in ("raised (UTC)", "kind", "status", "what"):
        table.add_column(name, overflow="fold")
    for raised in rows:
        cells = (f"{raised.raised_at:%Y-%m-%d %H:%M}", raised.alert.kind, raised.outcome or "raised", raised.alert.text)
        table.add_row(*cells, style="red" if raised.outcome == "abandoned" else None)
    printer().print(table)
