"""The line on the quality of the data, on made grades."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from pipelines.report import quality
from pipelines.report.published import Published

DAY, KNOWN = date(2026, 3, 31), datetime(2026, 3, 31, 20, 30, tzinfo=UTC)
RUN = pl.DataFrame({"clock": [datetime(2026, 4, 1, 12, tzinfo=UTC)], "label": [""]})


def line(*rows: tuple[str, str, str | None, int, int, int, int, str]) -> tuple[str, list]:
    names = (
        "series_id",
        "grade",
        "grade_reason",
        "missing_sessions_90d",
        "held_back",
        "revisions_30d",
        "disagreements_30d",
        "last_outcome",
    )
    graded = pl.DataFrame(rows, schema=names, orient="row").with_columns(last_date=pl.lit(DAY), known_at=pl.lit(KNOWN))
    found = quality.figure(Published(Path("market.duckdb"), query=lambda _: RUN, then=lambda _: graded))
    assert "15 hours 30 minutes before" in found.age
    return found.title, [list(table.rows) for table in found.folded]


def test_nothing_to_complain_of_is_one_line_without_a_table():
    said, folded = line(("sp500", "good", None, 0, 0, 0, 0, "accepted"))
    assert said.startswith("1 of 1 series are good, 0 to watch, 0 bad; 0 values missing in 90 days, 0 values held back")
    assert folded == []


def test_what_is_late_is_named_and_everything_is_summed():
    said, folded = line(
        ("gold", "bad", "newest is 2026-03-01", 1, 0, 0, 0, "accepted"),
        ("silver", "watch", "1 bar held back", 1, 1, 2, 3, "refused"),
        ("sp500", "good", None, 0, 0, 0, 0, "accepted"),
    )
    assert said == (
        "1 of 3 series are good, 1 to watch, 1 bad (gold); 2 values missing in 90 days, 1 value held back, "
        "2 values revised and 3 disagreements between vendors in 30 days, 1 refused or unreachable when last asked."
    )
    assert folded == [[("gold", "bad", "2026-03-31", "newest is 2026-03-01"), ("silver", "watch", "2026-03-31", "1 bar held back")]]
