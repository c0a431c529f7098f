"""Degenerate series through every table of pairs: each has an answer that says what it is, or no row for a reason.

A plain series stands beside each: it rises, falls by 35 % in its second year and comes back.
"""

import datetime as dt

import pytest

from tests.sql.test_divergence_models import MODELS, Closes, build, following, rows, weekdays

DAYS = weekdays(450)
WAVE = [100 + 0.2 * n for n in range(200)] + [140 - 0.5 * n for n in range(100)] + [90 + 0.5 * n for n in range(150)]
PLAIN = following(WAVE)
ODD: dict[str, Closes] = {
    "constant": dict.fromkeys(DAYS, 50.0),
    "single row": {DAYS[100]: 50.0},
    "all rising": {day: 50.0 + n for n, day in enumerate(DAYS)},
    "gaps": {day: close for n, (day, close) in enumerate(PLAIN.items()) if not 120 <= n % 200 < 150},
    "ends early": {day: close for n, (day, close) in enumerate(PLAIN.items()) if n < 260},
    "tie on the record": {day: min(close, 139.0) for day, close in PLAIN.items()},
}


@pytest.fixture(scope="module")
def pairs(workbench):
    """Every table of pairs, made of the plain series and all the odd ones."""
    with workbench.clean() as bench:
        build(bench, {"plain": PLAIN} | ODD, *MODELS, sessions=weekdays(600))
        yield bench


def leads(bench, table: str, leader: str, laggard: str) -> list[dict]:
    """The rows of a table on this leader and laggard, at a threshold of 20 %."""
    return rows(bench, f"select * from {table} where leader = '{leader}' and laggard = '{laggard}' and threshold = 0.2 order by all")


def lows(bench, name: str) -> list[dict]:
    """Its common lows with the plain series."""
    return rows(bench, f"select * from mart.common_lows where series_a = 'plain' and series_b = '{name}'")


@pytest.mark.parametrize("name", ["constant", "single row"])
def test_who_makes_no_record_leads_nothing(pairs, name):
    assert pairs.rows(f"select count(*) from mart.record_highs where series_id = '{name}'") == [(0,)]
    assert pairs.rows(f"select count(*) from mart.divergence_spells where leader = '{name}'") == [(0,)]
    assert pairs.rows(f"select count(*) from mart.co_high_days where list_contains(members, '{name}')") == [(0,)]


def test_a_tie_with_the_record_is_none(pairs):
    """It stands at 139 for eleven sessions: the first is a record, the others are ties, and so is its return."""
    last = pairs.rows("select max(session_date) from mart.record_highs where series_id = 'tie on the record' and basis = 'close'")
    assert last == [(DAYS[195],)]
    tied = "select count(*) from mart.drawdowns where series_id = 'tie on the record' and is_tie_close"
    assert pairs.rows(f"{tied} and session_date > '{DAYS[195]}'")[0][0] > 5


@pytest.mark.parametrize("name", ["constant", "single row", "all rising"])
def test_who_never_falls_lags_behind_nothing(pairs, name):
    assert pairs.rows(f"select count(*) from mart.divergences where laggard = '{name}'") == [(0,)]
    assert pairs.rows(f"select count(*) from mart.divergence_outcomes where laggard = '{name}'") == [(0,)]


def test_who_always_rises_leads_while_the_other_is_below(pairs):
    (row,) = leads(pairs, "mart.divergences", "all rising", "plain")
    assert (row["status"], row["ended_by"], row["last_signal_date"] < row["end_date"]) == ("closed", "laggard recovered", True)
    by_horizon = {each["horizon_days"]: each for each in leads(pairs, "mart.divergence_outcomes", "all rising", "plain")}
    assert {each["status"] for each in by_horizon.values()} == {"complete"}


def test_after_a_series_that_ended_nothing_is_measured(pairs):
    (row,) = leads(pairs, "mart.divergences", "all rising", "ends early")
    assert (row["status"], row["end_date"]) == ("open", None)
    after = leads(pairs, "mart.divergence_horizons", "all rising", "ends early")
    assert {(each["horizon_unit"], each["status"]) for each in after} == {("days", "pending"), ("sessions", "pending")}


@pytest.mark.parametrize("name", ["single row", "ends early"])
def test_who_has_no_price_is_missing_and_not_at_no_record(pairs, name):
    after = rows(pairs, f"select members, missing, n_members from mart.co_high_days where session_date = '{DAYS[300]}'")
    assert all(name in row["missing"] and name not in row["members"] for row in after) and len(after) == 4


def test_in_a_gap_a_series_is_missing_for_as_long_as_the_gap(pairs):
    asked = "select count(*) from mart.co_high_days where window_sessions = 0 and list_contains(missing, 'gaps')"
    assert pairs.rows(asked) == [(60,)]


@pytest.mark.parametrize("name", ["constant", "single row", "all rising"])
def test_who_never_falls_has_no_common_low(pairs, name):
    assert lows(pairs, name) == []


@pytest.mark.parametrize("name", ["gaps", "ends early", "tie on the record"])
def test_who_falls_has_its_own_low_in_the_window(pairs, name):
    (row,) = lows(pairs, name)
    assert row["trough_date_a"] == row["trough_date_b"] or name == "gaps"
    assert row["status"] == ("provisional" if name == "ends early" else "confirmed")


def test_of_a_series_that_never_moves_there_is_no_correlation(pairs):
    flat = "from mart.rolling_correlation where series_a = 'plain' and series_b"
    assert pairs.rows(f"select count(*) > 0, count(correlation) {flat} = 'constant'") == [(True, 0)]
    assert pairs.rows(f"select count(*) {flat} = 'single row'") == [(0,)]
    assert pairs.rows(f"select max(week_ending) <= date '{DAYS[260] + dt.timedelta(days=7)}' {flat} = 'ends early'") == [(True,)]
