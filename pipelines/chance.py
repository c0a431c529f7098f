"""What chance alone gives: seeds, circular shifts, tails and the correction for asking many times.

Plain numpy on plain numbers, reproducible to the digit: everything random comes from the raw words of PCG64, whose
stream numpy guarantees across versions (its distributions it does not), under a seed that is a hash of what is asked.
Owns no event and no price; those belong to `pipelines.coincidence` and `pipelines.event_study`.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

LEAST_SHIFT = 21  # sessions: a month, beyond which a series has forgotten where it stood (domain §2.5)


def seed_of(*key: object) -> int:
    """A seed that depends on the key alone, not on the order of the work or the process (63 bits of SHA-256)."""
    digest = hashlib.sha256("|".join(map(str, key)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def shifts(seed: int, size: int, wanted: int) -> NDArray[np.int64]:
    """Circular shifts of a ring of `size` without repetition, each LEAST_SHIFT or more from rest either way round.

    All of them where no more than `wanted` exist; none where the ring is too small to have one.
    """
    room = max(size - 2 * LEAST_SHIFT + 1, 0)
    if room <= wanted:
        return np.arange(LEAST_SHIFT, LEAST_SHIFT + room)
    words = np.random.PCG64(seed).random_raw(room)
    return LEAST_SHIFT + np.sort(np.argpartition(words, wanted)[:wanted])


def p_value(observed: float, surrogates: NDArray[np.number]) -> float | None:
    """(1 + surrogates not below the observed) / (1 + surrogates), as domain §2.5 counts; None without a surrogate."""
    return (1 + int((surrogates >= observed).sum())) / (1 + surrogates.size) if surrogates.size else None


def binomial_tail(least: int, n: int, share: float) -> float:
    """P(K >= least) for K ~ Binomial(n, share), summed in logarithms."""
    if least <= 0 or share >= 1:
        return 1.0
    if share <= 0:
        return 0.0
    factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    k = np.arange(least, n + 1)
    logs = factorial[n] - factorial[k] - factorial[n - k] + k * np.log(share) + (n - k) * np.log1p(-share)
    return min(1.0, float(np.exp(logs).sum()))


def benjamini_hochberg(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """The q-values of p (Benjamini & Hochberg 1995): the least false discovery rate at which each would be kept."""
    order = np.argsort(-p, kind="stable")
    scaled = p[order] * p.size / (p.size - np.arange(p.size))
    q = np.empty_like(p)
    q[order] = np.minimum(np.minimum.accumulate(scaled), 1.0)
    return q


def stationary_resamples(seed: int, n: int, mean_block: float, resamples: int) -> NDArray[np.int64]:
    """Rows of n positions each: blocks of geometric length around the ring (Politis & Romano 1994, JASA 89).

    `mean_block` >= 1 is the expected block length; 1 draws every position on its own.
    """
    uniform = (np.random.PCG64(seed).random_raw(2 * resamples * n) >> np.uint64(11)).reshape(2, resamples, n) * 2.0**-53
    begins = uniform[1] < 1 / mean_block
    begins[:, 0] = True
    here = np.arange(n)
    block = np.maximum.accumulate(np.where(begins, here, 0), axis=1)  # where the block of each place began
    first = np.take_along_axis((uniform[0] * n).astype(np.int64), block, axis=1)
    return (first + here - block) % n
