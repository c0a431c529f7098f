"""Every pair of series, and whether their records come together: the table behind `mart.co_highs`.

Each ordered pair, basis and window is a row of `pipelines.coincidence`. Owns the columns, which pairs, windows and bases there are,
which p is the headline, the correction for asking many times, and what a reader of a row should know (`status`).

The headline (gap 30, k 10) is the row with `window_sessions` 10: by cluster, where both series begin together by shifted returns.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from pipelines import chance, coincidence, pairs, rotation
from pipelines.pairs import Days, History, Shared
from pipelines.rotation import Turned

WINDOWS = (0, 5, 10, 21)
BASES = ("close", "intraday")
HEADLINE_WINDOW = 10
SHIFTS = 1000
GAP_SHARE = 0.05  # London and New York differ by some 2 % of their sessions; more than this is a hole
ENDS_EARLY = 10  # sessions: a vendor two weeks late is a series that has ended
YOUNG = 252  # prices, a year: with less than that before the stretch a series still makes its early records in it

COLUMNS: dict[str, tuple[Any, str]] = {
    "series_a": (pl.String, "The series whose records are asked about: how many of them have a partner."),
    "series_b": (pl.String, "The series in which the partner is looked for."),
    "basis": (pl.String, "close (a record of closes) or intraday (a record of highs); both series on the same one."),
    "window_sessions": (pl.Int64, "Half-width k of the window in NYSE sessions: a partner lies within k sessions before or after."),
    "start_date": (
        pl.Date,
        "First session of the stretch the row is about; without a common history, the day the later of the two begins.",
    ),
    "end_date": (pl.Date, "Last session of the stretch the row is about."),
    "n_sessions": (pl.Int64, "NYSE sessions of the common history."),
    "n_a": (pl.Int64, "Sessions with a record of series_a (several days that roll into one session are one)."),
    "n_b": (pl.Int64, "Sessions with a record of series_b."),
    "n_a_clusters": (pl.Int64, "Runs of records of series_a at most 30 calendar days apart."),
    "n_b_clusters": (pl.Int64, "Runs of records of series_b at most 30 calendar days apart."),
    "n_coincident": (pl.Int64, "Records of series_a with a record of series_b in their window, as far as it is seen."),
    "n_pending": (pl.Int64, "Records of series_a whose window reaches beyond the common history, on either side."),
    "rate": (pl.Float64, "n_coincident / n_a: pending records without a partner so far count as misses."),
    "rate_settled": (pl.Float64, "The same share without the pending records, in numerator and denominator."),
    "precursor_rate": (pl.Float64, "Share of the records of series_a with one of series_b on the day or in the k sessions before."),
    "trigger_rate": (pl.Float64, "Share of the records of series_b with one of series_a on the day or in the k sessions after."),
    "base_rate": (pl.Float64, "Share of all sessions of the common history with a record of series_b in their window."),
    "lift": (pl.Float64, "rate / base_rate: 1 is what a random session has."),
    "clusters_coincident": (pl.Int64, "Clusters of series_a that overlap a cluster of series_b widened by the window."),
    "episodes_coincident": (pl.Int64, "Clusters of series_a within 7 calendar days of a cluster of series_b, whatever the window."),
    "event_synchronization": (
        pl.Float64,
        "How nearly at once the clusters of both begin (Quian Quiroga 2002, up to the window): 0 never, 1 always. Context, without a null.",
    ),
    "p_bernoulli": (pl.Float64, "Chance of n_coincident or more if records were independent from session to session; they are not."),
    "assumes_independence": (pl.Boolean, "True: p_bernoulli treats every record as independent and is too small where records cluster."),
    "p_shift": (pl.Float64, "Share of circular shifts of series_b with as many coincident records: (1 + hits) / (1 + n_shifts)."),
    "p_cluster_shift": (pl.Float64, "The share for clusters instead of records: the headline, but where both series begin together."),
    "q_cluster_shift": (pl.Float64, "p_cluster_shift after Benjamini-Hochberg over all pairs of the basis; headline window 10 only."),
    "p_return_shift": (pl.Float64, "The share for records when the returns of series_b are shifted and its records made anew."),
    "p_cluster_return_shift": (pl.Float64, "That share for clusters."),
    "p_headline": (pl.Float64, "p_cluster_shift, or p_cluster_return_shift where both series begin together: early records crowd."),
    "q_headline": (pl.Float64, "p_headline after Benjamini-Hochberg over all pairs of the basis; headline window 10 only."),
    "n_shifts": (pl.Int64, "Circular shifts drawn, each at least 21 sessions."),
    "seed": (pl.Int64, "Seed of the shifts: a hash of pair, basis and window."),
    "status": (pl.String, "ok, or what is wrong or worth knowing: the reason a number is null, gaps, a series that ended."),
}


def co_highs(
    bars: pl.DataFrame,
    records: pl.DataFrame,
    calendar: pl.DataFrame,
    members: Sequence[str],
    *,
    since: date | None = None,
    windows: Sequence[int] = WINDOWS,
    bases: Sequence[str] = BASES,
    shifts: int = SHIFTS,
    gap_days: int = pairs.CLUSTER_GAP_DAYS,
) -> pl.DataFrame:
    """Every ordered pair of `members`, basis and window: the rows of mart.co_highs (columns: COLUMNS).

    `bars` as core.sound_bars (series_id, session_date, close, high) with the cited record of the series (record_seed_close,
    record_seed_high, as core.series; null without one), `records` as mart.record_highs (series_id, basis, session_date),
    `calendar` as core.sessions (calendar, session_date). Everything in them is used, and nothing else: filtered by known_at
    they give the answer as of that moment. The order of rows and members changes no digit. A member without a single usable
    bar has no rows; two that share no session have theirs, which say so.

    Raises:
        ValueError: `calendar` has no NYSE session.
    """
    grid = pairs.sessions(calendar)
    rows: list[dict[str, Any]] = []
    for basis in bases:
        surrogates: dict[tuple[str, np.datetime64], Turned] = {}
        known = {name: pairs.history(bars, records, name, basis) for name in members}
        held = [name for name in members if known[name].days.size]
        for b, a in pairs.ordered(held):  # the surrogates of b serve every a
            shared = pairs.share(grid, known[a], known[b], since=since, gap_days=gap_days)
            start = pairs.begin(known[a], known[b], since) if shared is None else shared.grid[0]
            turned = None
            if shared is not None and shared.records_a.size and shared.records_b.size:
                end = shared.grid[-1]
                if (b, end) not in surrogates:
                    surrogates = {key: kept for key, kept in surrogates.items() if key[0] == b}
                    surrogates[b, end] = _turned(grid, known[b], end, chance.seed_of(b, basis), shifts, gap_days)
                turned = surrogates[b, end]
            rows += [_row(a, b, basis, window, shared, shifts, turned) | {"start_date": start.item()} for window in windows]
    schema = {name: dtype for name, (dtype, _) in COLUMNS.items()}
    return _with_q(pl.DataFrame(rows, schema=schema, orient="row"))


def _turned(grid: Days, series: History, end: np.datetime64, seed: int, shifts: int, gap_days: int) -> Turned:
    return rotation.turned(grid, series, end, chance.shifts(seed, rotation.ring(series, end), shifts), gap_days)


def _row(a: str, b: str, basis: str, window: int, shared: Shared | None, shifts: int, turned: Turned | None) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= {"series_a": a, "series_b": b, "basis": basis, "window_sessions": window, "assumes_independence": True}
    if shared is None:
        return row | {"status": "no common history"}
    seed = chance.seed_of(a, b, basis, window)
    row |= {"end_date": shared.grid[-1].item(), "n_sessions": shared.grid.size}
    row |= {"n_a": shared.records_a.size, "n_b": shared.records_b.size, "seed": seed, "status": _status(a, b, shared)}
    row |= {"n_a_clusters": shared.clusters_a[0].size, "n_b_clusters": shared.clusters_b[0].size}
    row |= coincidence.rates(shared, window)
    if turned is None:
        return row | {"n_coincident": 0, "clusters_coincident": 0, "episodes_coincident": 0, "n_shifts": 0}
    row |= coincidence.episodes(shared, window)
    row |= coincidence.nulls(shared, window, row["base_rate"], chance.shifts(seed, shared.grid.size, shifts), turned)
    return row | {"p_headline": row["p_cluster_return_shift" if _begin_together(shared) else "p_cluster_shift"]}


def _status(a: str, b: str, shared: Shared) -> str:
    """Why a number is missing, or what a reader of the row should know."""
    size = shared.grid.size
    notes = [f"no record of {name}" for name, at in ((a, shared.records_a), (b, shared.records_b)) if not at.size]
    if size < 2 * chance.LEAST_SHIFT:
        notes.append(f"too short to shift: n_sessions {size}")
    if _begin_together(shared):
        notes.append("both begin here: early records crowd, the headline shifts returns")
    for name, skipped in ((a, shared.skipped_a), (b, shared.skipped_b)):
        if skipped > GAP_SHARE * size:
            notes.append(f"gaps: {name} has no price on {skipped} sessions")
    if abs(shared.lead_a) > ENDS_EARLY:
        notes.append(f"{b if shared.lead_a > 0 else a} ends early, {shared.grid[-1]}")
    return "; ".join(notes) or "ok"


def _begin_together(shared: Shared) -> bool:
    return max(shared.prior_a, shared.prior_b) < YOUNG


def _with_q(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows, in order, with the q of p_cluster_shift and p_headline: one family a basis, headline window only."""
    headline = (pl.col("window_sessions") == HEADLINE_WINDOW) & pl.col("p_headline").is_not_null() & pl.col("p_cluster_shift").is_not_null()
    tested = rows.filter(headline).partition_by("basis")
    filled = [family.with_columns(**{f"q_{p}": _q(family[f"p_{p}"]) for p in ("cluster_shift", "headline")}) for family in tested]
    return pl.concat([rows.filter(headline.not_()), *filled]).sort("series_a", "series_b", "basis", "window_sessions")


def _q(p: pl.Series) -> pl.Series:
    return pl.Series(chance.benjamini_hochberg(p.to_numpy()))
