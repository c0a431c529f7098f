"""Studies: tables that SQL says badly (surrogate tests, bootstraps, a solved curve), computed in Python from tables.

Owns which studies there are, what each reads, and when it runs: before the first model that reads `study.<name>`. A study
is a pure function of frames; its rows are appended where they say something new, dated by the newest answer the
warehouse holds, so that a study is as bitemporal as everything else. The mathematics stands in the modules it calls.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipelines import co_highs, event_study, pairs
from pipelines.policy import daily
from pipelines.warehouse import Warehouse, at, parsed, query

MEMBERS = "select s.series_id from core.series as s where s.is_compared order by s.series_id"
# q_headline is corrected over all pairs of the basis, so that it rests on every member.
_OF_CO_HIGHS = f"(up.series_id in (row.series_a, row.series_b) or (row.q_headline is not null and up.series_id in ({MEMBERS})))"

Frames = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Study:
    """One computed table: its key, its columns (polars type and meaning), the queries it needs, and the function.

    `rests_on` and `context` say of every table that the queries read what a row rests on in it, as a model file does.
    """

    key: tuple[str, ...]
    columns: dict[str, tuple[Any, str]]
    queries: dict[str, str]
    rests_on: dict[str, str]
    context: dict[str, str]
    compute: Callable[[Frames], pl.DataFrame]

    @property
    def is_dated_by_evaluation(self) -> bool:
        """Whether its rows carry no date of their own: what stood before a replay is then dated by the one evaluation in it."""
        return "known_at" not in self.columns


def _co_highs(frames: Frames) -> pl.DataFrame:
    members = frames["members"]["series_id"].to_list()
    return co_highs.co_highs(frames["bars"], frames["records"], frames["sessions"], members)


def _divergence_horizon_study(frames: Frames) -> pl.DataFrame:
    of_pairs, grid = list(frames["pairs"].iter_rows()), pairs.sessions(frames["sessions"])
    return event_study.divergence_study(frames["outcomes"], frames["prices"], of_pairs, grid)


def _policy_path(frames: Frames) -> pl.DataFrame:
    return daily.policy_path(frames["settlements"], frames["meetings"])


STUDIES: dict[str, Study] = {
    "co_highs": Study(
        key=("series_a", "series_b", "basis", "window_sessions", "start_date"),
        columns=co_highs.COLUMNS,
        queries={
            "members": MEMBERS,
            "bars": "select bars.series_id, bars.session_date, bars.close, bars.high, series.record_seed_close, series.record_seed_high "
            "from core.sound_bars as bars left join core.series as series "
            "on bars.series_id = series.series_id and series.record_seed_date < series.held_from",
            "records": "select series_id, basis, session_date from mart.record_highs",
            "sessions": "select calendar, session_date from core.sessions",
        },
        rests_on={
            "core.sound_bars": _OF_CO_HIGHS,
            "mart.record_highs": f"up.basis = row.basis and {_OF_CO_HIGHS}",
        },
        context={
            "core.series": "Which series take part, and the cited records below which histories begin.",
            "core.sessions": "The grid: which days are sessions of New York.",
        },
        compute=_co_highs,
    ),
    "divergence_horizon_study": Study(
        key=event_study.KEY,
        columns=event_study.COLUMNS,
        queries={
            "pairs": f"with members as ({MEMBERS}) select a.series_id as leader, b.series_id as laggard "
            "from members as a cross join members as b where a.series_id <> b.series_id order by 1, 2",
            "outcomes": "select leader, laggard, threshold, start_date, horizon_unit, horizon, entry_date, forward_return, "
            "made_new_record, regained_ratio, is_in_study, status, history_start from mart.divergence_horizons",
            "prices": "select series_id, session_date, close, drawdown, is_record_close from mart.drawdowns",
            "sessions": "select calendar, session_date from core.sessions",
        },
        rests_on={
            "mart.divergence_horizons": "up.leader = row.leader and up.laggard = row.laggard and up.threshold = row.threshold "
            "and up.horizon_unit = row.horizon_unit and up.horizon = row.horizon",
            "mart.drawdowns": "up.series_id in (row.leader, row.laggard)",  # both benchmarks are days of their history
        },
        context={"core.series": "Which series take part.", "core.sessions": "The grid in whose sessions horizons are counted."},
        compute=_divergence_horizon_study,
    ),
    "policy_path": Study(
        key=("as_of_date", "meeting_date"),
        columns=daily.COLUMNS,
        queries={
            "settlements": "select contract_month, trade_date, settle, known_at from core.futures_settlements where settle is not null",
            "meetings": "select decision_date, scheduled, cancelled_at, lower_percent, known_at from core.fomc_meetings",
        },
        rests_on={
            "core.futures_settlements": "up.trade_date = row.as_of_date",
            "core.fomc_meetings": "up.decision_date >= row.as_of_date - 100",  # the range in force, and every meeting ahead
        },
        context={},
        compute=_policy_path,
    ),
}


def run(warehouse: Warehouse, name: str) -> int:
    """Compute a study on what the warehouse holds now and append what it says that is new; returns the rows added.

    Raises:
        KeyError: no such study.
        WarehouseError: a table it reads is not built.
    """
    study = STUDIES[name]
    rows = study.compute({table: warehouse.frame(query) for table, query in study.queries.items()})
    return warehouse.evaluate(name, rows, study.key, texts(name))


def was_evaluated(market: Path, name: str, moment: datetime) -> bool:
    """Whether a published file holds rows of the study that were known at the moment."""
    return query(market, as_of(f"select count(*) > 0 as stored from study.{name}", moment))["stored"][0]


def computed(market: Path, name: str, members: Sequence[str], moment: datetime) -> pl.DataFrame:
    """The study of these series alone, computed on what a published file knew at the moment; nothing is stored.

    Raises:
        KeyError: no such study.
        WarehouseError: a table it reads is not in the file.
    """
    study = STUDIES[name]
    return study.compute({table: query(market, as_of(_among(sql, members), moment)) for table, sql in study.queries.items()})


def as_of(select: str, moment: datetime) -> str:
    """The SELECT over what was known at the moment: every table it names swapped for that table's as-of macro."""
    return at(select, f"timestamptz '{moment.isoformat()}'")


def _among(select: str, members: Sequence[str]) -> str:
    """The rows of the SELECT that are about no other series."""
    named = [column for column in parsed(select)[1] if column in ("series_id", "leader", "laggard")]
    listed = ", ".join(f"'{name}'" for name in members)
    return f"select * from ({select}) where true" + "".join(f" and {column} in ({listed})" for column in named)


def reads(name: str) -> set[str]:
    """The tables that a study reads (`schema.table`).

    Raises:
        KeyError: no such study.
    """
    return set().union(*(parsed(query)[0] for query in STUDIES[name].queries.values()))


def texts(name: str) -> dict[str, str]:
    """The meaning of the columns of a study."""
    return {column: text for column, (_, text) in STUDIES[name].columns.items()}
