"""How long mart.co_highs takes, and how much faster that is than the same thing written plainly.

    python bench/co_highs.py [--series 20] [--sessions 5000] [--shifts 1000] [--peer-pairs 2]

Made-up random walks stand for the series, so that it runs anywhere. The peer is plain pandas, from the definition and with
the same shifts, in the environment of the peers (`bench.peers.plain`); it does a few pairs, and every number must be equal.
"""

import argparse
import datetime as dt
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from pipelines import chance, co_highs, pairs

START = dt.date(2000, 1, 3)
ROOT = Path(__file__).parents[1]
PANDAS = ROOT / ".venv-peers" / "bin" / "python"


def frames(n_series: int, n_sessions: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, list[str]]:
    """Bars, records on both bases, sessions and names of random walks with drift; every fourth begins halfway."""
    draw = np.random.default_rng(1)
    days = np.array([START + dt.timedelta(days=7 * (i // 5) + i % 5) for i in range(n_sessions)], "datetime64[D]")
    bars, records = [], []
    for number in range(n_series):
        since = n_sessions // 2 if number % 4 == 3 else 0
        close = np.exp(np.cumsum(draw.normal(0.05, 1, n_sessions - since)) / 100)
        high = close * (1 + draw.random(close.size) / 100)
        for basis, path in (("close", close), ("intraday", high)):
            at = np.flatnonzero(path[1:] > np.maximum.accumulate(path)[:-1]) + 1
            records.append(pl.DataFrame({"series_id": f"walk_{number:02}", "basis": basis, "session_date": days[since:][at]}))
        bars.append(pl.DataFrame({"series_id": f"walk_{number:02}", "session_date": days[since:], "close": close, "high": high}))
    calendar = pl.DataFrame({"calendar": "XNYS", "session_date": days})
    unseeded = [pl.lit(None, pl.Float64).alias(f"record_seed_{name}") for name in ("close", "high")]
    return pl.concat(bars).with_columns(unseeded), pl.concat(records), calendar, [f"walk_{number:02}" for number in range(n_series)]


def main(arguments: list[str] | None = None) -> None:
    """Time ours, hand the inputs and some rows of ours to pandas, and print seconds and the ratio.

    Raises:
        SystemExit: a number of pandas is another than ours, or its environment is missing.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("series", 20), ("sessions", 5000), ("shifts", 1000), ("peer-pairs", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    args = parser.parse_args(arguments)
    bars, records, calendar, names = frames(args.series, args.sessions)

    begun = time.perf_counter()
    table = co_highs.co_highs(bars, records, calendar, names, shifts=args.shifts)
    ours = time.perf_counter() - begun
    print(f"co_highs: {len(names)} series, {table.height} rows, {args.shifts} shifts each, four nulls: {ours:.1f} s, one process")

    chosen = list(pairs.ordered(names))[:: len(names) * 2][: args.peer_pairs]
    rows = table.filter(pl.struct("series_a", "series_b").is_in([{"series_a": a, "series_b": b} for a, b in chosen]))
    with tempfile.TemporaryDirectory() as kept:
        for name, frame in (("bars", bars), ("records", records), ("rows", rows)):
            frame.write_csv(Path(kept) / f"{name}.csv")
        shifts = {str(row["seed"]): chance.shifts(row["seed"], row["n_sessions"], args.shifts).tolist() for row in rows.to_dicts()}
        (Path(kept) / "shifts.json").write_text(json.dumps(shifts), encoding="utf-8")
        if not PANDAS.exists():
            raise SystemExit("no environment of the peers: `make bench` sets it up")
        done = subprocess.run([PANDAS, "-m", "bench.peers.plain", kept], cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr.strip() or done.stdout.strip())
    told = json.loads(done.stdout)
    theirs = told["seconds"] / told["rows"]
    print(f"pandas {told['pandas']}: {theirs:.2f} s a row for two of the four nulls, so {theirs * table.height:.0f} s for all rows")
    print(f"{told['numbers']} numbers compared, all equal; ratio: {theirs * table.height / ours:.0f}")


if __name__ == "__main__":
    main()
