"""The subcommand `ask`: a headline answered under every defensible definition, each line with the query behind it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click
from rich.table import Table

from pipelines import catalog, grid, headlines
from pipelines.commands import Moment, data_folder, data_option, printer

Ask = Callable[..., grid.Question]


@click.group()
def ask() -> None:
    """Answer a headline under every defensible definition, and say whether they agree.

    \b
    Example:  lockstep ask divergence russell_2000 btc_usd --as-of 2025-12-12T10:50Z
    """


def _question(name: str, pair: bool, question: Ask, example: str) -> None:
    names = ("leader", "laggard") if pair else ("series",)

    def answer(data: Path | None, as_of: datetime | None, **asked: str) -> None:
        folder = data_folder(data)
        members = [_known(asked[each]) for each in names]
        _show(grid.ask(folder.market, question(*members), as_of), folder.label)

    answer.__doc__ = f"{(question.__doc__ or '').strip()}\n\n\b\nExample:  {example}"
    command = data_option(answer)
    command = click.option("--as-of", type=Moment(), help="What could be known at this moment, e.g. 2025-12-12T10:50Z.")(command)
    for each in reversed(names):
        command = click.argument(each)(command)
    ask.command(name=name)(command)


_question("record", False, headlines.record, "lockstep ask record russell_2000")
_question("drawdown", False, headlines.drawdown, "lockstep ask drawdown btc_usd")
_question("divergence", True, headlines.divergence, "lockstep ask divergence russell_2000 btc_usd")
_question("co-highs", True, headlines.co_highs, "lockstep ask co-highs russell_2000 btc_usd")
_question("catch-up", True, headlines.catch_up, "lockstep ask catch-up russell_2000 btc_usd")


def _known(name: str) -> str:
    try:
        return catalog.by_id(name).series_id
    except KeyError as error:
        raise click.UsageError(f"no series {name!r} in the catalog; `lockstep status` lists them") from error


def _show(found: grid.Grid, label: str) -> None:
    console = printer()
    said = label.partition(":")[0]
    table = Table(title=f"{said}: {found.headline}" if said else found.headline, title_justify="left")
    for column in ("", "definition", "answer", "verdict", "detail"):
        table.add_column(column)
    for number, line in enumerate(found.lines, start=1):
        verdict = "" if line.verdict is None else str(line.verdict)
        table.add_row(str(number), line.definition.name, line.answer, verdict, line.detail)
    console.print(table)
    console.print(f"Across definitions: {found.agreement}", style="bold")
    for number, sql in grid.lines_with_sql(found):
        console.print(f"{number}  {sql}", markup=False, highlight=False, soft_wrap=True)
