"""The FedWatch arithmetic: CME's own published figures, its worked example, and what must hold for any curve."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import policy
from pipelines.policy import daily
from pipelines.policy.path import INSUFFICIENT_DATA, OK, cuts_priced, path

DAY = date(2026, 7, 14)
MEETINGS = [date(2026, 7, 29), date(2026, 9, 16), date(2026, 10, 28), date(2026, 12, 9), date(2027, 1, 27), date(2027, 3, 17)]
MEETINGS += [date(2027, 4, 28), date(2027, 6, 9)]


@pytest.fixture(scope="module")
def curve(shared: Path) -> dict[str, float]:
    """The curve of 14 July 2026, thirteen contracts."""
    rows = pl.read_csv(shared / "recordings" / "cme" / "zq_curve_20260714.csv").iter_rows(named=True)
    return {f"{row['contract_year']}-{row['contract_month']:02d}": row["close_price"] for row in rows}


def test_eight_meetings_equal_what_cme_published_to_a_tenth_of_a_point(shared: Path, curve: dict[str, float]) -> None:
    published = pl.read_csv(shared / "recordings" / "cme" / "fedwatch_probabilities_20260714.csv", try_parse_dates=True)
    steps = path(DAY, curve, MEETINGS, 350)
    assert [step.meeting for step in steps] == MEETINGS
    compared = 0
    for step in steps:
        assert step.probabilities is not None
        for low, percent in published.filter(pl.col("meeting_date") == step.meeting).select("rate_low", "probability_pct").rows():
            assert round(100 * step.probabilities.get(low, 0.0), 1) == pytest.approx(percent or 0.0, abs=0.1001)
            compared += 1
    assert compared == 8 * 9


def test_the_rates_around_the_meetings_are_those_of_the_hand_check(curve: dict[str, float]) -> None:
    found = [(step.rate_before, step.rate_after, step.moves) for step in path(DAY, curve, MEETINGS, 350)]
    by_hand = [(3.62525, 3.7175, 0.3690), (3.7175, 3.86107, 0.5743), (3.86107, 3.9275, 0.2657), (3.9275, 4.02944, 0.4078)]
    by_hand += [(4.02944, 4.0725, 0.1722), (4.0725, 4.13125, 0.2350), (4.13125, 4.15, 0.0750), (4.15, 4.1375, -0.0500)]
    assert found == [pytest.approx(row, abs=5e-5) for row in by_hand]


def test_counting_the_day_of_the_decision_after_the_change_gives_another_answer(curve: dict[str, float]) -> None:
    first = path(DAY, curve, MEETINGS, 350, decision_day="after")[0].probabilities
    assert first is not None
    assert round(100 * first[375], 1) == 38.2  # CME published 36.9


def test_cmes_worked_example_of_2015() -> None:
    curve = {"2015-08": 99.8675, "2015-09": 99.805}
    step = path(date(2015, 8, 20), curve, [date(2015, 9, 17)], 0, decision_day="after")[0]
    assert step.rate_before == pytest.approx(0.1325)
    assert step.rate_after == pytest.approx(0.26643, abs=5e-6)
    assert step.probabilities == {0: pytest.approx(0.464, abs=5e-4), 25: pytest.approx(0.536, abs=5e-4)}


def test_the_real_calendar_ends_the_curve_with_a_late_meeting_whose_month_tells_the_rate_before_it(curve: dict[str, float]) -> None:
    *earlier, last = path(DAY, curve, [*MEETINGS, date(2027, 7, 28)], 350)
    assert earlier == path(DAY, curve, MEETINGS, 350)
    assert (last.rate_before, last.rate_after) == (pytest.approx(4.1375), None)
    assert (last.status, last.missing) == (INSUFFICIENT_DATA, "settlement of 2027-08")


def test_a_missing_contract_is_named_and_stops_the_probabilities_but_not_the_rates_behind_it(curve: dict[str, float]) -> None:
    without = {month: settle for month, settle in curve.items() if month not in {"2026-07", "2026-08", "2026-09"}}
    steps = path(DAY, without, MEETINGS, 350)
    assert [step.status for step in steps] == [INSUFFICIENT_DATA] * 8
    assert steps[0].missing == "settlement of 2026-07, 2026-08"
    assert steps[1].missing == "settlement of 2026-08, 2026-09"
    assert (steps[2].rate_before, steps[2].rate_after) == (pytest.approx(3.86107, abs=5e-5), pytest.approx(3.9275))
    assert steps[2].missing == "settlement of 2026-07, 2026-08"


def test_a_meeting_over_this_month_does_not_pass_for_a_month_without_one() -> None:
    curve = {"2025-12": 96.30, "2026-01": 96.355, "2026-02": 96.38}
    past, ahead = date(2025, 12, 10), date(2026, 1, 28)
    (step,) = path(date(2025, 12, 11), curve, [past, ahead], 350)
    assert step.rate_before == pytest.approx((31 * 3.645 - 3 * 3.62) / 28)  # January split at its meeting
    assert path(date(2025, 12, 11), curve, [ahead], 350)[0].rate_before == pytest.approx(3.70)  # December's mix of old and new


def test_a_month_with_two_meetings_cannot_be_split() -> None:
    curve = {"2020-03": 98.9, "2020-04": 99.2, "2020-05": 99.25}
    steps = path(date(2020, 3, 4), curve, [date(2020, 3, 3), date(2020, 3, 18), date(2020, 4, 29)], 100)
    assert (steps[0].rate_before, steps[0].status) == (None, INSUFFICIENT_DATA)
    assert steps[0].missing == "a month without a meeting beside 2020-03"
    assert steps[1].rate_after == pytest.approx(0.75)


def test_without_a_target_range_there_are_rates_and_no_probabilities(curve: dict[str, float]) -> None:
    step = path(DAY, curve, MEETINGS, None)[0]
    assert (step.rate_after, step.probabilities, step.missing) == (pytest.approx(3.7175), None, "target range")


@given(st.lists(st.floats(90, 100), min_size=13, max_size=13), st.integers(0, 20).map(lambda n: 25 * n))
def test_probabilities_sum_to_one_and_their_mean_is_the_move(settles: list[float], lower_bp: int) -> None:
    months = [f"{2026 + (6 + n) // 12}-{(6 + n) % 12 + 1:02d}" for n in range(13)]
    expected = float(lower_bp)
    for step in path(DAY, dict(zip(months, settles, strict=True)), MEETINGS, lower_bp):
        assert step.probabilities is not None
        assert step.moves is not None
        expected += 25 * step.moves
        assert min(step.probabilities.values()) >= 0
        assert sum(step.probabilities.values()) == pytest.approx(1, abs=1e-9)
        assert sum(low * chance for low, chance in step.probabilities.items()) == pytest.approx(expected, abs=1e-6)


def test_cuts_are_the_effective_rate_less_the_rate_of_the_contract_a_year_on() -> None:
    cuts = cuts_priced(date(2025, 12, 11), {"2026-12": 96.90}, 3.64)
    assert (cuts.contract_month, cuts.implied_rate, cuts.cuts_bp, cuts.status) == ("2026-12", pytest.approx(3.10), pytest.approx(54.0), OK)
    none = cuts_priced(date(2025, 12, 11), {"2026-11": 96.90}, 3.64)
    assert (none.cuts_bp, none.status, none.missing) == (None, INSUFFICIENT_DATA, "settlement of 2026-12")


def settlements(day: date, curve: dict[str, float]) -> pl.DataFrame:
    """core.futures_settlements of one day."""
    known_at = datetime(day.year, day.month, day.day, 22, tzinfo=UTC)
    rows = [{"contract_month": month, "trade_date": day, "settle": settle, "known_at": known_at} for month, settle in curve.items()]
    return pl.DataFrame(rows)


def known(ts: datetime) -> pl.DataFrame:
    """core.fomc_meetings at `ts`, as far as the path reads it."""
    told = policy.fomc_meetings().filter(pl.col("known_at") <= ts)
    return told.sort("known_at").unique("decision_date", keep="last")


def test_the_table_holds_a_row_for_every_meeting_of_the_year_ahead_and_says_what_it_waits_for(curve: dict[str, float]) -> None:
    rows = daily.policy_path(settlements(DAY, curve), known(datetime(2026, 7, 14, 22, tzinfo=UTC)))
    assert rows["meeting_date"].to_list() == [*MEETINGS, date(2027, 7, 28)]
    assert rows["status"].to_list() == [OK] * 8 + [INSUFFICIENT_DATA]
    assert rows["probabilities"][0].to_list() == [
        {"lower_bp": 350, "probability": pytest.approx(0.631, abs=5e-4)},
        {"lower_bp": 375, "probability": pytest.approx(0.369, abs=5e-4)},
    ]
    assert set(rows.columns) == set(daily.COLUMNS)


def test_an_emergency_meeting_moves_the_path_only_once_it_is_held() -> None:
    curve = {"2020-02": 98.415, "2020-03": 98.55, "2020-04": 98.70, "2020-05": 98.80, "2020-06": 98.85}
    calendar = known(datetime(2026, 1, 1, tzinfo=UTC))
    before = daily.policy_path(settlements(date(2020, 2, 28), curve), calendar)
    assert before["meeting_date"].to_list()[:2] == [date(2020, 3, 18), date(2020, 4, 29)]
    assert starting_range(before) == pytest.approx(150)
    after = daily.policy_path(settlements(date(2020, 3, 16), curve), calendar)
    assert after["meeting_date"][0] == date(2020, 4, 29)  # the 18th was called off on the 15th
    assert starting_range(after) == pytest.approx(0)


def starting_range(rows: pl.DataFrame) -> float:
    """Lower limit, in basis points, that the first meeting's probabilities start from."""
    first = rows.row(0, named=True)
    return sum(chance["lower_bp"] * chance["probability"] for chance in first["probabilities"]) - first["expected_change_bp"]


def test_a_decision_our_calendar_does_not_hold_yet_leaves_the_target_range_open(curve: dict[str, float]) -> None:
    rows = daily.policy_path(settlements(date(2026, 9, 18), curve), known(datetime(2026, 9, 18, 22, tzinfo=UTC)))
    assert rows["missing"][0] == "target range"
    assert rows["rate_after_percent"][0] is not None
