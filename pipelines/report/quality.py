"""The line on the quality of the data: how many series are good, what is late, missing, held back, revised or contradicted."""

import polars as pl

from pipelines.report import wording
from pipelines.report.figure import Figure, Table, age
from pipelines.report.published import Published

GRADES = """select series_id, grade, grade_reason, last_date, missing_sessions_90d, quarantined + provisional as held_back, revisions_30d,
    disagreements_30d, last_outcome, known_at
from mart.data_quality
where grade <> 'none'
order by list_position(['bad', 'watch', 'good'], grade), series_id"""


def figure(published: Published) -> Figure:
    """The line, and what keeps each series from being good."""
    answer = published.ask(GRADES)
    doubtful = answer.rows.filter(pl.col("grade") != "good")
    return Figure(
        key="quality",
        title=_line(answer.rows),
        age=age([answer], "last_date", published),
        queries=(answer.sql,),
        folded=(_table(doubtful),) if doubtful.height else (),
    )


def _line(rows: pl.DataFrame) -> str:
    grades = dict(rows["grade"].value_counts().iter_rows())
    bad = rows.filter(grade="bad")["series_id"].to_list()
    graded = [
        f"{grades.get('good', 0)} of {wording.counted(rows.height, 'series', 'series')} are good",
        f"{grades.get('watch', 0)} to watch",
        f"{len(bad)} bad" + (f" ({wording.listed(bad)})" if bad else ""),
    ]
    totals = rows.select(pl.col("missing_sessions_90d", "held_back", "revisions_30d", "disagreements_30d").sum()).row(0, named=True)
    found = [
        f"{wording.counted(totals['missing_sessions_90d'], 'value', 'values')} missing in 90 days",
        f"{wording.counted(totals['held_back'], 'value', 'values')} held back",
        f"{wording.counted(totals['revisions_30d'], 'value', 'values')} revised and "
        f"{wording.counted(totals['disagreements_30d'], 'disagreement', 'disagreements')} between vendors in 30 days",
        f"{rows.filter(pl.col('last_outcome') != 'accepted').height} refused or unreachable when last asked",
    ]
    return f"{', '.join(graded)}; {', '.join(found)}."


def _table(rows: pl.DataFrame) -> Table:
    columns = {"Series": "text", "Grade": "text", "Newest": "day", "Why": "prose"}
    cells = [
        (row["series_id"], row["grade"], wording.day(row["last_date"]), row["grade_reason"] or "") for row in rows.iter_rows(named=True)
    ]
    return Table("Series that are not good, and why", columns, cells)
