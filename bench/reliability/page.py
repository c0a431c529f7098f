"""What came of the days, judged and written down as docs/reliability.md.

Owns what must hold: nothing failed that nobody planted, readers saw nothing wrong, and the two equalities.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.reliability import equality, schedule
from bench.reliability.equality import Compared
from bench.reliability.harness import Counts, Harness
from bench.reliability.schedule import Day
from pipelines import models

# A study is evaluated once in a replay, and was every day: the rows are equal, not since when they stood so.
DATED_BY_EVALUATION = models.dated_by_evaluation()
NOT_REPLAYED = {model.name: ("known_at",) for model in models.load() if model.name in DATED_BY_EVALUATION}
# When an answer came, and how often one was asked for: with faults later and oftener than without.
NOT_TWINS = ("known_at", "known_at_method", "capture_id", "announced_known_at", "times_asked", "last_asked_at", "ask_again_at")
NOT_ESTIMATED = {"mart.net_liquidity": "not is_estimate"}  # an estimate rests on the assets known by then: by when the answers came


@dataclass(frozen=True)
class Found:
    """The counts, the comparison with a clean replay of the same answers, and with the twin that saw no fault."""

    counts: Counts
    replayed: list[Compared]
    twin: list[Compared]
    known: dict[str, tuple[int, int, int]]

    @property
    def readers(self) -> dict[str, int]:
        """The readers' counts, summed."""
        seen = self.counts.readers
        return {name: sum(r[name] if isinstance(r[name], int) else len(r[name]) for r in seen) for name in seen[0]}

    @property
    def held(self) -> bool:
        """Whether all that must hold did."""
        readers = self.readers
        return (
            not self.counts.failed
            and readers["sessions"] > 0
            and not any(readers[name] for name in ("errors", "half_days", "backwards"))
            and all(each.is_equal for each in (*self.replayed, *self.twin))
            and not any(was_earlier for _, _, was_earlier in self.known.values())
        )


def judge(harness: Harness, planned: Sequence[Day], tell: Callable[[str], None]) -> Found:
    """Let the days pass and compare what came of them."""
    harness.run(planned, tell)
    harness.build_twin(planned[-1])
    again = harness.replay()
    ours = harness.data.market
    return Found(
        harness.counts,
        equality.compare(ours, again.market, ("raw", "core", "mart"), NOT_REPLAYED),
        equality.compare(ours, harness.twin.market, ("core", "mart"), NOT_TWINS, NOT_ESTIMATED),
        equality.earlier(ours, harness.twin.market),
    )


def write(found: Found, days: int, seed: int, source: str, seconds: float) -> str:
    """The page."""
    counts, readers = found.counts, found.readers
    different = [each for each in (*found.replayed, *found.twin) if not each.is_equal]
    lines = [
        "# Days under faults",
        "",
        "Written by the harness in `bench/reliability`; do not edit. The same again:",
        "",
        f"    make reliability DAYS={days} SEED={seed}",
        "",
        f"{days} simulated days on {source}, and a last one without a fault; {seconds / 60:.0f} minutes on this machine.",
        f"Series: {', '.join(schedule.SERIES)}: the format of every vendor.",
        "",
        "## What happened",
        "",
        "| | |",
        "|---|---|",
        f"| runs, each a process of its own | {counts.runs} |",
        f"| of them finished | {counts.finished} |",
        f"| killed with SIGKILL | {sum(counts.kills.values())}: {_listed(counts.kills)} |",
        f"| kills that came when the run had ended | {counts.kills_too_late} |",
        f"| ended by a full disk ({DISKS[counts.disk]}) | {counts.full_disks} |",
        f"| days on which the vendors showed a certificate of their own making | {counts.untrusted_days} |",
        f"| faults planted (a series, for a day or its first answers) | {sum(counts.planted.values())} of {len(counts.planted)} kinds |",
        f"| runs that ended badly without a kill or a full disk | {len(counts.failed)} |",
        "",
        f"Faults: {_listed(counts.planted)}. What each must come to stands in `tests/loopback/faults.py`.",
        "",
        "## What readers saw",
        "",
        f"{len(counts.readers)} processes that open `market.duckdb`, ask on one connection and close, over and over, all the while. A",
        "session reads `meta.run`, counts every table against what that run says it published, asks a mart, reads `meta.run` again.",
        "",
        "| sessions | published runs seen | errors | half days | steps backwards |",
        "|---|---|---|---|---|",
        f"| {readers['sessions']:,} | {readers['runs']} | {readers['errors']} | {readers['half_days']} | {readers['backwards']} |",
        "",
        "## What came of it",
        "",
        f"**Held: {'everything' if found.held else 'NOT everything'}.**",
        "",
        "1. *The same answers, one clean run.* `lockstep replay` of the kept answers into an empty folder, compared row for row in both",
        f"   directions: {_equal(found.replayed)}. Every column of every raw, core and mart table is compared but `known_at` of",
        f"   {', '.join(NOT_REPLAYED)}: a study is evaluated every day, and in a replay once.",
        f"   Left out in both: {', '.join(equality.NOTES)}, which tell when claims were asked, run by run.",
        "2. *The same days, no faults.* A twin took each day once, with good answers. All core and mart tables but the ledger, compared",
        f"   row for row without {', '.join(NOT_TWINS)} (an answer that came a day later is another",
        f"   answer): {_equal(found.twin)}.",
        "   Left out: the daily estimates in mart.net_liquidity, which rest on what was known by the day, and so on when answers came.",
        "   No number was lost, changed or made up. And no row was known earlier than to the twin:",
        "",
        "   | table | known at the same instant | known later | known earlier |",
        "   |---|---|---|---|",
        *(f"   | {table} | {same:,} | {later:,} | {sooner} |" for table, (same, later, sooner) in found.known.items()),
        "",
        *(f"DIFFERENT: {each.table}: {each.only_here} rows only here, {each.only_there} only there." for each in different),
        *(f"FAILED: {text}" for text in counts.failed[:3]),
        "",
        "## What it does not show",
        "",
        "- On the first day answers are good: a first answer in another unit but within the catalog's bounds, or a year short, contradicts",
        "  nothing that is held. Bounds, calendars and second readings are what stands against that.",
        "- A kill ends a process, not the machine: that a write survives a power cut rests on `fsync` and is not tried here.",
    ]
    return "\n".join(lines) + "\n"


DISKS = {"tmpfs": "a small file system of its own, filled", "limit": "the size of any file limited: no small file system could be mounted"}


def _listed(counted: dict[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


def _equal(compared: list[Compared]) -> str:
    return f"{sum(each.is_equal for each in compared)} of {len(compared)} tables equal, {sum(each.rows for each in compared):,} rows"
