"""The subcommand `report`: the page of a published file, written where it can be opened."""

from datetime import datetime
from pathlib import Path

import click

from pipelines import report as reports
from pipelines.commands import Moment, data_folder, data_option


@click.command()
@data_option
@click.option("--as-of", type=Moment(), help="Only what could be known at this moment, e.g. 2025-12-12T10:50Z.")
@click.option("--pair", nargs=2, default=reports.PAIR, show_default=True, help="The two series under the lens: leader and laggard.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file to write (default: report.html in the data folder).")
def report(data: Path | None, as_of: datetime | None, pair: tuple[str, str], out: Path | None) -> None:
    """Write the page: one HTML file to open in any browser, without a network.

    \b
    Example:  lockstep report --as-of 2025-12-12T10:50Z --pair sp500 gold --out then.html
    """
    folder = data_folder(data)
    written = reports.write(folder.market, out or folder.report, as_of, pair)
    click.echo(f"{written.stat().st_size / 1e6:.1f} MB in {written}")
