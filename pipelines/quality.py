"""What of the data wants a look: series that are not graded good, vendors that differ, sessions that are missing.

Owns the questions to the tables of data quality, and which of them are grave; what is counted, and how a grade is made, stands in
`sql/mart`. None of them stops a table from being replaced: a doubt that is published is worth more than a table that is old.
"""

from dataclasses import dataclass

import polars as pl

from pipelines.warehouse import Warehouse

RECENT_DAYS = 30


@dataclass(frozen=True)
class Concern:
    """A soft check: its name as a claim that is true when green, the table it is about, and the rows that speak against it.

    The query gives `subject` (what it is about), `told` (why) and `is_grave`.
    """

    name: str
    table: str
    claim: str
    query: str


CONCERNS = (
    Concern(
        "every_series_is_good",
        "mart.data_quality",
        "Every series asked for is graded good. Grave where one that must not be silent is late or empty.",
        """select series_id as subject, grade || ': ' || grade_reason as told, grade = 'bad' and not is_optional as is_grave
        from mart.data_quality where grade in ('watch', 'bad') order by series_id""",
    ),
    Concern(
        "vendors_agree",
        "mart.vendor_disagreements",
        f"No two vendors differed by more than the tolerance in the last {RECENT_DAYS} days.",
        f"""select series_id || ' ' || date as subject, reading || ' against ' || first_reading || ': ' || verdict as told,
            false as is_grave
        from mart.vendor_disagreements
        where date > (select max(known_at)::date - {RECENT_DAYS} from core.release_dates) order by date desc, series_id""",
    ),
    Concern(
        "no_session_is_missing",
        "mart.missing_sessions",
        f"No series has a hole in the last {RECENT_DAYS} days.",
        f"""select series_id || ' ' || date as subject, 'due ' || due_at || ', asked for ' || times_asked || ' times' as told,
            false as is_grave
        from mart.missing_sessions
        where not is_last and date > (select max(known_at)::date - {RECENT_DAYS} from core.release_dates) order by date desc, series_id""",
    ),
)


def against(warehouse: Warehouse, concern: Concern) -> pl.DataFrame:
    """The rows that speak against a concern's claim: subject, told, is_grave.

    Raises:
        WarehouseError: its table was never built.
    """
    return warehouse.frame(concern.query)


def grades(warehouse: Warehouse) -> dict[str, dict]:
    """The row of mart.data_quality of each series; nothing where it was never built."""
    if "mart.data_quality" not in warehouse.tables():
        return {}
    return {row["series_id"]: row for row in warehouse.frame("select * from mart.data_quality").to_dicts()}
