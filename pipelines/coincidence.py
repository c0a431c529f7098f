"""What of the records of two series coincides, and how often it would by chance.

Event coincidence analysis (Donges et al. 2016, doi 10.1140/epjst/e2015-50233-y) of one pair on the session grid of
`pipelines.pairs`, symmetric window. Owns the counts, the rates and what the nulls are; the grid and the clusters belong to
`pipelines.pairs`, shifts, tails and seeds to `pipelines.chance`, the table of all pairs to `pipelines.co_highs`.

A window is cut off at the ends of the common history, in the data and in every surrogate alike. An event whose window is
cut off is *pending*: it counts as coincident if a partner is already seen, as a miss otherwise (`rate`), and is left out
altogether in `rate_settled`. The episode co-high of domain §2.5 (clusters within 7 calendar days) has a count of its own,
`episodes_coincident`: in a week with a holiday seven days are four sessions, not five, and 9 of 480 counts on real history
differ from that of window 5 by one.

`p_bernoulli` takes each record for an independent draw with chance `base_rate`; Donges' own formula draws the partners
independently too, and says 1 for wide windows as soon as they cluster. The shift nulls presume that one of the two makes
records at a steady rate along the common history: where both begin with it, early records crowd together there and no shift
keeps that. So a fourth null turns the returns of series_b instead of its record days (`pipelines.rotation`;
docs/simulation.md measures all four).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines import chance, rotation
from pipelines.pairs import Positions, Shared
from pipelines.rotation import Turned
from pipelines.synchronization import event_synchronization

EPISODE_DAYS = 7
AT_REST = np.zeros(1, np.int64)


def rates(shared: Shared, window: int) -> dict[str, Any]:
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


def episodes(shared: Shared, window: int) -> dict[str, Any]:
    """What clusters do together, counted in calendar days, and how nearly at once they begin."""
    days = shared.grid.astype(np.int64)
    (begins_a, ends_a), (begins_b, ends_b) = ((days[first], days[last]) for first, last in (shared.clusters_a, shared.clusters_b))
    near = np.less_equal.outer(begins_a - EPISODE_DAYS, ends_b) & np.greater_equal.outer(ends_a + EPISODE_DAYS, begins_b)
    return {
        "episodes_coincident": int(near.any(axis=1).sum()),
        "event_synchronization": event_synchronization(shared.clusters_a[0], shared.clusters_b[0], window),
    }


def nulls(shared: Shared, window: int, base_rate: float, by: Positions, turned: Turned) -> dict[str, Any]:
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
