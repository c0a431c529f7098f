"""Prices between two anchors: a seeded Brownian bridge of the logarithm, kept within what `caps` allows.

A made bar is an unremarkable day: it sets no record and no high or low of 365 days, takes none from an anchor, and closes
between its two anchors wherever that leaves room, so that no trough is deeper than the anchors say. Where it leaves none
(between two records, or two lows) it stays within `ROOM` of the first. Prices are counted in ticks, whole numbers, so
that comparisons are exact. The same anchors give the same bars; a new one changes no noise but its neighbours'.
"""

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines import calendars
from pipelines.catalog import Series
from pipelines.sample.caps import Days, Marks, Ticks, ceiling, floor

Reals = npt.NDArray[np.float64]
SEED = "record before start"
DAILY_MOVE = {"XNYS": 0.008, "XLON": 0.009, "XCME": 0.011, "24x7": 0.022}  # standard deviation of a log return
ROOM = 0.006
WICK = 0.3  # of a day's move, on either side of the body
BODY = 1.02  # an anchor's open, which is made, leaves less of a wick than what core.price_bars grows suspicious of
FOLLOWS = 0.96  # the bar after an anchor comes back to this part of its high: a jump that the next day confirms


def bars(anchors: pl.DataFrame, series: Series, decimals: int) -> pl.DataFrame:
    """Bars of every session from the first anchor to the last, the anchors among them as they are.

    Between the record that stood before the sample and the anchor after it there is nothing.

    Args:
        anchors: date, close, high, low (null where unknown) and why; ascending.
        series: gives the calendar, and its series_id the seed.
        decimals: of a price.

    Returns:
        session_date, open, high, low, close; of a series without any high (a fix) session_date and close.
    """
    plan = Plan(anchors, series, 10**decimals)
    made = {"session_date": plan.sessions, "close": plan.closes}
    if anchors["high"].null_count() < anchors.height:
        made |= plan.bodies()
    return pl.DataFrame(made).with_columns((pl.exclude("session_date") / 10**decimals).round(decimals))


