"""How long mart.co_highs takes, and how much faster that is than the same thing written plainly.

    python bench/co_highs.py [--series 20] [--sessions 5000] [--shifts 1000] [--peer-pairs 2]

Made-up random walks stand for the series, so that it runs anywhere. The peer counts session by session in plain Python,
from the definition and with the same shifts; it does a few pairs, and every number of theirs must be equal.
"""

import argparse
import datetime as dt
import time

import numpy as np
import polars as pl

from pipelines import chance, coincidence, pairs

START = dt.date(2000, 1, 3)


def frames(n_series: int, n_sessions: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, list[str]]:
    """Bars, records on both bases, sessions and names of random walks with drift; every fourth begins halfway."""
    draw = np.random.default_rng(1)
    days = np.array([START + dt.timedelta(days=7 * (i // 5) + i % 5) for i in range(n_sessions)], "datetime64[D]")
    bars, records = [], []
    for number in range(n_series):
        since = n_sessions // 2 if number % 4 == 3 else 0
        close = np.cumsum(draw.normal(0.05, 1, n_sessions - since))
        for basis, path in (("close", close), ("intraday", close + draw.random(close.size))):
            at = np.flatnonzero(path[1:] > np.maximum.accumulate(path)[:-1]) + 1
            records.append(pl.DataFrame({"series_id": f"walk_{number:02}", "basis": basis, "session_date": days[since:][at]}))
        bars.append(pl.DataFrame({"series_id": f"walk_{number:02}", "session_date": days[since:]}))
    calendar = pl.DataFrame({"calendar": "XNYS", "session_date": days})
    return pl.concat(bars), pl.concat(records), calendar, [f"walk_{number:02}" for number in range(n_series)]


def plainly(spans: list[tuple[int, int]], taken: set[int], size: int, window: int) -> int:
    """How many spans have a taken session within the window, looked at session by session."""
    return sum(any(i in taken for i in range(max(first - window, 0), min(last + window, size - 1) + 1)) for first, last in spans)


def peer(shared: pairs.Shared, key: tuple[str, str, str, int], shifts: int) -> dict[str, float]:
    """Counts and p-values of one row, from the definition."""
    size, window = shared.grid.size, key[3]
    by = chance.shifts(chance.seed_of(*key), size, shifts).tolist()
    a, b = shared.records_a.tolist(), set(shared.records_b.tolist())
    runs_a = list(zip(*(side.tolist() for side in shared.clusters_a), strict=True))
    runs_b = {i for first, last in zip(*(side.tolist() for side in shared.clusters_b), strict=True) for i in range(first, last + 1)}
    row: dict[str, float] = {}
    for name, p, spans, taken in (
        ("n_coincident", "p_shift", [(i, i) for i in a], b),
        ("clusters_coincident", "p_cluster_shift", runs_a, runs_b),
    ):
        row[name] = plainly(spans, taken, size, window)
        hits = sum(plainly(spans, {(i + shift) % size for i in taken}, size, window) >= row[name] for shift in by)
        row[p] = (1 + hits) / (1 + len(by))
    return row


def main(arguments: list[str] | None = None) -> None:
    """Time both, compare every number of the peer's pairs, print seconds and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("series", 20), ("sessions", 5000), ("shifts", 1000), ("peer-pairs", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    args = parser.parse_args(arguments)
    bars, records, calendar, names = frames(args.series, args.sessions)

    begun = time.perf_counter()
    table = coincidence.co_highs(bars, records, calendar, names, shifts=args.shifts)
    ours = time.perf_counter() - begun
    print(f"co_highs: {len(names)} series, {table.height} rows, {args.shifts} shifts each: {ours:.1f} s, one process")

    grid, chosen = pairs.sessions(calendar), list(pairs.ordered(names))[:: len(names) * 2][: args.peer_pairs]
    begun, compared = time.perf_counter(), 0
    for a, b in chosen:
        shared = pairs.share(grid, *(pairs.history(bars, records, name, "close") for name in (a, b)))
        assert shared is not None
        for window in coincidence.WINDOWS:
            made = table.filter(series_a=a, series_b=b, basis="close", window_sessions=window).row(0, named=True)
            for name, value in peer(shared, (a, b, "close", window), args.shifts).items():
                if made[name] != value:
                    raise SystemExit(f"{a}, {b}, window {window}: {name} is {made[name]}, by definition {value}")
                compared += 1
    theirs = (time.perf_counter() - begun) / (len(chosen) * len(coincidence.WINDOWS))
    print(f"plain Python: {theirs:.2f} s a row, so {theirs * table.height:.0f} s for all; {compared} numbers compared, all equal")
    print(f"ratio: {theirs * table.height / ours:.0f}")


if __name__ == "__main__":
    main()
