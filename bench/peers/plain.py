"""Co-highs of a few pairs in plain pandas, from the definition: the peer that `bench.co_highs` is timed against.

    python -m bench.peers.plain FOLDER

Runs in the environment of the peers. Reads bars, records, the shifts to use and the rows of ours to compare with; counts by
shifting the partner's sessions, a rolling maximum for records, a running sum for clusters. Every bar is a session here.
Prints seconds and how many numbers were compared as JSON.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

GAP_DAYS = 30


def clusters(days: pd.Series) -> pd.DataFrame:
    """First and last day of each run of records at most GAP_DAYS apart."""
    return days.groupby((days.diff().dt.days > GAP_DAYS).cumsum()).agg(["first", "last"])


def counts(held: pd.Series, begin: np.ndarray, end: np.ndarray, by: list[int]) -> pd.Series:
    """How many of the spans hold a held session, when those are moved on round the ring by each of `by`."""

    def met(shift: int) -> int:
        moved = pd.Series(np.roll(held.to_numpy(), shift), index=held.index)
        total = moved.astype(int).cumsum()
        before = total.shift(1, fill_value=0)
        return int((total.iloc[end].to_numpy() > before.iloc[begin].to_numpy()).sum())

    return pd.Series({shift: met(shift) for shift in by})


def near(held: pd.Series, at: np.ndarray, window: int, by: list[int]) -> pd.Series:
    """How many of the sessions `at` have a held one within the window, when those are moved on by each of `by`."""

    def met(shift: int) -> int:
        moved = pd.Series(np.roll(held.to_numpy(), shift), index=held.index).astype(float)
        return int(moved.rolling(2 * window + 1, center=True, min_periods=1).max().iloc[at].sum())

    return pd.Series({shift: met(shift) for shift in by})


def row_of(row: Any, bars: pd.DataFrame, records: pd.DataFrame, by: list[int]) -> dict[str, float]:
    """Counts and p-values of one pair, basis and window."""
    days = [bars.loc[bars.series_id == name, "session_date"] for name in (row.series_a, row.series_b)]
    grid = pd.Index(days[0]).intersection(pd.Index(days[1]))
    size, window = len(grid), row.window_sessions
    of = [records.loc[(records.series_id == name) & (records.basis == row.basis), "session_date"] for name in (row.series_a, row.series_b)]
    inside = [one[one.isin(grid)].reset_index(drop=True) for one in of]
    at_a, at_b = (grid.get_indexer(one) for one in inside)
    runs_a, runs_b = ({side: grid.get_indexer(runs[side]) for side in ("first", "last")} for runs in map(clusters, inside))
    held = pd.Series(data=False, index=range(size))
    held.iloc[at_b] = True
    taken = pd.Series(data=False, index=range(size))
    for first, last in zip(runs_b["first"], runs_b["last"], strict=True):
        taken.iloc[first : last + 1] = True
    begin, end = (runs_a["first"] - window).clip(0), (runs_a["last"] + window).clip(max=size - 1)
    single, wide = near(held, at_a, window, [0, *by]), counts(taken, begin, end, [0, *by])
    return {
        "n_coincident": single.iloc[0],
        "clusters_coincident": wide.iloc[0],
        "p_shift": (1 + (single.iloc[1:] >= single.iloc[0]).sum()) / (1 + len(by)),
        "p_cluster_shift": (1 + (wide.iloc[1:] >= wide.iloc[0]).sum()) / (1 + len(by)),
    }


def main(folder: Path) -> None:
    """Time the rows, compare every number, print what came of it.

    Raises:
        SystemExit: a number is another than ours.
    """
    bars, records = (pd.read_csv(folder / f"{name}.csv", parse_dates=["session_date"]) for name in ("bars", "records"))
    rows, shifts = pd.read_csv(folder / "rows.csv"), json.loads((folder / "shifts.json").read_text(encoding="utf-8"))
    begun, compared = time.perf_counter(), 0
    for row in rows.itertuples():
        for name, value in row_of(row, bars, records, shifts[str(row.seed)]).items():
            if getattr(row, name) != value:
                raise SystemExit(f"{row.series_a}, {row.series_b}, {row.basis}, {row.window_sessions}: {name} is not {value}")
            compared += 1
    seconds = time.perf_counter() - begun
    print(json.dumps({"seconds": seconds, "rows": len(rows), "numbers": compared, "pandas": pd.__version__}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
