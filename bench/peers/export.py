"""Our side of the comparison: a day on a folder of history, and the tables that `bench.peers.compare` reads, as CSV.

    python -m bench.peers.export HISTORY INTO

Runs in our environment. A cited record from before the history held is the first peak here; the peers know no such thing and
are handed it as a bar before the first, on the day it was made, with a drawdown of 0 on our side (mart.drawdowns has no row of
it). run.json names these bars, and the page says so. Every number is written with the digits that read back as the same number.
"""

import argparse
import json
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import polars as pl

from pipelines import catalog, day
from pipelines.folder import DataFolder
from pipelines.sources import open_source
from pipelines.warehouse import query

NOW = datetime(2026, 8, 22, 12, tzinfo=UTC)
GROUPS = {"index", "metals", "crypto"}
SEEDS = """select series_id, record_seed_date as session_date, record_seed_close as close from core.series
        where record_seed_date < held_from and shape = 'price_bars'"""
TABLES = {
    "bars": f"""select series_id, session_date, close, quality from core.price_bars
        union all
        select series_id, session_date, close, 'ok' from ({SEEDS})
        order by series_id, session_date""",
    "drawdowns": f"""select series_id, session_date, drawdown from mart.drawdowns
        union all
        select series_id, session_date, 0.0 from ({SEEDS})
        order by series_id, session_date""",
    "episodes": """select series_id, peak_date, first_underwater_date, trough_date, last_underwater_date, recovery_date, depth, status
        from mart.drawdown_episodes order by series_id, peak_date""",
    "records": "select series_id, basis, session_date from mart.record_highs order by series_id, basis, session_date",
    "sessions": "select session_date from core.sessions where calendar = 'XNYS' order by session_date",
    "co_highs": """select series_a, series_b, basis, window_sessions, start_date, end_date, n_sessions, n_a, n_b,
        n_a_clusters, n_b_clusters, rate, precursor_rate, trigger_rate, event_synchronization
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
        failed = [f"{one.series_id} ({one.reason})" for one in done.refused] + [one.model.name for one in done.failed]
        if failed:
            raise SystemExit(f"nothing to compare, these failed: {', '.join(failed)}")
        for name, select in TABLES.items():
            query(folder.market, select).write_csv(into / f"{name}.csv")
        seeds = query(folder.market, f"{SEEDS} order by series_id").with_columns(pl.col("session_date").cast(pl.String)).to_dicts()
    absent = [series.series_id for series in catalog.load() if series.group in GROUPS and not source.holds(series)]
    told = {"clock": f"{NOW:%Y-%m-%d %H:%M} UTC", "lockstep": version("lockstep"), "absent": absent, "seeds": seeds}
    (into / "run.json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("history", type=Path, help="folder of history, as for `lockstep run --history`")
    parser.add_argument("into", type=Path, help="folder for the tables; must exist")
    given = parser.parse_args()
    try:
        export(given.history, given.into)
    except (NotADirectoryError, FileNotFoundError) as absent:
        raise SystemExit(str(absent)) from absent
