"""The sections on records: where everything stands against its own, how deep it was, when records were made."""

from collections import Counter
from datetime import timedelta

import polars as pl

from pipelines.report import pictures, wording
from pipelines.report.figure import Figure, Section, Table, age, asked, drawn
from pipelines.report.published import Published

LATE = timedelta(days=7)  # a series whose last session lies further behind the newest has stopped, and is told so
NOTHING = "No price was known at this moment."


def sections(published: Published, leader: str, laggard: str) -> tuple[Section, Section]:
    """The two sections, with the pair of the page among what is drawn."""
    records = (_underwater(published, leader, laggard), _raster(published, leader, laggard))
    return Section("standing", "Against the record", (_standing(published),)), Section("records", "Depths and records", records)


def state(published: Published) -> pl.DataFrame:
    """Where every series stands, with `name` and `is_late`."""
    rows = published.ask(pictures.standing().queries[0]).rows
    late = pl.col("session_date") < pl.col("session_date").max() - LATE
    return published.named(rows.with_columns(name=pl.col("series_id"), is_late=late), "name")


def headline(published: Published, leader: str, laggard: str) -> str:
    """Where the pair stands, as a sentence."""
    found = {row["series_id"]: row for row in state(published).iter_rows(named=True)}
    said = [_position(found[name]) for name in (leader, laggard) if name in found]
    return ", ".join(said) or "Nothing is known of the pair at this moment"


def _position(row: dict) -> str:
    if row["is_at_record_close"]:
        return f"{row['name']} closed at a record"
    return f"{row['name']} {wording.below(row['drawdown'])} below its record"


def _standing(published: Published) -> Figure:
    picture = pictures.standing()
    answers = asked(published, picture)
    rows = state(published)
    said = pl.struct(pl.all()).map_elements(_end_of_bar, return_dtype=pl.String)
    frame = rows.with_columns(series_id=pl.col("name"), said=said) if rows.height else rows
    title = _standing_title(rows, list(published.names))
    return Figure(
        key="standing",
        title=title,
        age=age(answers, "session_date", published),
        queries=tuple(each.sql for each in answers),
        drawings=drawn(picture, [frame], "standing", f"Bars: {title}. The numbers stand in the table below.", published.label),
        note=NOTHING if rows.is_empty() else "",
        tables=(_standing_table(rows),) if rows.height else (),
    )


def _standing_title(rows: pl.DataFrame, order: list[str]) -> str:
    """Who is at a record, in the order of the catalog, and who is farthest from it."""
    place = pl.col("series_id").replace_strict(order, range(len(order)))
    counted = rows.filter(pl.col("record_claimable") & ~pl.col("is_late")).sort(place)
    if counted.is_empty():
        return "No series reaches back far enough to speak of a record"
    at = counted.filter("is_at_record_close")["name"].to_list()
    row = counted.sort("drawdown").row(0, named=True)
    stand = f"{len(at)} of {counted.height} closed at a record" if at else f"None of {counted.height} closed at a record"
    who = f": {wording.listed(at)}" if at else ""
    return f"{stand}{who}; {row['name']} is farthest below, by {wording.below(row['drawdown'])}"


def _end_of_bar(row: dict) -> str:
    late = f" ({wording.day(row['session_date'])})" if row["is_late"] else ""
    return (_record(row) or wording.percent(row["drawdown"])) + late


def _record(row: dict) -> str:
    bases = [basis for basis, is_record in (("close", row["is_at_record_close"]), ("high", row["is_at_record_high"])) if is_record]
    held = "" if row["record_claimable"] else " of the history held"
    return f"record {' and '.join(bases)}{held}" if bases else ""


def _standing_table(rows: pl.DataFrame) -> Table:
    numbers = dict.fromkeys(("Close", "Below record close", "Below record high"), "number")
    return Table(
        caption="Each series at its last session, on both bases, because the answer differs",
        columns={"Series": "text", "Session": "day", **numbers, "Record close of": "day", "Record": "text"},
        rows=[
            (
                row["name"],
                wording.day(row["session_date"]),
                wording.amount(row["close"], 2),
                wording.percent(row["drawdown"], 2),
                wording.percent(row["drawdown_from_intraday_peak"], 2),
                wording.day(row["record_close_date"]),
                _record(row),
            )
            for row in rows.iter_rows(named=True)
        ],
    )


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
