"""The page docs/peers.md: what was compared, what agrees, what differs and why. Owns its words; every number is handed in."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from bench.peers import quirks
from bench.peers.coincidence import CLOSE_ENOUGH as SINGLE
from bench.peers.drawdowns import CLOSE_ENOUGH, DATES, Agreement
from bench.peers.synchronization import CLOSE_ENOUGH as DOUBLE

EXAMPLES = (("russell_2000", "sp500"), ("russell_2000", "btc_usd"))

PAGE = """# Equal to peers

Written by `make peers`; do not edit. The peers live in an environment of their own, pinned in
[bench/peers/requirements.lock](../bench/peers/requirements.lock), never in Lockstep's. pyunicorn comes as source only: installing
it needs a C compiler.

Lockstep {lockstep} at {clock} on the history folder; {versions}. All index, metal and crypto price series that the history holds
({absent} are not in it).

{verdict}

## Drawdowns and episodes

{series} series, {episodes:,} episodes. With {peers} peers and {n_dates} dates an episode, {equal:,} of {dates:,} dates are equal. The
largest difference of any session's drawdown is {drawdown:.1e}, of any depth {depth:.1e}; more than {tolerance:g} would be a failure.
The columns of the peers, in our names:

| ours | vectorbt | ffn |
| --- | --- | --- |
| `peak_date` | peak | the bar before `Start` |
| `first_underwater_date` | start | `Start` |
| `trough_date` | valley | earliest lowest value of its own drawdown series from `Start` to `End` |
| `last_underwater_date` | the bar before end; end itself while active | the bar before `End`; `End` itself while open |
| `recovery_date` | end if recovered | `End` if its drawdown series is 0 there |
| `depth` | drawdown | `drawdown` |

Both get exactly the closes that are `ok`; the others are counted under "left out". Below each peer: episodes equal in all five
dates; largest difference of a session's drawdown; of a depth.

{drawdowns}

## Coincidence of records

{pairs} ordered pairs of the {members} members of `mart.co_highs`, on both bases, wherever both have a record; events rolled forward to
NYSE sessions; each pair on its common history; three rates each (`rate`, `precursor_rate`, `trigger_rate`). At k = 0 the rates must be
equal as they are. At k > 0 pyunicorn has another rule for the edges, and its rule applied to our events must give its rates.

{coincidence}

Two pairs, closes, symmetric rate:

{examples}

## Event synchronization

`event_synchronization` of the same pairs, of clusters (their first sessions), beside the sum of the two directed halves of
pyunicorn's. It has two rules that are not ours (below): its first rule, and then both, applied to our events.

{synchronization}

No event of real history lies halfway between two, so its second rule is tried on {drawn} drawn pairs of series with dense events:
{drawn_by_first} are equal by the first rule alone, {drawn_by_both} by both. The same pairs as above, closes:

{synchronized_examples}

## What differs, and why

- **Edges, k > 0.** pyunicorn leaves out the events within k sessions of the first and of the last *event* of the series (the
  precursor rate: of the first, the trigger rate: of the last), in numerator and denominator. That depends on where events happen to
  lie, not on what is known: an event in the middle of the history is left out because no other came after it. Lockstep keeps every
  event in `rate` (a window that reaches beyond the common history is cut off; an event without a partner so far is a miss), and
  leaves in `rate_settled` only those out whose window is cut off, `n_pending` of them.
- **Event synchronization, the first and the last event.** pyunicorn leaves the first and the last event of either series out, in
  the pairs and in the numbers it divides by, because such an event has a neighbour on one side only; with fewer than three events on
  a side it answers 0. Lockstep keeps them, with the one neighbour they have: of a dozen clusters two are many, and the last one is
  the newest.
- **Event synchronization, an event halfway between two.** It is near both. pyunicorn takes a half off each of the two pairs, so that
  it counts once; Lockstep counts both, which is the double sum of the paper (Quian Quiroga 2002, equations 1 to 3), and Q may exceed 1.
- **Event synchronization, its two halves.** pyunicorn gives both directions, each with half a count for what is simultaneous; their
  sum is Q.
- **Single precision.** pyunicorn divides 32-bit numbers: rates count as equal within {single:g}. Two shares of n events differ
  by 1 / n or not at all.
- **Depth.** vectorbt computes (valley - peak) / peak, Lockstep and ffn trough / peak - 1, which rounds differently in the last bit.
- **Cited records.** Where the history held begins below a record that is cited, that record is the first peak in Lockstep
  (`core.series.record_seed_*`). The peers know only bars, so they get it as one before the first, which counts among the closes and
  as no event: {seeds}. Without that bar their first peak would be the first close held, and what rose above it a record.
- **Suspect bars.** Lockstep leaves out what is not `ok` (`core.price_bars`); the peers know no such mark, and fed with every bar
  they would see other peaks.
- **The last day below the peak** is no column of either peer; it is the bar before their recovery.

## Where peers go wrong

Asked of the versions above while this page was written, so a fixed bug shows here. Ours is pinned by the tests named, in
[tests/sql/test_peer_bugs.py](../tests/sql/test_peer_bugs.py).

