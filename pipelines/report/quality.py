"""The line on the quality of the data: how much is held, what is late, missing or in doubt, what was refused."""

from pipelines.report import wording
from pipelines.report.figure import Figure
from pipelines.report.published import Published

BARS = """select count(*) as series, count(*) filter (where is_late) as late, sum(bars_not_ok) as doubtful, max(known_at) as known_at,
    string_agg(series_id, ', ' order by series_id) filter (where is_late) as names
from (select *, session_date < max(session_date) over () - 7 as is_late from mart.market_state)"""


def figure(published: Published) -> Figure:
    """The line, with its query."""
    answer = published.ask(BARS)
    row, run = answer.rows.row(0, named=True), published.run
    late = f"{row['late']} of them without a bar of the last week ({row['names']})" if row["late"] else "none a week late"
    said = (
        f"{wording.counted(row['series'], 'price series', 'price series')} held, {late}; "
        f"{wording.counted(int(row['doubtful'] or 0), 'bar', 'bars')} in doubt and left out; "
        f"the file rests on {run['captures']:,} answers, of which the newest run had {run['refused']:,} refused."
    )
    return Figure(key="quality", title=said, age=f"Newest bar known since {wording.instant(row['known_at'])}.", queries=(answer.sql,))
