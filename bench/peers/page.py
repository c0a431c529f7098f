"""The page docs/peers.md: what was compared, what agrees, what differs and why. Owns its words; every number is handed in."""

from typing import Any

import pandas as pd

from bench.peers import quirks, tables
from bench.peers.coincidence import CLOSE_ENOUGH as SINGLE
from bench.peers.drawdowns import CLOSE_ENOUGH, DATES, Agreement

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
        equal=sum(tables.equal(one) for one in agreements) * len(DATES),
        drawdown=max(one.worst_drawdown for one in agreements),
        depth=max(one.worst_depth for one in agreements),
        tolerance=CLOSE_ENOUGH,
        drawdowns=tables.drawdowns(agreements, left_out),
        pairs=len(rates[["series_a", "series_b"]].drop_duplicates()),
        members=rates["series_a"].nunique(),
        coincidence=tables.coincidence(rates),
        examples=tables.examples(rates),
        synchronization=tables.synchronization(synchronized[~made]),
        drawn=made.sum(),
        drawn_by_first=tables.equal_to_theirs(synchronized[made], "without_ends"),
        drawn_by_both=tables.equal_to_theirs(synchronized[made], "by_their_rules"),
        synchronized_examples=tables.synchronized_examples(synchronized),
        single=SINGLE,
        quirks=tables.table(
            ["peer", "series", "asked", "its answer", "ours", "test"],
            [[one.peer, one.series, one.asked, one.answer, one.ours, f"`{one.test}`"] for one in quirks.found()],
        ),
    )
