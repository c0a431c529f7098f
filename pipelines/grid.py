"""The definition grid: one headline, one row for each defensible definition, and whether they agree.

Owns which definitions belong to a headline and the word for their agreement: robust when every definition that can answer
gives the same verdict, fragile when not. Each row is one query on the published file, and carries it. What the tables
mean stands in `sql/`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipelines.warehouse import query


@dataclass(frozen=True)
class Definition:
    """One way to ask: its name and its query, whose first row says `verdict` (compared), `answer` (printed), `detail`."""

    name: str
    sql: str


@dataclass(frozen=True)
class Line:
    """What one definition answers. `verdict` is None where the tables cannot say."""

    definition: Definition
    verdict: Any
    answer: str
    detail: str


@dataclass(frozen=True)
class Grid:
    """A headline and its lines."""

    headline: str
    lines: tuple[Line, ...]

    @property
    def agreement(self) -> str:
        """robust, fragile, or INSUFFICIENT_DATA where no definition can answer."""
        said = {line.verdict for line in self.lines if line.verdict is not None}
        if not said:
            return "INSUFFICIENT_DATA"
        return "robust" if len(said) == 1 else "fragile"


def record(series_id: str) -> tuple[str, list[Definition]]:
    """Is the last session a record? By close, by high, over 52 weeks, with ties, and by the other readings of the series."""
    state = "from mart.drawdowns where series_id = '{}' order by session_date desc limit 1"
    bases = {
        "all-time, close, strict": "is_record_close",
        "all-time, close, a tie counts": "is_record_close or is_tie_close",
        "all-time, intraday high": "is_record_high",
        "52 weeks (365 days), close": "is_52w_high_close",
    }
    found = [
        Definition(name, f"select {test} as verdict, session_date as answer, round(close, 2) as detail {state.format(series_id)}")
        for name, test in bases.items()
    ]
    return f"Is {series_id} at a record?", found


def drawdown(series_id: str) -> tuple[str, list[Definition]]:
    """How far below its record? By what is compared with what; the verdict is the whole percent that a headline prints."""
    state = "from mart.drawdowns where series_id = '{}' order by session_date desc limit 1"
    kinds = {
        "close below the record close": "drawdown",
        "close below the record high (what the press quotes)": "drawdown_from_intraday_peak",
        "low below the record high": "drawdown_low",
    }
    found = [
        Definition(
            name,
            f"select round(100 * {column}) as verdict, round(100 * {column}, 2) || ' %' as answer, session_date as detail "
            + state.format(series_id),
        )
        for name, column in kinds.items()
    ]
    found.append(
        Definition(
            "close below the record close, other vendors",
            "select round(100 * drawdown) as verdict, round(100 * drawdown, 2) || ' %' as answer, "
            f"series_id || ' ' || session_date as detail from mart.market_state where second_reading_of = '{series_id}' order by series_id limit 1",
        )
    )
    return f"How far is {series_id} below its record?", found


def divergence(leader: str, laggard: str) -> tuple[str, list[Definition]]:
    """Leader at a record while the laggard is well below: is it so now, and the first time since when? By threshold."""
    found = [
        Definition(
            f"laggard {threshold:.0%} or more below its record close",
            "select year(previous_end_date) as verdict, "
            "coalesce('first since ' || previous_end_date, 'none since ' || history_start) as answer, "
            "'began ' || start_date || ', ' || status || coalesce(' ' || end_date, '') as detail "
            f"from mart.divergences where leader = '{leader}' and laggard = '{laggard}' and threshold = {threshold} "
            "order by start_date desc limit 1",
        )
        for threshold in (0.10, 0.15, 0.20, 0.25)
    ]
    return f"{leader} at records while {laggard} lags: first since when?", found


def co_highs(a: str, b: str) -> tuple[str, list[Definition]]:
    """Do records of one come with records of the other? By window and basis; the verdict is significance at 5 %, by cluster."""
    found = [
        Definition(
            f"within {window} sessions, {basis}",
            "select p_cluster_shift <= 0.05 as verdict, "
            "n_coincident || ' of ' || n_a || ' records (' || round(100 * rate, 1) || ' %), base rate ' "
            "|| round(100 * base_rate, 1) || ' %' as answer, 'lift ' || round(lift, 2) || '; p by cluster ' || round(p_cluster_shift, 3) || ', by shift ' || round(p_shift, 3) "
            "|| ', if independent ' || printf('%.1e', p_bernoulli) || '; ' || clusters_coincident || ' of ' || n_a_clusters || ' clusters; ' "
            "|| n_pending || ' pending' as detail "
            f"from mart.co_highs where series_a = '{a}' and series_b = '{b}' and window_sessions = {window} and basis = '{basis}' limit 1",
        )
        for basis in ("close", "intraday")
        for window in (0, 5, 10, 21)
    ]
    return f"Do records of {a} come with records of {b}?", found


def catch_up(leader: str, laggard: str) -> tuple[str, list[Definition]]:
    """After a divergence, did the laggard catch up (close at a record within the horizon)? By threshold and horizon."""
    found = [
        Definition(
            f"{threshold:.0%} below, record within {horizon} days",
            "select case when n > 0 then share_new_record > matched_share_new_record end as verdict, "
            "case when n > 0 then round(100 * share_new_record) || ' % of ' || n || ' events' else status end as answer, "
            "'days as far below: ' || round(100 * matched_share_new_record) || ' %; median return ' || round(100 * median, 1) || ' % against ' "
            "|| round(100 * matched_median, 1) || ' %; p ' || round(p_permutation, 2) || '; ' || n_pending || ' pending' as detail "
            f"from mart.divergence_study where leader = '{leader}' and laggard = '{laggard}' and threshold = {threshold} "
            f"and horizon_days = {horizon} limit 1",
        )
        for threshold in (0.10, 0.20)
        for horizon in (30, 90, 180)
    ]
    return f"Did {laggard} catch up after {leader} went ahead?", found


def ask(market: Path, headline: str, definitions: list[Definition], as_of: datetime | None = None) -> Grid:
    """Every definition asked of a published file, as of a moment if one is given.

    Raises:
        WarehouseError: there is no such file, or a table of it is missing.
    """
    asked = [Definition(each.name, _as_of(each.sql, as_of)) for each in definitions]
    return Grid(headline, tuple(_line(market, each) for each in asked))


def _as_of(sql: str, moment: datetime | None) -> str:
    if moment is None:
        return sql
    return re.sub(r"\bmart\.([a-z_]+)\b", rf"mart.\1_as_of(timestamptz '{moment.isoformat()}')", sql)


def _line(market: Path, definition: Definition) -> Line:
    rows = query(market, definition.sql).to_dicts()
    if not rows:
        return Line(definition, None, "no answer", "nothing held that could tell")
    return Line(definition, rows[0]["verdict"], *(_printed(rows[0][name]) for name in ("answer", "detail")))


def _printed(value: Any) -> str:
    return "" if value is None else f"{value:%Y-%m-%d}" if isinstance(value, date) else str(value)


def lines_with_sql(grid: Grid) -> Iterator[tuple[int, str]]:
    """The queries of the grid, numbered as its lines are."""
    return ((number, line.definition.sql) for number, line in enumerate(grid.lines, start=1))
