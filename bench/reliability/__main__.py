"""Lets days pass under faults and writes what came of them: `make reliability DAYS=100 SEED=1`."""

import argparse
import logging
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from bench.reliability import page, schedule
from bench.reliability.harness import Harness
from pipelines.sources import open_source


def main() -> int:
    """Run, compare, write the page; 0 only if everything held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--history", type=Path, help="Answer from a folder of real tables (else from the embedded sample).")
    parser.add_argument("--write", type=Path, help="The page to write.")
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    last = schedule.FIRST_DAY + timedelta(days=asked.days)
    source = open_source("history", asked.history, last) if asked.history else open_source("sample", now=last)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lockstep-reliability-") as folder:
        planned = list(schedule.days(asked.days, asked.seed))
        harness = Harness(Path(folder), source, schedule.SERIES)
        found = page.judge(harness, planned, lambda line: print(line, file=sys.stderr, flush=True))
    text = page.write(found, asked.days, asked.seed, "real history" if asked.history else "the embedded sample", time.monotonic() - began)
    print(text)
    if asked.write:
        asked.write.write_text(text, encoding="utf-8")
    return 0 if found.held else 1


if __name__ == "__main__":
    sys.exit(main())
