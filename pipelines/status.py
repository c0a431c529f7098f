"""How new each series is against how new it should be, and what a vendor last said: the rows behind `lockstep status`.

Owns the verdict fresh, stale or silent. What should be there by a moment is `pipelines.releases.newest_date`; a table of
data quality is a mart of its own.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pipelines import catalog, releases
from pipelines.catalog import Series
from pipelines.warehouse import Reader

NEWEST = """
    with newest as (
        select series_id, max(date) as newest, count(*) as rows from raw.observations where value is not null group by series_id
        union all
        select series_id, max(session_date), count(*) from raw.price_bars group by series_id
        union all
        select series_id, max(operation_date), count(*) from raw.operations where status <> 'announced' group by series_id
    ),
    last_pass as (
        select
            series_id, bool_and(outcome = 'accepted') as is_accepted, captures.asked_at,
            any_value(reason) filter (where outcome <> 'accepted') as reason
        from raw.captures
        group by series_id, captures.asked_at
        qualify row_number() over (partition by series_id order by captures.asked_at desc) = 1
    )
    select last_pass.*, newest.newest, newest.rows from last_pass left join newest using (series_id)
"""


@dataclass(frozen=True)
class Freshness:
    """One series: newest date held, newest date that was out, and the verdict.

    `verdict`: fresh, stale (something newer is out), silent (nothing held), refused (its last answer was), not asked.
    """

    series: Series
    newest: date | None
    expected: date | None
    rows: int
    verdict: str
    reason: str | None

    @property
    def is_red(self) -> bool:
        """Whether somebody should look: anything but fresh, of a series that this source holds and that is not optional."""
        return self.verdict not in ("fresh", "not asked") and not self.series.optional


def freshness(warehouse: Reader, now: datetime) -> list[Freshness]:
    """The freshness of every catalog series at `now` (UTC)."""
    rows = {row["series_id"]: row for row in warehouse.frame(NEWEST).to_dicts()}
    return [_judge(series, rows.get(series.series_id), now) for series in catalog.load()]


def _judge(series: Series, row: dict | None, now: datetime) -> Freshness:
    if row is None:
        return Freshness(series, None, None, 0, "not asked", None)
    newest, expected = row["newest"], _expected(series, now)
    if not row["is_accepted"]:
        verdict, reason = "refused", row["reason"]
    elif newest is None:
        verdict, reason = ("fresh", None) if expected is None else ("silent", f"nothing held, {expected} should be")
    elif expected is not None and newest < expected:
        verdict, reason = "stale", f"newest is {newest}, {expected} should be there"
    else:
        verdict, reason = "fresh", None
    return Freshness(series, newest, expected, row["rows"] or 0, verdict, reason)


def _expected(series: Series, now: datetime) -> date | None:
    if series.frequency == "event":
        return now.date() - timedelta(days=series.max_staleness_days) if series.max_staleness_days else None
    return releases.newest_date(series, now)
