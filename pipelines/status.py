"""How new each series is against how new it should be, and what a vendor last said: the rows behind `lockstep status`.

Owns the verdict fresh, stale or silent. What should be there by a moment is `pipelines.releases.newest_date`; a table of
data quality is a mart of its own.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pipelines import catalog, releases
from pipelines.catalog import Series
from pipelines.standing import NEWEST, answer
from pipelines.warehouse import Reader

HELD = f"""
    with {NEWEST},
    last_pass as (
        select
            series_id, bool_and(outcome = 'accepted') as is_accepted, captures.asked_at,
            any_value(reason) filter (where outcome <> 'accepted') as reason
        from raw.captures
        group by series_id, captures.asked_at
        qualify row_number() over (partition by series_id order by captures.asked_at desc) = 1
    )
    select last_pass.*, newest.* exclude (series_id) from last_pass left join newest using (series_id)
"""


@dataclass(frozen=True)
class Freshness:
    """One series: newest date held that is not quarantined, newest date that was out, and the verdict.

    `verdict`: fresh, stale (something newer is out), silent (nothing held), refused (its last answer was), not asked. What is
    provisional is held: it came, and waits for the next bar; `reason` names it, and what is quarantined and newer.
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
    rows = {row["series_id"]: row for row in answer(warehouse, HELD).to_dicts()}
    return [_judge(series, rows.get(series.series_id), now) for series in catalog.load()]


def _judge(series: Series, row: dict | None, now: datetime) -> Freshness:
    if row is None:
        return Freshness(series, None, None, 0, "not asked", None)
    newest, expected, doubt = row["newest"], _expected(series, now), _doubt(row)
    if not row["is_accepted"]:
        verdict, reason = "refused", row["reason"]
    elif newest is None:
        verdict, reason = ("fresh", None) if expected is None else ("silent", "; ".join([f"nothing held, {expected} should be", *doubt]))
    elif expected is not None and newest < expected:
        verdict, reason = "stale", "; ".join([f"newest is {newest}, {expected} should be there", *doubt])
    else:
        verdict, reason = "fresh", "; ".join(doubt) or None
    return Freshness(series, newest, expected, row["rows"] or 0, verdict, reason)


def _doubt(row: dict) -> list[str]:
    """What is said of the newest date, or of a newer one, and not reckoned with."""
    doubted, newest = row["doubted_date"], row["newest"]
    return [f"{doubted} is {row['doubt']}"] if doubted and (newest is None or doubted >= newest) else []


def _expected(series: Series, now: datetime) -> date | None:
    if series.frequency == "event":
        return now.date() - timedelta(days=series.max_staleness_days) if series.max_staleness_days else None
    return releases.newest_date(series, now)