@dataclass(frozen=True)
class Plan:
    """The sessions of one series, the anchors around each, and the prices in ticks; every array has one entry a session."""

    anchors: pl.DataFrame
    series: Series
    scale: int

    @cached_property
    def sessions(self) -> list[date]:
        """Every session from the first anchor to the last, without the gap after the record that stood before."""
        seed = self.anchors["date"].filter(self.anchors["date"] < self._since)
        return [*seed, *calendars.sessions(self.series.calendar, self._since, self.anchors["date"][-1])]

    @cached_property
    def _since(self) -> date:
        return self.anchors["date"][1 if SEED in self.anchors["why"][0] else 0]

    @cached_property
    def days(self) -> Days:
        """The sessions as ordinals."""
        return _ordinals(self.sessions)

    def marks(self, name: str) -> Marks:
        """The anchors on one basis; the close where a high or low is not known."""
        ticks = (self.anchors[name].fill_null(self.anchors["close"]) * self.scale).round()
        return Marks(_ordinals(self.anchors["date"]), ticks.cast(pl.Int64).to_numpy(), self._since.toordinal())

    @cached_property
    def before(self) -> Ticks:
        """Number of the anchor on the session or before it."""
        return np.searchsorted(self.marks("close").days, self.days, side="right") - 1

    @cached_property
    def after(self) -> Ticks:
        """Number of the anchor after the session; of the last session, its own."""
        return np.minimum(self.before + 1, self.anchors.height - 1)

    @cached_property
    def is_anchor(self) -> npt.NDArray[np.bool_]:
        return self.marks("close").days[self.before] == self.days

    @cached_property
    def top(self) -> Ticks:
        return ceiling(self.marks("high"), self.days, is_record_capped=True)

    @cached_property
    def bottom(self) -> Ticks:
        return floor(self.marks("low"), self.days)

    @cached_property
    def body_top(self) -> Ticks:
        return np.minimum(self.top, ceiling(self.marks("close"), self.days, is_record_capped=True))

    @cached_property
    def body_bottom(self) -> Ticks:
        return np.maximum(self.bottom, floor(self.marks("close"), self.days))

    @cached_property
    def closes(self) -> Ticks:
        """The anchors, and the path between them, bent back to the inside of what is allowed."""
        start, end = (self.marks("close").ticks[at] for at in (self.before, self.after))
        lowest, highest = self._band(start, end)
        room = np.minimum(highest - lowest, (start * ROOM).astype(np.int64))
        bent = (self._noise("edge") * room).astype(np.int64)
        path = np.where(self._path < lowest, lowest + bent, np.where(self._path > highest, highest - bent, self._path))
        return np.where(self.is_anchor, start, path.round().astype(np.int64))

    def _band(self, start: Ticks, end: Ticks) -> tuple[Ticks, Ticks]:
        """Lowest and highest close: between the two anchors; where that is forbidden, near the first; at worst, on it."""
        lowest = np.maximum(self.body_bottom, np.minimum(start, end) + 1)
        highest = np.minimum(self.body_top, np.maximum(start, end) - 1)
        room = (start * ROOM).astype(np.int64)
        near_lowest = np.maximum(self.body_bottom, np.minimum(self.body_top, start) - room)
        near_highest = np.minimum(self.body_top, np.maximum(self.body_bottom, start) + room)
        is_shut, is_far = lowest > highest, near_lowest > near_highest
        lowest = np.where(is_shut, np.where(is_far, start, near_lowest), lowest)
        return lowest, np.where(is_shut, np.where(is_far, start, near_highest), highest)

    @cached_property
    def _path(self) -> Reals:
        """The way from anchor to anchor, in ticks, before anything is forbidden."""
        move = DAILY_MOVE[self.series.calendar]
        prices = self.marks("close").ticks
        path: list[float] = []
        for number, count in enumerate(np.bincount(self.before)):
            rng = random.Random(f"{self.series.series_id} {self.anchors['date'][number]}")
            end = prices[min(number + 1, len(prices) - 1)]
            path += _walk(rng, float(prices[number]), float(end), int(count), move)
        return np.array(path)

    def _noise(self, what: str) -> Reals:
        """Uniform numbers from 0 to 1."""
        rng = random.Random(f"{self.series.series_id} {what}")
        return np.array([rng.random() for _ in self.sessions])

    def bodies(self) -> dict[str, Ticks]:
        """Opens, highs and lows."""
        at = self.before
        is_known = self.is_anchor & self.anchors["high"].is_not_null().to_numpy()[at]
        high, low = self.marks("high").ticks[at], self.marks("low").ticks[at]
        opens = np.where(is_known, self._anchor_opens(high, low), self._opens())
        body_high, body_low = np.maximum(opens, self.closes), np.minimum(opens, self.closes)
        return {
            "open": opens,
            "high": np.where(is_known, high, self._highs(body_high)),
            "low": np.where(is_known, low, self._lows(body_low)),
        }

    @cached_property
    def _closes_before(self) -> Ticks:
        return np.concatenate([self.closes[:1], self.closes[:-1]])

    def _opens(self) -> Ticks:
        """The close before, as far as the day may reach it; an anchor may always reach its own close."""
        own = np.where(self.is_anchor | (self.body_bottom > self.body_top), self.closes, self.body_top)
        highest, lowest = np.maximum(self.body_top, own), np.minimum(self.body_bottom, own)
        return np.clip(self._closes_before, lowest, highest)

    def _anchor_opens(self, high: Ticks, low: Ticks) -> Ticks:
        """The close before, within the day's range and not so far below its high that the wick looks like an error."""
        opens = np.clip(self._closes_before, low, high)
        is_wick = high > np.maximum(opens, self.closes) * BODY
        return np.where(is_wick, np.ceil(high / BODY).astype(np.int64), opens)

    def _highs(self, body: Ticks) -> Ticks:
        """A little above the body, not above both anchors; the bar after an anchor comes back to its high."""
        start, end = (self.marks("high").ticks[at] for at in (self.before, self.after))
        reach = np.minimum(self._wick(body, "up"), np.maximum(start, end))
        is_next = np.concatenate([[False], self.is_anchor[:-1]]) & ~self.is_anchor
        reach = np.maximum(reach, np.where(is_next, np.ceil(start * FOLLOWS), 0).astype(np.int64))
        return np.where(self.is_anchor, body, np.maximum(body, np.minimum(reach, self.top)))

    def _lows(self, body: Ticks) -> Ticks:
        """A little below the body, not below both anchors."""
        start, end = (self.marks("low").ticks[at] for at in (self.before, self.after))
        reach = np.maximum(self._wick(body, "down"), np.minimum(start, end))
        return np.where(self.is_anchor, body, np.minimum(body, np.maximum(reach, self.bottom)))

    def _wick(self, body: Ticks, side: str) -> Ticks:
        length = self._noise(side) * WICK * DAILY_MOVE[self.series.calendar] * (1 if side == "up" else -1)
        return np.rint(body * (1 + length)).astype(np.int64)


def _ordinals(days: Iterable[date]) -> Days:
    return np.array([day.toordinal() for day in days], dtype=np.int64)


def _walk(rng: random.Random, start: float, end: float, count: int, move: float) -> list[float]:
    """`count` prices from `start` on, the next of which would be `end`."""
    steps = [rng.gauss(0, move) for _ in range(count)]
    drift = (math.log(end / start) - sum(steps)) / count
    prices = [start]
    for step in steps[:-1]:
        prices.append(prices[-1] * math.exp(step + drift))
    return prices
