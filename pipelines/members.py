"""The series that a question names: whether it can be put to them at all.

Owns the sentences for what cannot be asked: a series named twice, one without a price, one that is compared with nothing,
two without a day in common. What is asked of the others belongs to `pipelines.headlines`.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from pipelines import studies
from pipelines.warehouse import query

HELD = """
    select series.series_id, series.is_compared, series.second_reading_of, series.record_claimable,
        min(prices.session_date) as first_date, max(prices.session_date) as last_date
    from core.series as series
    left join core.sound_bars as prices using (series_id)
    where series.series_id in (select unnest($1)) group by all
"""


def check(market: Path, members: Sequence[str], moment: datetime | None = None) -> None:
    """Refuse members that the question cannot be put to, as of a moment if one is given: one of them, or several compared.

    Raises:
        ValueError: one is named twice, has no price, or, of several, is compared with nothing or shares no day with another.
        WarehouseError: there is no such file, or a table of it is missing.
    """
    for name in members:
        if members.count(name) > 1:
            raise ValueError(f"{name} is named twice; name series that differ")
    held = query(market, HELD if moment is None else studies.as_of(HELD, moment), [list(members)]).to_dicts()
    for row in held:
        _check_one(row, len(members) > 1, f" by {moment:%Y-%m-%d %H:%M} UTC" if moment else "")
    for one, other in pairwise(sorted(held, key=lambda row: row["first_date"])):
        if other["first_date"] > one["last_date"]:
            stretches = " and ".join(f"{row['series_id']} from {row['first_date']} to {row['last_date']}" for row in (one, other))
            raise ValueError(f"no day in common: prices are held of {stretches}")


def _check_one(row: dict[str, Any], compared: bool, by: str) -> None:
    name = row["series_id"]
    if row["first_date"] is None:
        raise ValueError(f"no price of {name} is held{by}, so that it has no record; `lockstep status` lists what is held")
    if not compared or row["is_compared"]:
        return
    if row["second_reading_of"]:
        raise ValueError(f"{name} is a second reading of {row['second_reading_of']}, which is the one compared; ask about that")
    if not row["record_claimable"]:
        raise ValueError(
            f"{name} is compared with nothing: held from {row['first_date']} on without a cited record from before, "
            "no high of it can be called a record"
        )
    raise ValueError(f"{name} is compared with nothing: only indices, metals and crypto are")
