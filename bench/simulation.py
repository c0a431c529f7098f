"""What the nulls of mart.co_highs say where the truth is known: the simulations, and the page that states them.

    python -m bench.simulation docs/simulation.md

Each is seeded. Counts are whole numbers, so p-values come in steps and many are tied at the top (no coincidence at all
gives p = 1): uniformity is measured on p with ties broken at random (`even*`), and the p that is published may only be
larger. The tests of `pipelines.coincidence` hold the same functions to their bounds.
"""

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines import chance, coincidence, rotation
from pipelines.pairs import CLUSTER_GAP_DAYS, History

WINDOW = 10
MONDAY = np.datetime64("2000-01-03")
REST = np.zeros(1, np.int64)
Runs = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True)
class Nulls:
    """p-values of one simulated pair: as published, and with ties broken at random. Of returns where they were turned."""

    p_shift: float
    p_cluster_shift: float
    p_bernoulli: float
    even: float
    even_cluster: float
    p_cluster_return_shift: float = math.nan
    even_return: float = math.nan
    even_cluster_return: float = math.nan


def weekdays(n: int) -> NDArray[np.datetime64]:
    """The first n Mondays to Fridays from a Monday on."""
    at = np.arange(n)
    return MONDAY + 7 * (at // 5) + at % 5


def records_of(path: NDArray[np.float64]) -> NDArray[np.int64]:
    """Positions above everything before."""
    return np.flatnonzero(path[1:] > np.maximum.accumulate(path)[:-1]) + 1


def walk_pairs(seed: int, n_pairs: int, length: int, drift: float, before: int) -> list[tuple[NDArray, NDArray]]:
    """Pairs of independent random walks of `before + length` steps."""
    draw = np.random.default_rng(seed)

    def one() -> NDArray:
        return np.cumsum(draw.standard_normal(before + length) + drift)

    return [(one(), one()) for _ in range(n_pairs)]


def walks(seed: int, n_pairs: int, length: int, drift: float, before: int) -> list[tuple[NDArray, NDArray]]:
    """The same, as the positions of their records in the last `length` steps."""
    found = []
    for pair in walk_pairs(seed, n_pairs, length, drift, before):
        at = [records_of(path) - before for path in pair]
        found.append((at[0][at[0] >= 0], at[1][at[1] >= 0]))
    return found


def runs(at: NDArray[np.int64]) -> Runs:
    """Clusters of positions at most 30 days apart, where five sessions are seven days."""
    breaks = np.flatnonzero(np.diff(7 * (at // 5) + at % 5) > CLUSTER_GAP_DAYS)
    return at[np.append(0, breaks + 1)], at[np.append(breaks, -1)]


def even(seen: int, surrogates: NDArray, coin: float) -> float:
    """The p of what is seen, ties broken by a coin between 0 and 1."""
    return ((surrogates > seen).sum() + coin * (1 + (surrogates == seen).sum())) / (1 + surrogates.size)


def nulls(number: int, a: NDArray, b: NDArray, length: int, price_of_b: NDArray | None = None, shifts: int = 1000) -> Nulls:
    """The nulls of co_highs for records at these positions; those of returns if the price of b is given."""
    by, coin = chance.shifts(chance.seed_of("simulated", number), length, shifts), np.random.default_rng(number).random(4)
    found, asked = [], []
    for (first, last), taken in (((a, a), coincidence.occupied(length, b, b)), (runs(a), coincidence.occupied(length, *runs(b)))):
        asked.append(coincidence.reach(first, last, WINDOW, WINDOW, length))
        found.append((int(coincidence.coincident(asked[-1], taken, REST)[0]), coincidence.coincident(asked[-1], taken, by)))
    every = np.arange(length)
    windows = coincidence.reach(every, every, WINDOW, WINDOW, length)
    base = coincidence.coincident(windows, coincidence.occupied(length, b, b), REST)[0]
    published = [chance.p_value(seen, shifted) or 0.0 for seen, shifted in found]
    told = [even(*each, u) for each, u in zip(found, coin[:2], strict=True)]
    said = (*published, chance.binomial_tail(found[0][0], a.size, base / length), *told)
    if price_of_b is None:
        return Nulls(*said)
    grid = weekdays(length)
    known = History(grid, np.exp(price_of_b / 100), grid[b], None)
    turned = rotation.turned(grid, known, grid[-1], chance.shifts(number, length - 1, shifts), CLUSTER_GAP_DAYS)
    (seen, _), (together, _) = found
    met = rotation.met_records(asked[0], grid[0], turned), rotation.met_clusters(asked[1], grid[0], turned)
    p = chance.p_value(together, met[1]) or 0.0
    return Nulls(*said, p, even(seen, met[0], coin[2]), even(together, met[1], coin[3]))


def independent() -> list[Nulls]:
    """200 pairs of independent walks that have been going for years when the common history begins."""
    return [nulls(i, a, b, 2500) for i, (a, b) in enumerate(walks(2025, 200, 2500, 0.1, 2500))]


def crowded(n_pairs: int, length: int, shifts: int) -> list[Nulls]:
    """Pairs of independent driftless walks whose first step is the first of the common history."""
    made = [(a, b, records_of(a), records_of(b)) for a, b in walk_pairs(5, n_pairs, length, 0.0, 0)]
    return [nulls(i, at_a, at_b, length, b, shifts) for i, (_, b, at_a, at_b) in enumerate(made) if at_a.size and at_b.size]


def kolmogorov_smirnov(p: Sequence[float]) -> tuple[float, float]:
    """How far values lie from even between 0 and 1, and the chance of lying as far (Stephens' approximation)."""
    ordered, n = np.sort(p), len(p)
    distance = float(max((np.arange(1, n + 1) / n - ordered).max(), (ordered - np.arange(n) / n).max()))
    scaled = (math.sqrt(n) + 0.12 + 0.11 / math.sqrt(n)) * distance
    return distance, min(1.0, 2 * sum((-1) ** (j - 1) * math.exp(-2 * (j * scaled) ** 2) for j in range(1, 101)))


def page() -> str:
    """The page, of simulations made now."""
    apart, together = independent(), crowded(200, 1500, 1000)
    lines = [
        "# The nulls where the truth is known\n",
        "Written by `make simulation`; do not edit. Pairs of random walks that have nothing to do with each other, windows of "
        f"{WINDOW} sessions. An honest p is even\nbetween 0 and 1: below 0.05 in 5 % of pairs. D is the Kolmogorov-Smirnov distance "
        "from even, ties broken at random, and the chance of one as large.\n",
        "| pairs | null | below 0.05 as published | D | chance of D |",
        "| --- | --- | --- | --- | --- |",
    ]
    rows = [
        (apart, "long before", "independent sessions", "p_bernoulli", None),
        (apart, "long before", "records shifted", "p_shift", "even"),
        (apart, "long before", "clusters shifted", "p_cluster_shift", "even_cluster"),
        (together, "with the common history", "independent sessions", "p_bernoulli", None),
        (together, "with the common history", "records shifted", "p_shift", "even"),
        (together, "with the common history", "clusters shifted", "p_cluster_shift", "even_cluster"),
        (together, "with the common history", "returns shifted, records", None, "even_return"),
        (together, "with the common history", "returns shifted, clusters", "p_cluster_return_shift", "even_cluster_return"),
    ]
    for made, begun, name, published, evened in rows:
        share = f"{np.mean([getattr(one, published) <= 0.05 for one in made]):.1%}" if published else ""
        d, p = kolmogorov_smirnov([getattr(one, evened or published) for one in made])
        lines.append(f"| {len(made)}, begun {begun} | {name} | {share} | {d:.3f} | {p:.2g} |")
    lines += [
        "\nRecords cluster, so the null of independent sessions finds something in pairs that have nothing in common: it is published with",
        "`assumes_independence`. Shifting the days of records is even once one of the two has a past. Where both begin with the common",
        "history their early records crowd together, and only turning the returns is even: there it is the headline.\n",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("into", type=Path, help="page to write")
    parser.parse_args().into.write_text(page(), encoding="utf-8")
