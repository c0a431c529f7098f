"""The peers' side of the comparison: read the tables of `bench.peers.export`, ask the peers, write the page.

    python -m bench.peers.compare TABLES PAGE

Runs in the environment of the peers and imports nothing of ours. Leaves with status 1 if anything disagrees; the page
is written either way, and says what.
"""

import argparse
import json
import platform
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from bench.peers import coincidence, drawdowns, page, synchronization
from bench.peers.drawdowns import DATES, Agreement

LIBRARIES = ("vectorbt", "ffn", "pyunicorn", "pandas", "numpy")


def table(tables: Path, name: str, dates: list[str]) -> pd.DataFrame:
    """One exported table, every number as it was."""
    return pd.read_csv(tables / f"{name}.csv", parse_dates=dates)


def of_drawdowns(tables: Path) -> tuple[list[Agreement], pd.DataFrame]:
    """The agreement of every series with every peer, and how many bars of each series are not ok and were left out."""
    day = ["session_date"]
    bars, ours, episodes = table(tables, "bars", day), table(tables, "drawdowns", day), table(tables, "episodes", DATES)
    found = []
    for name, rows in bars[bars["quality"] == "ok"].groupby("series_id"):
        below = ours[ours["series_id"] == name].set_index("session_date")["drawdown"]
        falls = episodes[episodes["series_id"] == name]
        found += drawdowns.compare(str(name), rows.set_index("session_date")["close"], below, falls)
    return found, bars[bars["quality"] != "ok"]


def of_coincidence(tables: Path) -> pd.DataFrame:
    """Every rate of mart.co_highs beside pyunicorn's, with `equal` (as published), `equal_by_rule` and `gap`."""
    frames = (table(tables, "co_highs", ["start_date", "end_date"]), table(tables, "records", ["session_date"]))
    sessions = table(tables, "sessions", ["session_date"])["session_date"]
    rates = pd.DataFrame(coincidence.compare(*frames, sessions))
    rates["gap"] = (rates["ours"] - rates["theirs"]).abs()
    rates["gap_by_rule"] = (rates["by_their_rule"] - rates["theirs"]).abs()
    return rates


def of_synchronization(tables: Path) -> pd.DataFrame:
    """Every event_synchronization of mart.co_highs beside pyunicorn's, and ours by its rules; with those of drawn events."""
    frames = (table(tables, "co_highs", ["start_date", "end_date"]), table(tables, "records", ["session_date"]))
    found = synchronization.compare(*frames, table(tables, "sessions", ["session_date"])["session_date"])
    return pd.DataFrame([*found, *synchronization.drawn()])


def disagreements(agreements: list[Agreement], rates: pd.DataFrame, synchronized: pd.DataFrame) -> list[str]:
    """What must not be, in sentences; empty if all is well."""
    told = [f"{one.series_id}, {one.peer}: {len(one.differing)} episodes differ, drawdown by {one.worst_drawdown:.1e}, "
            f"depth by {one.worst_depth:.1e}" for one in agreements if not one.holds]  # fmt: skip
    counted = rates[(rates["ours"] - rates["recounted"]).abs() > drawdowns.CLOSE_ENOUGH]
    at_once = rates[(rates["window"] == 0) & ~(rates["gap"] <= coincidence.CLOSE_ENOUGH)]
    by_rule = rates[(rates["kept"] > 0) & ~(rates["gap_by_rule"] <= coincidence.CLOSE_ENOUGH)]
    for what, rows in (("not what counting gives", counted), ("not pyunicorn's at k = 0", at_once), ("not its rule's", by_rule)):
        told += [f"{row.series_a}, {row.series_b}, {row.basis}, k {row.window}: {row.kind} rate {what}" for row in rows.itertuples()]
    for what, one, other in (("not what counting gives", "ours", "recounted"), ("not its rules'", "theirs", "by_their_rules")):
        rows = synchronized[~((synchronized[one] - synchronized[other]).abs() <= synchronization.CLOSE_ENOUGH)]
        told += [f"{row.series_a}, {row.series_b}, {row.basis}, k {row.window}: synchronization {what}" for row in rows.itertuples()]
    return told


def main(tables: Path, to: Path) -> None:
    """Compare, write the page, tell in two lines what came out.

    Raises:
        SystemExit: something disagrees; names the first of it.
    """
    agreements, left_out = of_drawdowns(tables)
    rates = of_coincidence(tables)
    synchronized = of_synchronization(tables)
    wrong = disagreements(agreements, rates, synchronized)
    versions = {"Python": platform.python_version()} | {name: version(name) for name in LIBRARIES}
    run = json.loads((tables / "run.json").read_text(encoding="utf-8"))
    to.write_text(page.of(run, versions, agreements, left_out, rates, synchronized, wrong), encoding="utf-8")
    compared = f"{len(rates):,} rates, {len(synchronized):,} synchronizations"
    print(f"{len(agreements)} comparisons of drawdowns, {sum(one.episodes for one in agreements):,} episodes, {compared}: {to}")
    if wrong:
        raise SystemExit(f"{len(wrong)} disagreements, the first: {wrong[0]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", type=Path, help="folder that bench.peers.export wrote")
    parser.add_argument("page", type=Path, help="the page to write")
    given = parser.parse_args()
    main(given.tables, given.page)
