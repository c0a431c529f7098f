"""What every subcommand of `lockstep` shares: its options, its progress lines, the wording of errors and the exit codes.

Exit codes: 0 done, 1 refused with a sentence, 2 a wrong option, 130 interrupted. What is done stands in the modules that
the subcommands call.
"""

import errno
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from pipelines import settings, status
from pipelines.alerts.journal import JournalError
from pipelines.archive import ArchiveError
from pipelines.catalog import CatalogError
from pipelines.claims import ClaimsError
from pipelines.day import newest_answer
from pipelines.folder import DataFolder, WrongSource
from pipelines.models import ModelError
from pipelines.sources import Source, open_source
from pipelines.warehouse import WarehouseError

PLAIN_ERRORS = (WarehouseError, ArchiveError, JournalError, WrongSource, CatalogError, ClaimsError, ModelError, ValueError, LookupError)
Tell = Callable[[str], None]


class Moment(click.ParamType):
    """An instant in ISO 8601 with its zone."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The instant in UTC, or a wrong option."""
        try:
            return value if isinstance(value, datetime) else settings.moment(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Door(click.Group):
    """The command group: turns what can go wrong into one sentence and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a known failure ends in its sentence, not in a traceback."""
        try:
            return super().invoke(ctx)
        except PLAIN_ERRORS as error:
            raise click.ClickException(settings.redacted(_sentence(error))) from error
        except OSError as error:
            raise click.ClickException(settings.redacted(_of_the_machine(error))) from error
        except KeyboardInterrupt:
            click.echo("\nInterrupted. What was kept is kept: the same command goes on from there.", err=True)
            sys.exit(130)


def _sentence(error: Exception) -> str:
    return str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)


def _of_the_machine(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "the disk is full. The published file is still the last good one; make room and run the same command again."
    return f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")


def data_option(command: Callable) -> Callable:
    return click.option(
        "--data", type=click.Path(file_okay=False, path_type=Path), help="Data folder (default: LOCKSTEP_DATA, else ./data)."
    )(command)


def source_options(command: Callable) -> Callable:
    for option in (
        click.option("--now", type=Moment(), help="Stand at this moment, e.g. 2025-12-12T10:50Z (sample and history only)."),
        click.option("--history", "history", type=click.Path(path_type=Path), help="Answer from a folder of real tables."),
        click.option("--sample", "chosen", flag_value="sample", help="Answer from the embedded sample (the default)."),
        click.option("--live", "chosen", flag_value="live", help="Ask the vendors."),
    ):
        command = option(command)
    return data_option(command)


def open_asked(chosen: str | None, history: Path | None, now: datetime | None) -> Source:
    if history is not None and chosen is not None:
        raise click.UsageError("name one source: --live, --sample or --history DIR")
    name = "history" if history is not None else chosen or settings.source()
    if name == "live" and now is not None:
        raise click.UsageError("--now goes with --sample and --history: the vendors answer as of the moment they are asked")
    return open_source(name, history or settings.history_folder(), now or settings.now())


def data_folder(data: Path | None) -> DataFolder:
    return DataFolder(data or settings.data_folder())


def printer() -> Console:
    """Where tables are printed: as wide as the terminal, and wide enough for every column where there is none."""
    console = Console()
    return console if console.is_terminal else Console(width=140)


@contextmanager
def progress() -> Iterator[Tell]:
    """One moving line in a terminal; plain lines elsewhere, so that a log of the run can be read."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda line: click.echo(f"{datetime.now(UTC):%H:%M:%S} {line}", err=True)
        return
    with console.status("starting") as spinner:

        def tell(line: str) -> None:
            spinner.update(line)
            if "REFUSED" in line or "UNREACHABLE" in line:
                console.print(line, style="red", markup=False)

        yield tell


def freshness_of(folder: DataFolder, now: datetime | None) -> list[status.Freshness]:
    warehouse = folder.warehouse()
    with warehouse.writing():
        newest = None if folder.source == "live" else newest_answer(warehouse)
        clock = now or newest or datetime.now(UTC)
        return status.freshness(warehouse, clock)
