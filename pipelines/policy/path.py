"""What 30-day federal funds futures say about the meetings ahead: CME's published FedWatch method, on one day's curve.

A contract settles at 100 less the average effective rate over all calendar days of its month. In a month without a meeting
that average is the rate; the rates around a meeting are found by carrying those of the months without one to their
neighbours, the later ones first, and by splitting a month at its meeting only where a side is not known that way.

Owns the arithmetic on one curve; which settlements and meetings make up the curve of a day is `daily.py`. Source:
cmegroup.com, "Understanding the CME Group FedWatch Tool Methodology"; the order of the steps reproduces what CME published
for eight meetings on 14 July 2026 to 0.1 percentage points (`tests/pipelines/policy/test_path.py`).
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Literal

INSUFFICIENT_DATA = "INSUFFICIENT_DATA"
OK = "OK"
STEP_BP = 25  # the Committee moves in quarters of a point; the method knows no other size
# Splitting a month with fewer days after its meeting blows a tick up into percentage points; where no later month is
# known, its average stands for the rate before the meeting instead.
LEAST_DAYS_AFTER = 7

DecisionDay = Literal["before", "after"]
Curve = Mapping[str, float]
Rates = dict[date, tuple[float | None, float | None]]


@dataclass(frozen=True)
class Step:
    """One meeting ahead, as the curve prices it.

    Rates are expected effective rates in percent before and after the meeting; `moves` their difference in steps of 25 bp;
    `probabilities` those of each target range after it, by lower limit in basis points (they sum to 1). `missing` says what
    would have been needed where one of these is None.
    """

    meeting: date
    rate_before: float | None
    rate_after: float | None
    probabilities: dict[int, float] | None
    missing: str | None

    @property
    def moves(self) -> float | None:
        """Expected change at this meeting, in steps of 25 bp."""
        if self.rate_before is None or self.rate_after is None:
            return None
        return (self.rate_after - self.rate_before) * 100 / STEP_BP

    @property
    def status(self) -> str:
        """OK, or INSUFFICIENT_DATA where the probabilities could not be found."""
        return INSUFFICIENT_DATA if self.probabilities is None else OK


@dataclass(frozen=True)
class Cuts:
    """Cuts priced over a horizon: effective rate less implied rate of the contract that many months on, basis points."""

    contract_month: str
    implied_rate: float | None
    cuts_bp: float | None
    missing: str | None

    @property
    def status(self) -> str:
        """OK or INSUFFICIENT_DATA."""
        return INSUFFICIENT_DATA if self.cuts_bp is None else OK


def path(as_of: date, curve: Curve, meetings: Sequence[date], lower_bp: int | None, *, decision_day: DecisionDay = "before") -> list[Step]:
    """The meetings after `as_of`, in order, as the curve prices them.

    Args:
        as_of: trade date of the whole curve.
        curve: settlement (100 less percent) by contract month "YYYY-MM".
        meetings: decision days; those of the month of `as_of` that are over belong here too.
        lower_bp: lower limit of the target range announced by `as_of`, basis points; None where it is not known.
        decision_day: whether the day of the decision still counts as `before` the change (it does in CME's tool: the
            range applies from the next day) or `after` it (CME's worked sheets of 2015 and 2022).
    """
    steps = []
    chances: dict[int, float] | None = None if lower_bp is None else {lower_bp: 1.0}
    first_missing = "target range" if lower_bp is None else None
    solved = _solve(as_of, curve, meetings, decision_day)
    for meeting in sorted(m for m in meetings if m > as_of):
        before, after = solved[meeting]
        missing = _needed(as_of, curve, meetings, meeting) if before is None or after is None else None
        first_missing = first_missing or missing
        chances = None if chances is None or before is None or after is None else _moved(chances, (after - before) * 100 / STEP_BP)
        steps.append(Step(meeting, before, after, chances, missing or first_missing))
    return steps


def cuts_priced(as_of: date, curve: Curve, effective_rate: float, horizon_months: int = 12) -> Cuts:
    """Cuts priced `horizon_months` ahead; `effective_rate` in percent, after what is already decided. Rises are negative."""
    month = _shift(f"{as_of:%Y-%m}", horizon_months)
    if month not in curve:
        return Cuts(month, None, None, f"settlement of {month}")
    implied = 100 - curve[month]
    return Cuts(month, implied, 100 * (effective_rate - implied), None)


def _solve(as_of: date, curve: Curve, meetings: Sequence[date], decision_day: DecisionDay) -> Rates:
    """Rate before and after every meeting, run by run: a run is a stretch of months that each hold a meeting."""
    average = {month: 100 - settle for month, settle in curve.items()}
    held = {f"{m:%Y-%m}" for m in meetings}
    solved: Rates = {}
    for run in _runs(meetings):
        earlier, later = _shift(f"{run[0]:%Y-%m}", -1), _shift(f"{run[-1]:%Y-%m}", 1)
        start = average.get(earlier) if earlier not in held and earlier >= f"{as_of:%Y-%m}" else None
        end = average.get(later) if later not in held else None
        last = average.get(f"{run[-1]:%Y-%m}")
        if end is None and last is not None and _days(run[-1], decision_day)[1] < LEAST_DAYS_AFTER and _alone(run[-1], run):
            solved[run[-1]] = (last if start is None or len(run) > 1 else start, None)
            run, end = run[:-1], last
        solved |= _forwards(run, start, average, decision_day) if end is None else _backwards(run, start, end, average, decision_day)
    return solved


def _backwards(run: list[date], start: float | None, end: float | None, average: Curve, decision_day: DecisionDay) -> Rates:
    """From the month after the run to its front; the first meeting's start is the month before, where that is known."""
    solved: Rates = {}
    for meeting in reversed(run):
        own, (pre, post) = average.get(f"{meeting:%Y-%m}"), _days(meeting, decision_day)
        before = ((pre + post) * own - post * end) / pre if own is not None and end is not None and pre and _alone(meeting, run) else None
        if meeting == run[0] and start is not None:
            before = start
        solved[meeting], end = (before, end), before
    return solved


def _forwards(run: list[date], start: float | None, average: Curve, decision_day: DecisionDay) -> Rates:
    """From the month before the run to the end of the curve: only where no later month is known."""
    solved: Rates = {}
    for meeting in run:
        own, (pre, post) = average.get(f"{meeting:%Y-%m}"), _days(meeting, decision_day)
        usable = own is not None and post >= LEAST_DAYS_AFTER and _alone(meeting, run)
        after = ((pre + post) * own - pre * start) / post if usable and own is not None and start is not None else None
        solved[meeting], start = (start, after), after
    return solved


def _moved(chances: dict[int, float], moves: float) -> dict[int, float]:
    """The ranges after a meeting that is expected to move the rate by `moves` steps: two neighbouring sizes, so weighted."""
    whole, part = int(moves), abs(moves - int(moves))
    onward = 1 if moves > 0 else -1
    moved: dict[int, float] = {}
    for lower, chance in chances.items():
        for size, weight in ((whole, 1 - part), (whole + onward, part)):
            if weight:
                moved[lower + size * STEP_BP] = moved.get(lower + size * STEP_BP, 0.0) + chance * weight
    return dict(sorted(moved.items()))


def _needed(as_of: date, curve: Curve, meetings: Sequence[date], meeting: date) -> str:
    """What the rates around `meeting` wait for: months of its run and beside it without a settlement."""
    run = next(run for run in _runs(meetings) if meeting in run)
    around = [_shift(f"{run[0]:%Y-%m}", n) for n in range(-1, len({f"{m:%Y-%m}" for m in run}) + 1)]
    absent = [month for month in around if month not in curve and month >= f"{as_of:%Y-%m}"]
    return f"settlement of {', '.join(absent)}" if absent else f"a month without a meeting beside {meeting:%Y-%m}"


def _runs(meetings: Sequence[date]) -> list[list[date]]:
    """Meetings in order, those of the same or of following months together."""
    ordered = sorted(meetings)
    months = sorted({12 * m.year + m.month for m in ordered})
    rank = {month: month - place for place, month in enumerate(months)}
    return [list(run) for _, run in groupby(ordered, key=lambda m: rank[12 * m.year + m.month])]


def _alone(meeting: date, run: list[date]) -> bool:
    """Whether the meeting has its month to itself: one average cannot be split in three."""
    return sum((m.year, m.month) == (meeting.year, meeting.month) for m in run) == 1


def _days(meeting: date, decision_day: DecisionDay) -> tuple[int, int]:
    """Days of the meeting's month before the change and after it."""
    length = monthrange(meeting.year, meeting.month)[1]
    before = meeting.day if decision_day == "before" else meeting.day - 1
    return before, length - before


def _shift(month: str, by: int) -> str:
    """The month `by` months after "YYYY-MM"."""
    count = 12 * int(month[:4]) + int(month[5:]) - 1 + by
    return f"{count // 12:04d}-{count % 12 + 1:02d}"
