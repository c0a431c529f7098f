"""The short answer at the end of a run: where everything stands against its record, net liquidity, what is red, where to look.

Owns the words and their order; every figure is read from the published file.
"""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from pipelines.status import Freshness
from pipelines.warehouse import query

STATE = """
    select "group", series_id, session_date, close, drawdown, drawdown_from_intraday_peak, is_at_record_close, is_at_record_high,
        record_claimable
    from mart.market_state where second_reading_of is null order by "group", drawdown desc, series_id
"""
LIQUIDITY = """
    select definition, date, net_liquidity_usd_bn, change_usd_bn, fed_total_assets_usd_bn, treasury_general_account_usd_bn, on_rrp_usd_bn
    from mart.net_liquidity qualify row_number() over (partition by definition order by date desc) = 1 order by definition desc
"""


def show(console: Console, market: Path, red: Sequence[Freshness]) -> None:
    """Print the answer of the published file."""
    run = query(market, "select * from meta.run").row(0, named=True)
    label = f"{run['label'].partition(':')[0]} " if run["label"] else ""
    if run["label"]:
        console.print(f"\n{run['label']}", markup=False, soft_wrap=True)
    console.print(
        f"\n{label}Lockstep as of {run['clock']:%Y-%m-%d %H:%M} UTC (source: {run['source']})", markup=False, style="bold", soft_wrap=True
    )
    console.print(_standing(query(market, STATE), label))
    console.print(_liquidity(query(market, LIQUIDITY), label))
    _tell_red(console, red)


def show_places(console: Console, market: Path, report: Path) -> None:
    """Print where to look further."""
    console.print("\nWhere to look", style="bold")
    for line in (
        f"  {report}      the same and more as a page: open it in a browser",
        f'  lockstep sql "select * from mart.market_state"      (file: {market})',
        "  make ui                                           the Dagster UI on the same folder",
    ):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _standing(state: pl.DataFrame, label: str) -> Table:
    table = Table(title=f"{label}Against the record", title_justify="left", box=None, pad_edge=False)
    for name in ("", "series", "session", "close", "from record close", "from record high", "record"):
        table.add_column(name, justify="right" if name in ("close", "from record close", "from record high") else "left")
    group = None
    for row in state.to_dicts():
        table.add_row(
            row["group"] if row["group"] != group else "",
            row["series_id"],
            f"{row['session_date']}",
            f"{row['close']:,.2f}",
            f"{100 * row['drawdown']:.2f} %",
            f"{100 * row['drawdown_from_intraday_peak']:.2f} %",
            _record(row),
        )
        group = row["group"]
    return table


def _record(row: dict) -> str:
    said = [basis for basis, is_record in (("close", row["is_at_record_close"]), ("intraday", row["is_at_record_high"])) if is_record]
    if not said:
        return ""
    held = "" if row["record_claimable"] else " of the history held"
    return f"RECORD on {' and '.join(said)}{held}"


def _liquidity(rows: pl.DataFrame, label: str) -> Table:
    table = Table(title=f"\n{label}Net liquidity, USD bn (assets - TGA - ON RRP)", title_justify="left", box=None, pad_edge=False)
    for name in ("definition", "date", "net", "change", "assets", "TGA", "ON RRP"):
        table.add_column(name, justify="left" if name in ("definition", "date") else "right")
    for row in rows.to_dicts():
        figures = [row[name] for name in list(row)[2:]]
        table.add_row(row["definition"], f"{row['date']}", *[f"{x:,.1f}" if x is not None else "" for x in figures])
    return table


def _tell_red(console: Console, red: Sequence[Freshness]) -> None:
    if not red:
        console.print("\nNothing is red.", style="green")
        return
    console.print(f"\nRed: {len(red)}", style="bold red")
    for item in red:
        console.print(f"  {item.series.series_id}: {item.verdict}: {item.reason}", markup=False, highlight=False, soft_wrap=True)
