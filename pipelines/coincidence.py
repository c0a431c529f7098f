"""How often two series make records together, and how often that would happen by chance: `mart.co_highs`.

Event coincidence analysis (Donges et al. 2016, doi 10.1140/epjst/e2015-50233-y) on the session grid of `pipelines.pairs`,
symmetric window, each ordered pair a row. Owns the counts, the rates and what the three nulls are; the grid and the
clusters belong to `pipelines.pairs`, shifts, tails and seeds to `pipelines.chance`.

A window is cut off at the ends of the common history, in the data and in every surrogate alike. An event whose window is
cut off is *pending*: it counts as coincident if a partner is already seen, as a miss otherwise (`rate`), and is left out
altogether in `rate_settled`. The headline (gap 30, k 10) is the row with `window_sessions` 10. The episode co-high of domain §2.5
(clusters within 7 calendar days) has a count of its own, `episodes_coincident`: in a week with a holiday seven days are four
sessions, not five, and 9 of 480 counts on real history differ from that of window 5 by one.

`p_bernoulli` takes each record for an independent draw with chance `base_rate`; Donges' own formula draws the partners
independently too, and says 1 for wide windows as soon as they cluster. The shift nulls presume that one of the two makes
records at a steady rate along the common history: where both begin with it, early records crowd together there and no shift
keeps that. So a fourth null turns the returns of series_b instead of its record days (`pipelines.rotation`); it is the
headline where both begin together, and `status` says so (docs/simulation.md measures all four).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines import chance, pairs, rotation
from pipelines.pairs import Days, History, Positions, Shared
from pipelines.rotation import Turned
from pipelines.synchronization import event_synchronization

WINDOWS = (0, 5, 10, 21)
BASES = ("close", "intraday")
HEADLINE_WINDOW = 10
EPISODE_DAYS = 7
SHIFTS = 1000
AT_REST = np.zeros(1, np.int64)
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


def reach(first: Positions, last: Positions, before: int, after: int, size: int) -> tuple[Positions, Positions]:
    """The windows of intervals, cut off at the ends of a grid of `size`: first session and length in sessions after it."""
    begin = np.maximum(first - before, 0)
    return begin, np.minimum(last + after, size - 1) - begin


def coincident(windows: tuple[Positions, Positions], taken: NDArray[np.bool_], by: Positions) -> Positions:
    """How many windows hold a taken session, when the taken ones are moved on round the ring by each of `by` sessions."""
    if not taken.any():
        return np.zeros(by.size, np.int64)
    begin, length = windows
    size, at = taken.size, np.flatnonzero(taken)
    here = np.arange(size)
    wait = np.append(at, at[0] + size)[np.searchsorted(at, here)] - here  # sessions until the next taken one
    return (np.tile(wait, 2)[(begin + size) - by[:, None]] <= length).sum(axis=1)


def occupied(size: int, first: Positions, last: Positions) -> NDArray[np.bool_]:
    """Sessions of a grid of `size` that lie in one of the intervals."""
    edges = np.zeros(size + 1, np.int64)
    np.add.at(edges, first, 1)
    np.add.at(edges, last + 1, -1)
    return np.cumsum(edges[:-1]) > 0


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
    row |= _rates(shared, window)
    if turned is None:
        return row | {"n_coincident": 0, "clusters_coincident": 0, "episodes_coincident": 0, "n_shifts": 0}
    row |= _episodes(shared, window)
    row |= _nulls(shared, window, row["base_rate"], chance.shifts(seed, shared.grid.size, shifts), turned)
    return row | {"p_headline": row["p_cluster_return_shift" if _begin_together(shared) else "p_cluster_shift"]}


def _rates(shared: Shared, window: int) -> dict[str, Any]:
    """What is seen: shares of records with a partner, whole, settled and by direction, against that of all sessions."""
    size, a, b = shared.grid.size, shared.records_a, shared.records_b
    on_a, on_b = occupied(size, a, a), occupied(size, b, b)
    every, settled = np.arange(size), a[(a >= window) & (a < size - window)]

    def share(of: Positions, partners: NDArray[np.bool_], before: int, after: int) -> float | None:
        hits = coincident(reach(of, of, before, after, size), partners, AT_REST)
        return int(hits[0]) / of.size if of.size else None

    rate, base = share(a, on_b, window, window), share(every, on_b, window, window)
    return {
        "n_pending": a.size - settled.size,
        "rate": rate,
        "rate_settled": share(settled, on_b, window, window),
        "precursor_rate": share(a, on_b, window, 0),
        "trigger_rate": share(b, on_a, 0, window),
        "base_rate": base,
        "lift": rate / base if rate is not None and base else None,
    }


def _episodes(shared: Shared, window: int) -> dict[str, Any]:
    """What clusters do together, counted in calendar days, and how nearly at once they begin."""
    days = shared.grid.astype(np.int64)
    (begins_a, ends_a), (begins_b, ends_b) = ((days[first], days[last]) for first, last in (shared.clusters_a, shared.clusters_b))
    near = np.less_equal.outer(begins_a - EPISODE_DAYS, ends_b) & np.greater_equal.outer(ends_a + EPISODE_DAYS, begins_b)
    return {
        "episodes_coincident": int(near.any(axis=1).sum()),
        "event_synchronization": event_synchronization(shared.clusters_a[0], shared.clusters_b[0], window),
    }


def _nulls(shared: Shared, window: int, base_rate: float, by: Positions, turned: Turned) -> dict[str, Any]:
    """What is seen against what chance gives: sessions at random, records and clusters shifted, returns shifted."""
    size, a, b = shared.grid.size, shared.records_a, shared.records_b
    windows, taken = reach(a, a, window, window, size), occupied(size, b, b)
    wide, held = reach(*shared.clusters_a, window, window, size), occupied(size, *shared.clusters_b)
    seen, together = (int(coincident(*events, AT_REST)[0]) for events in ((windows, taken), (wide, held)))
    return {
        "n_coincident": seen,
        "clusters_coincident": together,
        "p_bernoulli": chance.binomial_tail(seen, a.size, base_rate),
        "p_shift": chance.p_value(seen, coincident(windows, taken, by)),
        "p_cluster_shift": chance.p_value(together, coincident(wide, held, by)),
        "p_return_shift": chance.p_value(seen, rotation.met_records(windows, shared.grid[0], turned)),
        "p_cluster_return_shift": chance.p_value(together, rotation.met_clusters(wide, shared.grid[0], turned)),
        "n_shifts": by.size,
    }


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
