"""The subcommand `ask`: a headline answered under every defensible definition, each line with the query behind it."""

from collections.abc import Callable
from datetime import datetime
from inspect import cleandoc
from pathlib import Path

import click
from rich.table import Table

from pipelines import catalog, grid, headlines, members, spans
from pipelines.commands import Moment, data_folder, data_option, printer

Ask = Callable[..., grid.Question]


class Span(click.ParamType):
    """A window or a horizon in words."""

    name = "span"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The span as the definitions name it, or a wrong option."""
        try:
            return spans.named(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.group()
def ask() -> None:
    """Answer a headline under every defensible definition, and say whether they agree.

    \b
    Example:  lockstep ask divergence russell_2000 btc_usd --as-of 2025-12-12T10:50Z
    """


def _question(name: str, arguments: tuple[str, ...], question: Ask, *examples: str) -> None:
    """One question; a single argument in the plural stands for two series or more."""
    several = arguments == ("series...",)

    def answer(data: Path | None, as_of: datetime | None, basis: str | None, within: str | None, **asked: str | tuple[str, ...]) -> None:
        folder = data_folder(data)
        named = asked["series"] if several else asked.values()
        known = [_known(str(each)) for each in named]
        if several and len(known) < 2:
            raise click.UsageError("name two series or more")
        wanted = _narrowed(question(*known), basis, within)
        members.check(folder.market, known, as_of)
        _show(grid.ask(folder.market, wanted, as_of), folder.label)

    lead = "\n          ".join(examples)
    answer.__doc__ = f"{cleandoc(question.__doc__ or '')}\n\n\b\nExample:  {lead}"
    command = data_option(answer)
    command = click.option("--within", type=Span(), help='Only this window or horizon: "63 sessions", "90 days", "3 months of sessions".')(
        command
    )
    command = click.option("--basis", type=click.Choice(list(headlines.MEASURES)), help="Only records of closes, or of highs.")(command)
    command = click.option("--as-of", type=Moment(), help="What could be known at this moment, e.g. 2025-12-12T10:50Z.")(command)
    for each in reversed(arguments):
        command = click.argument(each.removesuffix("..."), nargs=-1 if several else 1, required=True)(command)
    ask.command(name=name)(command)


_question("record", ("series",), headlines.record, "lockstep ask record russell_2000")
_question("drawdown", ("series",), headlines.drawdown, "lockstep ask drawdown btc_usd")
_question(
    "divergence",
    ("leader", "laggard"),
    headlines.divergence,
    "lockstep ask divergence russell_2000 btc_usd",
    "lockstep ask divergence russell_2000 btc_usd --basis intraday",
)
_question(
    "co-highs",
    ("series...",),
    headlines.co_highs,
    "lockstep ask co-highs russell_2000 btc_usd",
    "lockstep ask co-highs russell_2000 sp500 silver btc_usd",
)
_question(
    "catch-up",
    ("leader", "laggard"),
    headlines.catch_up,
    "lockstep ask catch-up russell_2000 btc_usd",
    'lockstep ask catch-up russell_2000 btc_usd --within "3 months of sessions"',
)


def _narrowed(question: grid.Question, basis: str | None, within: str | None) -> grid.Question:
    question = question.on(basis) if basis else question
    return question.within(within) if within else question


def _known(name: str) -> str:
    try:
        return catalog.by_id(name).series_id
    except KeyError as error:
        raise click.UsageError(error.args[0]) from error


def _show(found: grid.Grid, label: str) -> None:
    console = printer()
    said = label.partition(":")[0]
    headline = f"{found.headline} As of {found.moment:%Y-%m-%d %H:%M} UTC"
    table = Table(title=f"{said}: {headline}" if said else headline, title_justify="left")
    for column in ("", "definition", "answer", "verdict", "detail"):
        table.add_column(column)
    for number, line in enumerate(found.lines, start=1):
        verdict = "" if line.verdict is None else str(line.verdict)
        table.add_row(str(number), line.definition.name, line.answer, verdict, line.detail)
    console.print(table)
    if found.words:
        console.print(found.words, markup=False, highlight=False, soft_wrap=True)
    console.print(f"Across definitions: {found.agreement}, {found.tally}", style="bold", soft_wrap=True)
    for number, sql in grid.lines_with_sql(found):
        console.print(f"{number}  {sql}", markup=False, highlight=False, soft_wrap=True)
