"""How far a made bar may reach: it must be no record and no high or low of 365 days, and take none from an anchor.

Owns the definition of these days on a set of anchors (strict comparison; of 365 days only where that much is known, as in
mart.drawdowns) and the bounds that follow. The bounds look at anchors only, so that one made bar never depends on another.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ticks = npt.NDArray[np.int64]
Days = npt.NDArray[np.int64]  # ordinals
YEAR = 365
FAR = 2**50


@dataclass(frozen=True)
class Marks:
    """The anchors of one series on one basis (close, high or low), ascending by day; prices in ticks.

    `since` is the day from which bars follow each other: 365 days are known from a year after it. The record that stood
    before it counts in every comparison, but makes no year known.
    """

    days: Days
    ticks: Ticks
    since: int

    def flipped(self) -> "Marks":
        """The same upside down: its highs are the lows."""
        return Marks(self.days, -self.ticks, self.since)

    def earlier_peak(self, days: Days, within: int = FAR) -> Ticks:
        """Per day, the highest anchor of the `within` days before it; -FAR where there is none."""
        back = days[:, None] - self.days[None, :]
        return np.where((back >= 1) & (back <= within), self.ticks[None, :], -FAR).max(axis=1)

    def year_peak(self, days: Days) -> Ticks:
        """Per day, the highest anchor of the 365 days before it; -FAR where less than that is known."""
        return np.where(days - self.since >= YEAR, self.earlier_peak(days, YEAR), -FAR)

    def year_highs(self) -> npt.NDArray[np.bool_]:
        """Which anchors stand above all others of the 365 days before them."""
        peak = self.year_peak(self.days)
        return (peak > -FAR) & (self.ticks > peak)


def ceiling(marks: Marks, days: Days, *, is_record_capped: bool) -> Ticks:
    """The highest price that a bar of each day may have: one tick below what it must not reach, FAR where nothing binds.

    Below the highest anchor of the year before it, and below every anchor of the year after it that is the high of
    365 days; with `is_record_capped` also below every earlier anchor's record.
    """
    peak = marks.year_peak(days)
    bound = np.where(peak > -FAR, peak, FAR)
    if is_record_capped:
        record = marks.earlier_peak(days)
        bound = np.minimum(bound, np.where(record > -FAR, record, FAR))
    ahead = marks.days[None, :] - days[:, None]
    binds = (ahead >= 1) & (ahead <= YEAR) & marks.year_highs()[None, :]
    return np.minimum(bound, np.where(binds, marks.ticks[None, :], FAR).min(axis=1)) - 1


def floor(marks: Marks, days: Days) -> Ticks:
    """The lowest price that a bar of each day may have, likewise. Lows of all time are nobody's claim and bind nothing."""
    return -ceiling(marks.flipped(), days, is_record_capped=False)
