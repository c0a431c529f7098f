"""Drawdowns and their episodes, ours against vectorbt's and ffn's. Owns the mapping of each peer's columns onto ours.

vectorbt names peak, start, valley and end; start is the bar after the peak, end the recovery, or the last bar while open.
ffn names start and end of a run below the peak and its depth; peak and trough follow from its own drawdown series, and
the run is open if that series is not 0 at its end. Neither names the last day below the peak: it is the bar before the
recovery.
"""

from dataclasses import dataclass

import ffn
import numpy as np
import pandas as pd
import vectorbt as vbt
from vectorbt.generic.enums import DrawdownStatus

DATES = ["peak_date", "first_underwater_date", "trough_date", "last_underwater_date", "recovery_date"]
CLOSE_ENOUGH = 1e-12


@dataclass(frozen=True)
class Agreement:
    """What comparing one series with one peer found. `differing` holds the episodes that only one of the two has."""

    series_id: str
    peer: str
    bars: int
    episodes: int
    still_open: int
    differing: pd.DataFrame
    worst_drawdown: float
    worst_depth: float

    @property
    def holds(self) -> bool:
        """Whether all dates are equal and all depths equal to within CLOSE_ENOUGH."""
        return self.differing.empty and max(self.worst_drawdown, self.worst_depth) <= CLOSE_ENOUGH


def of_vectorbt(closes: pd.Series) -> tuple[pd.Series, pd.DataFrame]:
    """Drawdown of each bar, and the episodes by our names, as vectorbt has them."""
    found = vbt.Drawdowns.from_ts(closes)
    records = {name: found.records[name].to_numpy() for name in ("peak_idx", "start_idx", "valley_idx", "end_idx", "status")}
    closed = records["status"] == DrawdownStatus.Recovered
    places = records["peak_idx"], records["start_idx"], records["valley_idx"], records["end_idx"]
    return closes.vbt.drawdown(), _named(closes.index, *places, closed, found.drawdown.values)


def of_ffn(closes: pd.Series) -> tuple[pd.Series, pd.DataFrame]:
    """Drawdown of each bar, and the episodes by our names, as ffn has them."""
    below = ffn.core.to_drawdown_series(closes)
    told = ffn.core.drawdown_details(below)
    if told is None:
        told = pd.DataFrame({"Start": [], "End": [], "drawdown": []})
    first, end = (below.index.get_indexer(pd.DatetimeIndex(told[name])) for name in ("Start", "End"))
    values = below.to_numpy()
    trough = np.array([one + int(np.argmin(values[one : other + 1])) for one, other in zip(first, end, strict=True)], int)
    return below, _named(below.index, first - 1, first, trough, end, values[end] == 0, told["drawdown"].to_numpy(float))


PEERS = {"vectorbt": of_vectorbt, "ffn": of_ffn}


def compare(series_id: str, closes: pd.Series, drawdown: pd.Series, episodes: pd.DataFrame) -> list[Agreement]:
    """Our drawdowns and episodes of one series against every peer's of the same closes (all indexed by day).

    Raises:
        ValueError: ours are not dated as the closes are.
    """
    if not drawdown.index.equals(closes.index):
        raise ValueError(f"{series_id}: {len(drawdown)} drawdowns on {len(closes)} usable bars")
    found = []
    for peer, of_peer in PEERS.items():
        below, theirs = of_peer(closes)
        both = episodes.merge(theirs, on=DATES, how="outer", suffixes=("", "_theirs"), indicator=True)
        equal = both["_merge"] == "both"
        found.append(
            Agreement(
                *(series_id, peer, len(closes), len(episodes), int(episodes["recovery_date"].isna().sum()), both[~equal]),
                worst_drawdown=float((drawdown - below).abs().max()),
                worst_depth=float((both["depth"] - both["depth_theirs"])[equal].abs().max()) if equal.any() else 0.0,
            )
        )
    return found


def _named(
    days: pd.Index, peak: np.ndarray, first: np.ndarray, trough: np.ndarray, end: np.ndarray, closed: np.ndarray, depth: np.ndarray
) -> pd.DataFrame:
    """Episodes by our names, from places in `days`; `end` is the recovery where `closed`, else the last bar."""
    recovery = pd.Series(days[end]).where(closed)
    dates = (days[peak], days[first], days[trough], days[end - closed.astype(int)], recovery)
    return pd.DataFrame(dict(zip(DATES, dates, strict=True)) | {"depth": depth})
