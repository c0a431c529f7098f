"""The subcommand `timeline`: what the Fed did to liquidity, event by event, as a story."""

from datetime import datetime
from pathlib import Path

import click
from rich.table import Table

from pipelines.commands import Moment, data_folder, data_option, printer
from pipelines.warehouse import query

EVENTS = """
    with told as (
        select *, timezone('America/New_York', event_at) as local_at from {table}
    )
    select local_at, title, status, amount_usd_bn, planned_usd_bn, executed_usd_bn, net_liquidity_before_usd_bn, net_liquidity_after_usd_bn
    from told
    where local_at::date between coalesce(?::date, (select max(local_at)::date - 30 from told where status = 'executed'))
        and coalesce(?::date, date '9999-12-31')
    order by event_at, list_position({order}, type), event_id
"""
CAPTION = (
    "plan: reserve management purchases announced. done: bills bought so far in the cycle, or in all cycles of a plan; with the "
    "reinvestment of agency principal, which the Desk does not tell apart. Net liquidity: of the Wednesdays before and after the day "
    "from which the event matters."
)
# Of what happens at one instant: first the decision, then what carries it out.
ORDER = [
    "FOMC_DECISION", "BALANCE_SHEET_POLICY", "IMPLEMENTATION_NOTE", "ADMIN_RATE", "FACILITY_CHANGE", "DESK_STATEMENT", "SPEECH",
    "PURCHASE_PLAN", "SETTLEMENT",
]  # fmt: skip


@click.command()
@data_option
@click.option(
    "--from",
    "since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="First day in New York (default: 30 days before the newest event that has happened).",
)
@click.option("--to", "until", type=click.DateTime(["%Y-%m-%d"]), help="Last day in New York.")
@click.option("--as-of", type=Moment(), help="Only what could be known at this moment, e.g. 2025-12-12T10:50Z.")
def timeline(data: Path | None, since: datetime | None, until: datetime | None, as_of: datetime | None) -> None:
    """What the Fed did to liquidity, when, how much, and what moved: decisions, plans, operations, settlements, turning points.

    \b
    Example:  lockstep timeline --from 2025-12-01 --to 2026-01-15
    """
    folder = data_folder(data)
    table = "mart.liquidity_timeline" + (f"_as_of(timestamptz '{as_of.isoformat()}')" if as_of else "")
    rows = query(folder.market, EVENTS.format(table=table, order=ORDER), [since, until]).rows()
    label = folder.label.partition(":")[0]
    title = "The liquidity timeline, USD bn" + (f" ({label})" if label else "")
    printed = Table(title=title, title_justify="left", caption=CAPTION, caption_justify="left")
    for name in ("when (New York)", "what", "status"):
        printed.add_column(name)
    for name in ("amount", "plan", "done", "net liquidity before", "after"):
        printed.add_column(name, justify="right")
    for local_at, title, status, *amounts, before, after in rows:
        printed.add_row(
            f"{local_at:%Y-%m-%d %H:%M}", title, status, *(_figure(amount, 3) for amount in amounts), _figure(before, 1), _figure(after, 1)
        )
    printer().print(printed)
    click.echo(f"{len(rows)} events", err=True)


def _figure(amount: float | None, decimals: int) -> str:
    return "" if amount is None else f"{amount:,.{decimals}f}"
