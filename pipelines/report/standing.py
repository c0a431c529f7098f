"""The section on where everything stands against its record, and the headline of the page."""

from datetime import timedelta

import polars as pl

from pipelines.report import pictures, wording
from pipelines.report.figure import Figure, Section, Table, age, drawn
from pipelines.report.published import Answer, Published

LATE = timedelta(days=7)  # a series whose last session lies further behind the newest has stopped, and is told so
NOTHING = "No price was known at this moment."


def state(published: Published) -> Answer:
    """Where every series stands, with `name` and `is_late`."""
    answer = published.ask(pictures.standing().queries[0])
    late = pl.col("session_date") < pl.col("session_date").max() - LATE
    return Answer(answer.sql, published.named(answer.rows.with_columns(name=pl.col("series_id"), is_late=late), "name"))


def headline(rows: pl.DataFrame, leader: str, laggard: str) -> str:
    """Where the pair stands, as a sentence, from the rows of `state`."""
    found = {row["series_id"]: row for row in rows.iter_rows(named=True)}
    pair = [found[name] for name in (leader, laggard) if name in found]
    if len(pair) == 2 and len({row["is_at_record_close"] for row in pair}) == 1:
        first, second = pair
        if first["is_at_record_close"]:
            return f"{first['name']} and {second['name']} both closed at a record"
        return f"{_depth(first)} and {_depth(second)} below their records"
    said = [f"{row['name']} closed at a record" if row["is_at_record_close"] else f"{_depth(row)} below its record" for row in pair]
    return ", ".join(said) or "Nothing is known of the pair at this moment"


def section(published: Published, found: Answer) -> Section:
    """The section, from the answer of `state`."""
    rows = found.rows
    said = pl.struct(pl.all()).map_elements(_end_of_bar, return_dtype=pl.String)
    frame = rows.with_columns(series_id=pl.col("name"), said=said) if rows.height else rows
    title = _title(rows, list(published.names))
    figure = Figure(
        key="bars",
        title=title,
        age=age([found], "session_date", published),
        queries=(found.sql,),
        drawings=drawn(pictures.standing(), [frame], "bars", f"Bars: {title}. The numbers stand in the table below.", published.label),
        note=NOTHING if rows.is_empty() else "",
        tables=(_table(rows),) if rows.height else (),
    )
    return Section("standing", "Against the record", (figure,))


def _depth(row: dict) -> str:
    return f"{row['name']} {wording.below(row['drawdown'])}"


def _title(rows: pl.DataFrame, order: list[str]) -> str:
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
    late = f" ({row['session_date']:%b %Y})" if row["is_late"] else ""
    return (_record(row) or wording.percent(row["drawdown"])) + late


def _record(row: dict) -> str:
    bases = [basis for basis, is_record in (("close", row["is_at_record_close"]), ("high", row["is_at_record_high"])) if is_record]
    held = "" if row["record_claimable"] else " of the history held"
    return f"record {' and '.join(bases)}{held}" if bases else ""


def _table(rows: pl.DataFrame) -> Table:
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
