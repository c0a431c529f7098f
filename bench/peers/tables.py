"""The tables of docs/peers.md: what agrees and by how much, in rows. The words around them are `bench.peers.page`."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from bench.peers.coincidence import CLOSE_ENOUGH as SINGLE
from bench.peers.drawdowns import Agreement
from bench.peers.synchronization import CLOSE_ENOUGH as DOUBLE

EXAMPLES = (("russell_2000", "sp500"), ("russell_2000", "btc_usd"))


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def equal(one: Agreement) -> int:
    """How many episodes are equal in every date."""
    return one.episodes - int((one.differing["_merge"] == "left_only").sum())


def drawdowns(agreements: list[Agreement], left_out: pd.DataFrame) -> str:
    """Every series: closes, episodes, and how each peer agrees."""
    peers = list(dict.fromkeys(one.peer for one in agreements))
    rows = []
    for name in dict.fromkeys(one.series_id for one in agreements):
        ones = {one.peer: one for one in agreements if one.series_id == name}
        first, out = ones[peers[0]], (left_out["series_id"] == name).sum()
        told = [f"{equal(one)}; {one.worst_drawdown:.0e}; {one.worst_depth:.0e}" for one in ones.values()]
        rows.append([f"`{name}`", f"{first.bars:,}", str(out), str(first.episodes), str(first.still_open), *told])
    return table(["series", "closes", "left out", "episodes", "of them open", *peers], rows)


def coincidence(rates: pd.DataFrame) -> str:
    """Every window and rate: how many pairs are equal as they are, and by the rule of the peer."""
    rows = []
    for (window, kind), group in rates.groupby(["window", "kind"]):
        defined = group[group["kept"] > 0]
        equal, by_rule = ((defined[gap] <= SINGLE).sum() for gap in ("gap", "gap_by_rule"))
        counts = [str(count) for count in (len(group), len(group) - len(defined), equal)]
        rows.append([str(window), str(kind), *counts, f"{defined['gap'].max():.3f}", str(by_rule)])
    head = ["k", "rate", "compared", "without an event by its rule", "equal as they are", "largest difference", "equal by its edge rule"]
    return table(head, rows)


def synchronization(found: pd.DataFrame) -> str:
    """Every window: how many pairs are equal as they are, by the first rule of the peer, and by both."""
    rows = []
    for window, group in found.groupby("window"):
        equal = [str(equal_to_theirs(group, name)) for name in ("ours", "without_ends", "by_their_rules")]
        largest = (group["ours"] - group["theirs"]).abs().max()
        rows.append([str(window), str(len(group)), str((group["fewest"] < 3).sum()), equal[0], f"{largest:.3f}", *equal[1:]])
    head = ["k", "compared", "fewer than three clusters", "equal as they are", "largest difference", "equal by its first rule", "by both"]
    return table(head, rows)


def equal_to_theirs(found: pd.DataFrame, name: str) -> int:
    """How many of a column are equal to the answer of the peer."""
    return int(((found[name] - found["theirs"]).abs() <= DOUBLE).sum())


def synchronized_examples(found: pd.DataFrame) -> str:
    """The synchronizations of EXAMPLES."""
    numbers = ("ours", "theirs", "without_ends", "by_their_rules")
    rows = [[*_named(row), *(f"{getattr(row, name):.4f}" for name in numbers)] for row in _of_examples(found)]
    return table(["clusters of, with those of", "k", "ours", "pyunicorn", "ours by its first rule", "by both"], rows)


def examples(rates: pd.DataFrame) -> str:
    """The symmetric rates of EXAMPLES."""
    rows = [
        [*_named(row), f"{row.ours:.4f}", f"{row.theirs:.4f}", f"{row.by_their_rule:.4f}", str(row.kept)]
        for row in _of_examples(rates[rates["kind"] == "symmetric"])
    ]
    return table(["records of, with one of", "k", "ours", "pyunicorn", "ours by its rule", "events it keeps"], rows)


def _of_examples(found: pd.DataFrame) -> Iterator[Any]:
    """The rows on closes of the pairs that are shown."""
    for a, b in EXAMPLES:
        yield from found[(found["series_a"] == a) & (found["series_b"] == b) & (found["basis"] == "close")].itertuples()


def _named(row: Any) -> tuple[str, str]:
    return f"`{row.series_a}`, `{row.series_b}`", str(row.window)
