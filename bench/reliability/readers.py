"""A reader that never stops: opens the published file, asks, closes, and notes whatever is not as it should be.

    python -m bench.reliability.readers MARKET STOP

A session asks on one connection which run it sees, counts every table against what that run says it published, asks a mart,
and asks for the run again. It says when it reads, and at its first error. It ends when the
file STOP exists; its last line is its counts, as JSON.
"""

import json
import sys
import time
from pathlib import Path

import duckdb

RUN = "select run_id, finished_at, clock, rows from meta.run"


def main(market: Path, stop: Path) -> None:
    """Read until told to stop."""
    seen = {"sessions": 0, "runs": 0, "errors": [], "half_days": [], "backwards": []}
    last = None
    while not stop.exists():
        if seen["sessions"] == 0 and not market.exists():
            time.sleep(0.05)
            continue
        try:
            last = session(market, seen, last)
            if seen["sessions"] == 1:
                print("reading", flush=True)
        except duckdb.Error as error:
            seen["errors"].append(str(error)[:300])
            if len(seen["errors"]) == 1:
                print("an error", flush=True)
        time.sleep(0.4)
    print(json.dumps(seen))


def session(market: Path, seen: dict, last: tuple | None) -> tuple:
    """One session; adds to `seen` what it saw and returns the run it saw, to be given to the next as `last`."""
    with duckdb.connect(str(market), read_only=True) as connection:
        run, finished_at, clock, rows = connection.execute(RUN).fetchall()[0]
        counted = connection.execute(" union all ".join(f"select '{name}', count(*) from {name}" for name in rows)).fetchall()
        connection.execute("select max(session_date), count(*) from mart.market_state").fetchall()
        [(again, *_)] = connection.execute(RUN).fetchall()
    seen["sessions"] += 1
    seen["runs"] += last is None or last[0] != run
    if again != run or dict(counted) != rows:
        seen["half_days"].append(f"{run}: {[pair for pair in counted if rows[pair[0]] != pair[1]]}")
    if last is not None and (finished_at < last[1] or clock < last[2]):
        seen["backwards"].append(f"{run} of {clock} after {last[0]} of {last[2]}")
    return run, finished_at, clock


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
