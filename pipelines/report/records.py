"""The section on the past: how deep everything was below its record, and when records were made."""

from collections import Counter

import polars as pl

from pipelines.report import pictures, wording
from pipelines.report.figure import Figure, Section, Table, age, asked, drawn
from pipelines.report.published import Published

NOTHING = "No record was known at this moment."


def section(published: Published, leader: str, laggard: str) -> Section:
    """The underwater chart and the raster, with the pair of the page among what is drawn."""
    return Section("records", "Depths and records", (_underwater(published, leader, laggard), _raster(published, leader, laggard)))


def _underwater(published: Published, leader: str, laggard: str) -> Figure:
    members = list(dict.fromkeys((leader, laggard, *pictures.BESIDE)))
    picture = pictures.underwater(members)
    answers = asked(published, picture)
    rows = published.named(answers[0].rows, "series_id")
    title, note = NOTHING, ""
    if rows.height:
        row = rows.sort("drawdown").row(0, named=True)
        title = (
            f"Since {min(rows['session_date'].to_list()):%B %Y} {row['series_id']} fell farthest below its record: "
            f"by {wording.below(row['drawdown'])} on {wording.day(row['session_date'])}"
        )
        note = "Zero is a record close; the line shows how far below it each close stood."
    return Figure(
        key="underwater",
        title=title,
        age=age(answers, "session_date", published),
        queries=tuple(each.sql for each in answers),
        drawings=drawn(picture, [rows], "underwater", f"Lines: {title}.", published.label),
        note=note,
        folded=(month_ends(rows, "Distance from the record close at the last session of each month"),) if rows.height else (),
    )


def month_ends(rows: pl.DataFrame, caption: str) -> Table:
    """Drawdowns at the last session of each month, one column for each series, the newest month first."""
    names = rows["series_id"].unique(maintain_order=True).to_list()
    months = rows.sort("session_date").group_by(pl.col("session_date").dt.strftime("%Y-%m").alias("month"), "series_id").last()
    wide = months.pivot("series_id", index="month", values="drawdown").sort("month", descending=True)
    cells = [(row["month"], *(wording.percent(row[name]) for name in names)) for row in wide.iter_rows(named=True)]
    return Table(caption, {"Month": "day", **dict.fromkeys(names, "number")}, cells)


def _raster(published: Published, leader: str, laggard: str) -> Figure:
    picture = pictures.record_raster()
    answers = asked(published, picture)
    rows = published.named(answers[0].rows.with_columns(key=pl.col("series_id")), "series_id")
    title = _raster_title(rows, published.names, leader, laggard)
    return Figure(
        key="raster",
        title=title,
        age=age(answers, "session_date", published),
        queries=tuple(each.sql for each in answers),
        drawings=drawn(picture, [rows], "raster", f"A line of marks for each series, a mark for each record. {title}.", published.label),
        note="Each mark is a session with a record close: records come in clusters, and are not independent of each other.",
        folded=(_per_year(rows),) if rows["session_date"].count() else (),
    )


def _raster_title(rows: pl.DataFrame, names: dict[str, str], leader: str, laggard: str) -> str:
    days = rows["session_date"].drop_nulls().to_list()
    if not days:
        return NOTHING
    led, lagged = (set(rows.filter(key=name)["session_date"].drop_nulls()) for name in (leader, laggard))
    return (
        f"Since {min(days):%B %Y} {names[leader]} closed at a record on {wording.counted(len(led), 'day', 'days')}, "
        f"{names[laggard]} on {len(lagged):,}; on {len(led & lagged):,} both did"
    )


def _per_year(rows: pl.DataFrame) -> Table:
    found = Counter((name, day.year) for name, day in rows.select("series_id", "session_date").drop_nulls().iter_rows())
    years = sorted({year for _, year in found}, reverse=True)
    names = rows["series_id"].unique(maintain_order=True)
    return Table(
        caption="Sessions with a record close in each year",
        columns={"Series": "text", **dict.fromkeys(map(str, years), "number")},
        rows=[(name, *(str(found[name, year] or "") for year in years)) for name in names],
    )
