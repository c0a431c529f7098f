"""Our side of the comparison: a day on a folder of history, and the tables that `bench.peers.compare` reads, as CSV.

    python -m bench.peers.export HISTORY INTO

Runs in our environment. Every number is written with the digits that read back as the same number.
"""

import json
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pipelines import catalog, day
from pipelines.folder import DataFolder
from pipelines.sources import open_source
from pipelines.warehouse import query

NOW = datetime(2026, 8, 22, 12, tzinfo=UTC)
GROUPS = {"index", "metals", "crypto"}
TABLES = {
    "bars": "select series_id, session_date, close, quality from core.price_bars order by series_id, session_date",
    "drawdowns": "select series_id, session_date, drawdown from mart.drawdowns order by series_id, session_date",
    "episodes": """select series_id, peak_date, first_underwater_date, trough_date, last_underwater_date, recovery_date, depth, status
        from mart.drawdown_episodes order by series_id, peak_date""",
    "records": "select series_id, basis, session_date from mart.record_highs order by series_id, basis, session_date",
    "sessions": "select session_date from core.sessions where calendar = 'XNYS' order by session_date",
    "co_highs": """select series_a, series_b, basis, window_sessions, start_date, end_date, n_sessions, n_a, n_b, n_coincident,
        rate, precursor_rate, trigger_rate
        from mart.co_highs where n_sessions is not null order by series_a, series_b, basis, window_sessions""",
}


def export(history: Path, into: Path) -> None:
    """Run the day at NOW on every index, metal and crypto series that `history` holds; write TABLES and run.json to `into`.

    Raises:
        SystemExit: an answer was refused or an audit failed; names which.
    """
    source = open_source("history", history, NOW)
    wanted = [series for series in catalog.load() if series.group in GROUPS and source.holds(series)]
    with tempfile.TemporaryDirectory() as scratch:
        folder = DataFolder(Path(scratch) / "data")
        done = day.run(source, folder, lambda _: None, wanted)
        failed = [str(one.capture.key if hasattr(one, "capture") else one) for one in done.refused] + [one.model.name for one in done.failed]
        if failed:
            raise SystemExit(f"nothing to compare, these failed: {', '.join(failed)}")
        for name, select in TABLES.items():
            query(folder.market, select).write_csv(into / f"{name}.csv")
    told = {"clock": f"{NOW:%Y-%m-%d %H:%M} UTC", "lockstep": version("lockstep")}
    (into / "run.json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    export(Path(sys.argv[1]), Path(sys.argv[2]))
