"""One day in a process of its own, to be killed: the real day through the live door, which asks the mirror.

    LOCKSTEP_VENDOR_BASE=… LOCKSTEP_NOW=… LOCKSTEP_DATA=… python -m bench.reliability.day SERIES…

Only its patience is shorter than the command's. It says each line as it comes, so that the harness knows how far it got.
"""

import sys
import time

from pipelines import catalog, day, settings
from pipelines.folder import DataFolder
from pipelines.sources.live import Live, Patience

PATIENCE = Patience(connect=3, read=1.5, deadline=4, attempts=3, backoff=0.01)


def main(names: list[str]) -> None:
    """Run the day on these series."""
    source = Live(settings.now(), PATIENCE, pause=lambda seconds: time.sleep(min(seconds, 0.01)))
    day.run(source, DataFolder(settings.data_folder()), lambda line: print(line, flush=True), map(catalog.by_id, names))


if __name__ == "__main__":
    main(sys.argv[1:])
