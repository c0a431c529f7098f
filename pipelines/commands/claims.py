"""The subcommands on claims: check, explain, timeline, templates, new. What they show is found by `pipelines.claims`."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import click
import polars as pl
from rich.console import Console
from rich.table import Table

from pipelines import claims
from pipelines.claims import Checked, Story, template, timeline
from pipelines.claims.evaluation import Open, Verdict, evaluate
from pipelines.claims.starter import STARTER
from pipelines.commands import Moment, data_folder, data_option, printer, progress
from pipelines.folder import DataFolder
from pipelines.warehouse import query, snapshot

CAPTURES = """
    select capture_id, vendor, series_id, url, captured_at, outcome, sha256 from core.captures
    where capture_id in (select unnest(?)) order by capture_id
"""
SHOWN = 12  # rows of an explanation, unless all are asked for


@click.group(name="claims")
def claims_group() -> None:
    """Give an article's claims; hear which hold, under which definition, as of then and as of now, with the SQL for each.

    \b
    Example:  lockstep claims check 2025-12-12-lockstep-to-lag
              lockstep claims explain 2025-12-12-lockstep-to-lag C03
              lockstep claims new mine.toml     then fill it in, and check it
    """


def as_of_option(command: Callable) -> Callable:
    return click.option("--as-of", type=Moment(), help="What could be known at this moment, e.g. 2025-12-12T10:50Z.")(command)


@claims_group.command()
@data_option
@as_of_option
@click.argument("article")
def check(data: Path | None, as_of: datetime | None, article: str) -> None:
    """The verdict on every claim of ARTICLE (an id, or a .toml file of your own), at its own moment and at the newest, or at one moment.

    \b
    Example:  lockstep claims check 2025-12-12-lockstep-to-lag --as-of 2026-08-21T22:00Z
    """
    folder, story = data_folder(data), claims.find(article)
    moments = [as_of] if as_of else sorted({story.article.as_of, _newest(folder)})
    with progress() as tell:
        columns = []
        for moment in moments:
            tell(f"asking {len(story.claims)} claims as of {moment:%Y-%m-%d %H:%M}")
            columns.append(evaluate(_opener(folder), story, story.claims, moment))
    _print_verdicts(printer(), folder, story, moments, columns)


@claims_group.command()
@data_option
@as_of_option
@click.option("--all", "everything", is_flag=True, help=f"Every row it rests on, not the first {SHOWN}.")
@click.argument("article")
@click.argument("claim")
def explain(data: Path | None, as_of: datetime | None, everything: bool, article: str, claim: str) -> None:
    """What the verdict on CLAIM stands on: definition grid, SQL, rows, and the raw answers they came from.

    \b
    Example:  lockstep claims explain 2025-12-12-lockstep-to-lag C06 --as-of 2025-12-12T10:50Z
    """
    folder, story = data_folder(data), claims.find(article)
    checked = _claim(story, claim)
    found = evaluate(_opener(folder), story, [checked], as_of or _newest(folder))[0]
    _print_explanation(printer(), folder, found, everything)


@claims_group.command(name="timeline")
@data_option
@click.option("--until", type=Moment(), help="Up to this moment (default: the newest answer).")
@click.option("--every", type=click.IntRange(1, 366), default=30, show_default=True, help="Widest gap between two moments asked, in days.")
@click.option("--claim", "wanted", multiple=True, help="Only this claim; may be given again.")
@click.argument("article")
def when(data: Path | None, until: datetime | None, every: int, wanted: Sequence[str], article: str) -> None:
    """When each verdict of ARTICLE changed, and which row changed it.

    \b
    Example:  lockstep claims timeline 2025-12-12-lockstep-to-lag --claim C18 --claim C13
    """
    folder, story = data_folder(data), claims.find(article)
    asked = [_claim(story, name) for name in wanted] or list(story.claims)
    last = until or _newest(folder)
    if last < story.article.as_of:
        raise click.ClickException(f"{folder.path} stands at {last:%Y-%m-%d %H:%M} UTC, before the article; run the day with a later --now")
    with progress() as tell:
        ask = partial(query, folder.market)
        found = list(timeline.changes(_opener(folder), ask, story, asked, last, timedelta(days=every), tell))
    _print_changes(printer(), folder, story, found)


@claims_group.command()
def templates() -> None:
    """Every kind of claim there is: what it asks, what would refute it, its parameters.

    \b
    Example:  lockstep claims templates
    """
    console = printer()
    for name, each in template.load().items():
        console.print(f"\n{name}", style="bold")
        console.print(each.header.description, markup=False)
        console.print(f"Refuted by: {each.header.refuted_by}", markup=False)
        for key, parameter in each.header.parameters.items():
            needed = "" if parameter.default is not None or parameter.optional else " (needed)"
            console.print(f"  {key}: {parameter.type}{needed}. {parameter.meaning}", markup=False, highlight=False)
        console.print(f"  a printed number: {each.header.prints_a_number}", highlight=False)
        console.print(f"  params = {each.header.example}", markup=False, highlight=False, soft_wrap=True)


@claims_group.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
def new(path: Path) -> None:
    """Write an article to fill in at PATH (a .toml file): one claim of each common kind, with comments.

    \b
    Example:  lockstep claims new mine.toml
    """
    if path.suffix != ".toml":
        raise click.UsageError(f"{path}: an article is a .toml file, such as {path.with_suffix('.toml').name}")
    if path.exists():
        raise click.ClickException(f"{path} is there already; name another file, it is never written over")
    path.write_text(STARTER.replace("my-article", path.stem), encoding="utf-8")
    click.echo(f"{path} is written. Fill it in, then: lockstep claims check {path}")


def _opener(folder: DataFolder) -> Open:
    return partial(snapshot.of_file, folder.market)


def _newest(folder: DataFolder) -> datetime:
    return query(folder.market, "select max(captured_at) as t from core.captures")["t"][0]


def _claim(story: Story, name: str) -> Checked:
    found = {checked.claim.claim_id: checked for checked in story.claims}
    if name not in found:
        raise click.UsageError(f"{story.article.article_id} has no claim {name!r}; it has {', '.join(found)}")
    return found[name]


def _print_verdicts(
    console: Console, folder: DataFolder, story: Story, moments: Sequence[datetime], columns: Sequence[list[Verdict]]
) -> None:
    table = Table(title=f"{folder.label.partition(':')[0]} {story.article.title}".strip(), title_justify="left")
    table.add_column("")
    table.add_column("claim", max_width=48)
    for moment in moments:
        table.add_column(f"as of {moment:%Y-%m-%d %H:%M}", max_width=44)
    for row in zip(*columns, strict=True):
        claim = row[0].checked.claim
        table.add_row(claim.claim_id, claim.text, *(f"{found.word}\n{found.headline['observed_text']}" for found in row), end_section=True)
    console.print(table)
    for moment, found in zip(moments, columns, strict=True):
        words = pl.Series([each.word.partition("(")[0] for each in found]).value_counts(sort=True)
        console.print(f"As of {moment:%Y-%m-%d %H:%M} UTC: " + ", ".join(f"{n} {word}" for word, n in words.iter_rows()), highlight=False)
    console.print(
        f"The grid, the SQL and the answers behind one: lockstep claims explain {story.article.article_id} CLAIM", highlight=False
    )


def _print_explanation(console: Console, folder: DataFolder, found: Verdict, everything: bool) -> None:
    claim, header = found.checked.claim, found.checked.template.header
    said = folder.label.partition(":")[0]
    console.print(f"{said} {claim.claim_id}: {claim.text}".strip(), style="bold", markup=False)
    console.print(f"{found.word} as of {found.as_of:%Y-%m-%d %H:%M} UTC", style="bold", markup=False)
    console.print(f"{claim.template}: {header.description} Refuted by: {header.refuted_by}", markup=False)
    printed = "" if claim.claimed_value is None else f"; printed: {claim.claimed_value:g} ({claim.claimed_decimals} decimals)"
    console.print(f"Parameters: {template.told(found.checked.params)}{printed}", markup=False, highlight=False)
    grid = Table("", "definition", "found", "verdict", title="\nDefinitions", title_justify="left")
    for answer in found.answers:
        note = "" if answer["kind"] == "test" else f" ({answer['kind']})"
        grid.add_row(str(answer["place"]), answer["definition_id"] + note, answer["observed_text"], answer["verdict"])
    console.print(grid)
    console.print("\nThe query (lockstep sql, or any DuckDB client on the published file)", style="bold")
    console.print(found.sql, markup=False, highlight=False, soft_wrap=True)
    _print_rows(console, found.rests_on, everything)
    _print_answers(console, folder, found.rests_on)


def _print_rows(console: Console, rows: pl.DataFrame, everything: bool) -> None:
    shown = rows if everything else rows.tail(SHOWN)
    more = f", the newest {shown.height} shown (--all for all)" if shown.height < rows.height else ""
    table = Table("table", "of", "date", "value", "known at (UTC)", title=f"\nRests on {rows.height} rows{more}", title_justify="left")
    for row in shown.iter_rows(named=True):
        value = "" if row["value"] is None else f"{row['value']:,.10g}"
        table.add_row(row["what"], row["series_id"] or "", f"{row['date']}", value, f"{row['known_at']:%Y-%m-%d %H:%M}")
    console.print(table)


def _print_answers(console: Console, folder: DataFolder, rows: pl.DataFrame) -> None:
    """The raw answers: where each lies in the archive, its digest, the question it answered; and the citations."""
    named = rows["capture_id"].drop_nulls().unique(maintain_order=True).to_list()
    console.print("\nRaw answers", style="bold")
    for row in query(folder.market, CAPTURES, [named]).to_dicts() if named else []:
        console.print(f"{row['vendor']} {row['series_id']}, {row['captured_at']:%Y-%m-%d %H:%M} UTC, {row['outcome']}", highlight=False)
        console.print(f"  {row['url']}", markup=False, highlight=False, soft_wrap=True)
        lies = folder.archive.body_path(row["sha256"]) if row["sha256"] else "no answer came"
        console.print(f"  sha256 {row['sha256']}\n  {lies}", markup=False, highlight=False, soft_wrap=True)
    for url in (name for name in named if name.startswith("https://")):
        console.print(f"cited: {url}", markup=False, highlight=False, soft_wrap=True)


def _print_changes(console: Console, folder: DataFolder, story: Story, found: Sequence[timeline.Change]) -> None:
    title = f"{folder.label.partition(':')[0]} When the verdicts on {story.article.article_id} changed".strip()
    table = Table("", "at (UTC)", "from", "to", "because", title=title, title_justify="left")
    for change in sorted(found, key=lambda each: (each.at, each.checked.claim.claim_id)):
        rows = [f"{row['what']} {row['series_id'] or ''} {row['date']}: {row['value']:,.10g}" for row in change.rows.tail(3).to_dicts()]
        because = "\n".join(rows) or "the time it spoke of had passed"
        table.add_row(change.checked.claim.claim_id, f"{change.at:%Y-%m-%d %H:%M}", change.before, change.after, because)
    console.print(table)
    console.print(f"{len(found)} changes", highlight=False)