{quirks}
"""


def of(
    run: dict[str, Any],
    versions: dict[str, str],
    agreements: list[Agreement],
    left_out: pd.DataFrame,
    rates: pd.DataFrame,
    synchronized: pd.DataFrame,
    wrong: list[str],
) -> str:
    """The whole page. `run` as export writes it, `wrong` the disagreements in sentences."""
    all_dates = sum(one.episodes for one in agreements) * len(DATES)
    peers = {one.peer for one in agreements}
    made = synchronized["series_a"] == "drawn"
    return PAGE.format(
        lockstep=run["lockstep"],
        clock=run["clock"],
        absent=", ".join(f"`{name}`" for name in run["absent"]) or "none",
        seeds=", ".join(f"`{one['series_id']}` {one['close']:g} of {one['session_date']}" for one in run["seeds"]) or "none here",
        versions=", ".join(f"{name} {number}" for name, number in versions.items()),
        verdict="Nothing disagrees." if not wrong else "\n".join(["**Something disagrees:**", "", *(f"- {line}" for line in wrong[:50])]),
        series=len({one.series_id for one in agreements}),
        episodes=sum(one.episodes for one in agreements) // len(peers),
        peers=len(peers),
        n_dates=len(DATES),
        dates=all_dates,
        equal=sum(_equal(one) for one in agreements) * len(DATES),
        drawdown=max(one.worst_drawdown for one in agreements),
        depth=max(one.worst_depth for one in agreements),
        tolerance=CLOSE_ENOUGH,
        drawdowns=_drawdowns(agreements, left_out),
        pairs=len(rates[["series_a", "series_b"]].drop_duplicates()),
        members=rates["series_a"].nunique(),
        coincidence=_coincidence(rates),
        examples=_examples(rates),
        synchronization=_synchronization(synchronized[~made]),
        drawn=made.sum(),
        drawn_by_first=_equal_to_theirs(synchronized[made], "without_ends"),
        drawn_by_both=_equal_to_theirs(synchronized[made], "by_their_rules"),
        synchronized_examples=_synchronized_examples(synchronized),
        single=SINGLE,
        quirks=_table(
            ["peer", "series", "asked", "its answer", "ours", "test"],
            [[one.peer, one.series, one.asked, one.answer, one.ours, f"`{one.test}`"] for one in quirks.found()],
        ),
    )


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def _equal(one: Agreement) -> int:
    return one.episodes - int((one.differing["_merge"] == "left_only").sum())


def _drawdowns(agreements: list[Agreement], left_out: pd.DataFrame) -> str:
    peers = list(dict.fromkeys(one.peer for one in agreements))
    rows = []
    for name in dict.fromkeys(one.series_id for one in agreements):
        ones = {one.peer: one for one in agreements if one.series_id == name}
        first, out = ones[peers[0]], (left_out["series_id"] == name).sum()
        told = [f"{_equal(one)}; {one.worst_drawdown:.0e}; {one.worst_depth:.0e}" for one in ones.values()]
        rows.append([f"`{name}`", f"{first.bars:,}", str(out), str(first.episodes), str(first.still_open), *told])
    return _table(["series", "closes", "left out", "episodes", "of them open", *peers], rows)


def _coincidence(rates: pd.DataFrame) -> str:
    rows = []
    for (window, kind), group in rates.groupby(["window", "kind"]):
        defined = group[group["kept"] > 0]
        equal, by_rule = ((defined[gap] <= SINGLE).sum() for gap in ("gap", "gap_by_rule"))
        counts = [str(count) for count in (len(group), len(group) - len(defined), equal)]
        rows.append([str(window), str(kind), *counts, f"{defined['gap'].max():.3f}", str(by_rule)])
    head = ["k", "rate", "compared", "without an event by its rule", "equal as they are", "largest difference", "equal by its edge rule"]
    return _table(head, rows)


def _synchronization(found: pd.DataFrame) -> str:
    rows = []
    for window, group in found.groupby("window"):
        equal = [str(_equal_to_theirs(group, name)) for name in ("ours", "without_ends", "by_their_rules")]
        largest = (group["ours"] - group["theirs"]).abs().max()
        rows.append([str(window), str(len(group)), str((group["fewest"] < 3).sum()), equal[0], f"{largest:.3f}", *equal[1:]])
    head = ["k", "compared", "fewer than three clusters", "equal as they are", "largest difference", "equal by its first rule", "by both"]
    return _table(head, rows)


def _equal_to_theirs(found: pd.DataFrame, name: str) -> int:
    return int(((found[name] - found["theirs"]).abs() <= DOUBLE).sum())


def _synchronized_examples(found: pd.DataFrame) -> str:
    numbers = ("ours", "theirs", "without_ends", "by_their_rules")
    rows = [[*_named(row), *(f"{getattr(row, name):.4f}" for name in numbers)] for row in _of_examples(found)]
    return _table(["clusters of, with those of", "k", "ours", "pyunicorn", "ours by its first rule", "by both"], rows)


def _examples(rates: pd.DataFrame) -> str:
    rows = [
        [*_named(row), f"{row.ours:.4f}", f"{row.theirs:.4f}", f"{row.by_their_rule:.4f}", str(row.kept)]
        for row in _of_examples(rates[rates["kind"] == "symmetric"])
    ]
    return _table(["records of, with one of", "k", "ours", "pyunicorn", "ours by its rule", "events it keeps"], rows)


def _of_examples(found: pd.DataFrame) -> Iterator[Any]:
    """The rows on closes of the pairs that are shown."""
    for a, b in EXAMPLES:
        yield from found[(found["series_a"] == a) & (found["series_b"] == b) & (found["basis"] == "close")].itertuples()


def _named(row: Any) -> tuple[str, str]:
    return f"`{row.series_a}`, `{row.series_b}`", str(row.window)
