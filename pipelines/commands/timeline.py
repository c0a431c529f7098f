"""The subcommand `timeline`: what the Fed did to liquidity, event by event, as a story."""

from datetime import datetime
from pathlib import Path

import click
from rich.table import Table

from pipelines.commands import Moment, data_folder, data_option, printer
from pipelines.warehouse import query

EVENTS = """
    select event_at, effective_date, known_at, type, title, status, amount_usd_bn, planned_usd_bn, executed_usd_bn,
        net_liquidity_before_usd_bn, net_liquidity_after_usd_bn
    from {table}
    where event_at::date between coalesce(?::date, (select max(event_at)::date - 30 from {table})) and coalesce(?::date, date '9999-12-31')
    order by event_at, event_id
"""


@click.command()
@data_option
@click.option("--from", "since", type=click.DateTime(["%Y-%m-%d"]), help="First day (default: 30 days before the newest event).")
@click.option("--to", "until", type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@click.option("--as-of", type=Moment(), help="Only what could be known at this moment, e.g. 2025-12-12T10:50Z.")
def timeline(data: Path | None, since: datetime | None, until: datetime | None, as_of: datetime | None) -> None:
    """What the Fed did to liquidity, when, how much, and what moved: decisions, plans, operations, settlements, turning points.

    \b
    Example:  lockstep timeline --from 2025-12-01 --to 2026-01-15
    """
    folder = data_folder(data)
    table = "mart.liquidity_timeline" + (f"_as_of(timestamptz '{as_of.isoformat()}')" if as_of else "")
    rows = query(folder.market, EVENTS.format(table=table), [since, until]).to_dicts()
    printed = Table(title=f"{folder.label.partition(':')[0]} The liquidity timeline, USD bn".strip(), title_justify="left")
    for name in ("when (UTC)", "what", "status", "amount", "plan", "done", "net liquidity before", "after"):
        printed.add_column(name, justify="left" if name in ("when (UTC)", "what", "status") else "right")
    for row in rows:
        amounts = [row[name] for name in list(row)[6:]]
        cells = [f"{amount:,.3f}" if amount is not None and index < 3 else _level(amount) for index, amount in enumerate(amounts)]
        printed.add_row(f"{row['event_at']:%Y-%m-%d %H:%M}", row["title"], row["status"], *cells)
    printer().print(printed)
    click.echo(f"{len(rows)} events", err=True)


def _level(amount: float | None) -> str:
    return "" if amount is None else f"{amount:,.1f}"
