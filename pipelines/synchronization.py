"""Event synchronization: how nearly at the same time the events of two series come, as a context to their coincidence rates.

Owns one measure, that of Quian Quiroga, Kreuz & Grassberger (2002, doi 10.1103/PhysRevE.66.041904). It has no null of its own and
degrades where events cluster (Odenweller & Donner 2020), so it is asked of clusters and decides nothing; the coincidence rates and
their nulls are `pipelines.coincidence`.
"""

import numpy as np

from pipelines.pairs import Positions


def event_synchronization(x: Positions, y: Positions, longest: int) -> float | None:
    """Q = (c(x|y) + c(y|x)) / sqrt(m_x m_y): 0 where no event of one is near one of the other, 1 where each has its own.

    An event of x and one of y are synchronous if they lie no further apart than half the distance of either to its own neighbours,
    and than `longest` positions; the first and the last event have one neighbour, a single event has none. An event exactly
    halfway between two counts with both, so that Q may exceed 1. `x` and `y` ascend. None where one of them has no event.
    """
    if not x.size or not y.size:
        return None
    reach = np.minimum(np.minimum.outer(_room(x), _room(y)) / 2, longest)
    # At the same time counts one half in each direction, near one another counts one in one of them: a pair is one either way.
    return int((np.abs(np.subtract.outer(x, y)) <= reach).sum()) / float(np.sqrt(x.size * y.size))


def _room(events: Positions) -> np.ndarray:
    """The distance of each event to the nearer of its neighbours."""
    apart = np.concatenate(([np.inf], np.diff(events).astype(float), [np.inf]))
    return np.minimum(apart[:-1], apart[1:])
