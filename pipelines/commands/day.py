"""The subcommands that do the day or a part of it: run, capture, load, build, publish, replay."""

from datetime import UTC, datetime
from pathlib import Path

import click

from pipelines import answer, catalog, day, ingest, report
from pipelines.commands import data_folder, data_option, freshness_of, open_asked, printer, progress, source_options
from pipelines.folder import DataFolder


@click.command()
@source_options
@click.option("--due", "only_due", is_flag=True, help="Ask only for the series that are due: what is out and not held, or final since.")
def run(data: Path | None, chosen: str | None, history: Path | None, now: datetime | None, only_due: bool) -> None:
    """Run the whole day: capture, load, build, publish; then print the answer and write the page.

    \b
    Example:  lockstep run --history ../shared/history --now 2025-12-12T10:50Z --data then
    """
    folder, source = data_folder(data), open_asked(chosen, history, now)
    with progress() as tell:
        done = day.run(source, folder, tell, only_due=only_due)
    _end(done, folder, source.now())


@click.command()
@source_options
@click.option("--series", "names", multiple=True, help="Only this series; may be given again.")
def capture(data: Path | None, chosen: str | None, history: Path | None, now: datetime | None, names: tuple[str, ...]) -> None:
    """Ask the vendors and keep their answers; read nothing yet.

    \b
    Example:  lockstep capture --live --series sp500 --series fed_total_assets
    """
    folder, source = data_folder(data), open_asked(chosen, history, now)
    wanted = [_series(name) for name in names] or catalog.load()
    folder.claim(source.name, source.label)
    with progress() as tell, folder.warehouse().writing() as warehouse:
        kept = ingest.capture(source, folder.archive, warehouse, wanted, tell)
    click.echo(f"{len(kept)} answers kept in {folder.path / 'captures'}")


@click.command()
@data_option
def load(data: Path | None) -> None:
    """Read the kept answers that were not read yet into the raw tables.

    \b
    Example:  lockstep load --data live
    """
    folder = data_folder(data)
    with progress() as tell:
        loaded = ingest.load(folder.archive, folder.warehouse(), tell)
    refused = [item for item in loaded if item.outcome != "accepted"]
    click.echo(f"{len(loaded)} answers read, {sum(item.rows for item in loaded):,} new rows, {len(refused)} refused")


@click.command()
@data_option
def build(data: Path | None) -> None:
    """Make and audit every core and mart table from the raw ones.

    \b
    Example:  lockstep build
    """
    folder = data_folder(data)
    warehouse = folder.warehouse()
    with progress() as tell, warehouse.writing():
        day.refer(warehouse, day.newest_answer(warehouse) or datetime.now(UTC), folder.journal)
        built = day.build_all(warehouse, tell)
    _refuse_failed(built)
    click.echo(f"{len(built)} tables built")


@click.command()
@data_option
def publish(data: Path | None) -> None:
    """Put the built tables in place as market.duckdb, by rename.

    \b
    Example:  lockstep publish
    """
    folder = data_folder(data)
    warehouse = folder.warehouse()
    with warehouse.writing():
        clock = day.newest_answer(warehouse)
        if clock is None:
            raise click.ClickException("nothing to publish: no answer was captured yet. Run `lockstep run` first.")
        rows = day.publish_run(folder, warehouse, clock, datetime.now(UTC))
    click.echo(f"{sum(rows.values()):,} rows in {folder.market}")


@click.command()
@data_option
@click.option("--into", required=True, type=click.Path(file_okay=False, path_type=Path), help="An empty folder for the rebuilt warehouse.")
def replay(data: Path | None, into: Path) -> None:
    """Rebuild warehouse and published file from the archive alone.

    \b
    Example:  lockstep replay --data data --into rebuilt
    """
    with progress() as tell:
        done = day.replay(data_folder(data), DataFolder(into), tell)
    _refuse_failed(done.built)
    click.echo(f"{len(done.loaded)} answers replayed into {DataFolder(into).market}")


def _end(done: day.Day, folder: DataFolder, now: datetime) -> None:
    added = sum(item.rows for item in done.loaded)
    click.echo(f"{len(done.captures)} answers asked, {added:,} new rows, {len(done.refused)} refused", err=True)
    _refuse_failed(done.built)
    console = printer()
    answer.show(console, folder.market, [item for item in freshness_of(folder, now) if item.is_red])
    # Last and from the published file: whatever goes wrong with the page, the day stands and was told.
    answer.show_places(console, folder.market, report.write(folder.market, folder.report))
    if done.captures and len(done.refused) >= len(done.captures):
        raise click.ClickException("no vendor gave an answer that could be used: the published file holds what was known before")


def _refuse_failed(built: list) -> None:
    failed = [(item.model.name, audit) for item in built for audit in item.audits if not audit.passed]
    if failed:
        told = "; ".join(f"{name}: {audit.name} fails for {audit.offenders:,} rows" for name, audit in failed)
        raise click.ClickException(f"nothing was published, the last good file stands. {told}")


def _series(name: str) -> catalog.Series:
    try:
        return catalog.by_id(name)
    except KeyError as error:
        raise click.UsageError(error.args[0]) from error
