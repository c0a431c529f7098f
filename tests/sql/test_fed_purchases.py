"""What the Desk bought: exercises marked, cycles totalled, plans beside them, and the holdings that must move by as much."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines import policy, releases
from tests.sql.fed_history import TIMELINE, History, Warehouse, real

FIRST_PURCHASE = "OR 121225 1"

# Accepted amounts of the regular bill purchases by cycle, as the Desk published them (billion dollars).
CYCLES = {
    date(2025, 12, 12): [8.167, 6.801, 8.165, 8.165, 6.801, 8.165, 8.165],
    date(2026, 1, 15): [8.306, 6.920, 8.304, 8.304, 6.921, 8.304, 8.304],
    date(2026, 2, 13): [8.011, 8.010, 8.010, 6.675, 8.010, 8.010, 6.676],
    date(2026, 3, 13): [6.726, 8.071, 8.071, 8.071, 6.726, 8.071, 8.071],
    date(2026, 4, 14): [5.058, 7.587, 5.058, 7.585, 7.587, 7.587],
    date(2026, 5, 14): [6.576, 3.289, 6.576, 6.576, 3.288],
    date(2026, 6, 12): [6.638, 3.319, 6.637, 3.319, 6.637],
    date(2026, 7, 14): [5.180, 3.453, 5.179, 5.179, 3.453, 5.179],
    date(2026, 8, 14): [4.243, 4.243],
}


@pytest.fixture
def history(shared: Path) -> History:
    """Real history."""
    return real(shared / "history")


@pytest.fixture(scope="module")
def built(shared: Path) -> Iterator[Warehouse]:
    """The tables under test on real history; not to be changed."""
    made = real(shared / "history").warehouse().build("mart.bill_purchases", "mart.soma_reconciliation")
    yield made
    made.connection.close()


def reconciled(history: History, operations: pl.DataFrame | None = None, observations: pl.DataFrame | None = None) -> Warehouse:
    """The reconciliation on changed operations or holdings."""
    return history.warehouse(operations, observations).build("mart.soma_reconciliation")


def red_weeks(made: Warehouse) -> list[date]:
    """Weeks outside the tolerance."""
    return [week for (week,) in made.rows("select week_ending from mart.soma_reconciliation where not within_tolerance order by 1")]


def test_the_first_bill_purchase_after_the_december_decision_is_found_by_sql(built: Warehouse) -> None:
    found = built.rows("""
        select operation_id, operation_date, settlement_date, submitted_usd_bn, accepted_usd_bn
        from core.fed_operations
        where operation_type = 'Outright Bill Purchase' and not is_small_value
            and operation_date > (select decision_date from core.fomc_meetings where change_bp = -25 and decision_date > date '2025-11-01')
        order by operation_date limit 1
    """)
    assert found == [(FIRST_PURCHASE, date(2025, 12, 12), date(2025, 12, 15), 27.458, 8.167)]


def test_small_value_exercises_are_marked_and_no_real_purchase_is(built: Warehouse) -> None:
    marked = {row[0] for row in built.rows("select operation_id from core.fed_operations where is_small_value")}
    assert {"OR 022626 25", "OR 122324 1", "OR 062326 25", "OR 052416 1", "OR 120616 1"} <= marked
    assert len(marked) == 71
    smallest = built.rows("""
        select min(accepted_usd_bn) from core.fed_operations where family = 'treasury' and not is_small_value
    """)
    assert smallest == [(0.601,)]  # TIPS on 1 March 2022, in the last days of the taper
    assert built.scalar("select count(*) from core.fed_operations where family = 'repo' and is_small_value") == 0


def test_a_small_purchase_among_equals_is_no_exercise_and_a_note_is_taken_at_its_word(history: History) -> None:
    row = history.operations.filter(pl.col("operation_id") == FIRST_PURCHASE)
    days = [date(2027, 5, 3), date(2027, 5, 10), date(2027, 5, 17)]
    regular = [
        row.with_columns(operation_id=pl.lit(f"OR {n}"), operation_date=day, settlement_date=day, accepted_usd_bn=0.6 - 0.15 * n)
        for n, day in enumerate(days)
    ]
    exercise = row.with_columns(operation_id=pl.lit("OR 9"), operation_date=days[2], settlement_date=days[2], accepted_usd_bn=0.05)
    said = row.with_columns(
        operation_id=pl.lit("RP 99"), family=pl.lit("repo"), note=pl.lit("See Statement Regarding Small Value Exercise.")
    )
    made = Warehouse()
    History.load_operations(made, pl.concat([*regular, exercise, said], how="vertical_relaxed"))
    assert made.rows("select operation_id from core.fed_operations where is_small_value order by 1") == [("OR 9",), ("RP 99",)]


def test_the_cycles_to_august_2026_equal_the_sum_done_by_hand(built: Warehouse) -> None:
    cycles = built.rows("select cycle_start, n_operations, executed_usd_bn, cumulative_usd_bn from mart.bill_purchases order by 1")
    total = 0.0
    for (start, n, executed, cumulative), (first, amounts) in zip(cycles, CYCLES.items(), strict=True):
        total += sum(amounts)
        assert (start, n) == (first, len(amounts))
        assert executed == pytest.approx(sum(amounts), abs=1e-9)
        assert cumulative == pytest.approx(total, abs=1e-9)
    assert total == pytest.approx(346.427)
    assert built.rows("select n_small_value from mart.bill_purchases where cycle_start = '2026-02-13'") == [
        (1,)
    ]  # 75 million on 26 February


def test_the_split_is_inferred_where_an_amount_was_announced_and_unknown_elsewhere(built: Warehouse) -> None:
    told = built.rows("select planned_usd_bn, round(reinvestment_usd_bn, 3), split from mart.bill_purchases order by cycle_start")
    inferred = [(40.0, 14.429, "inferred"), (40.0, 15.363, "inferred"), (40.0, 13.402, "inferred"), (40.0, 13.807, "inferred")]
    assert told == inferred + [(None, None, "unknown")] * 5


@pytest.mark.parametrize(
    ("ts", "expected"),
    [
        ("2025-12-12 10:50", []),
        ("2025-12-12 17:00", [(date(2025, 12, 12), 8.167, 0.0, 40.0, "unknown")]),
        ("2025-12-15 17:00", [(date(2025, 12, 12), 14.968, 8.167, 40.0, "unknown")]),
        ("2026-01-20 17:00", [(date(2025, 12, 12), 54.429, 54.429, 40.0, "inferred"), (date(2026, 1, 15), 8.306, 0.0, None, "unknown")]),
    ],
)
def test_what_was_executed_and_settled_is_told_as_it_was_known(built: Warehouse, ts: str, expected: list[tuple]) -> None:
    columns = "cycle_start, round(executed_usd_bn, 3), round(settled_usd_bn, 3), planned_usd_bn, split"
    assert built.rows(f"select {columns} from mart.bill_purchases_as_of(timestamptz '{ts}+00') order by 1") == expected


def test_a_plan_that_supersedes_another_takes_its_place_from_the_day_it_is_known(history: History) -> None:
    plans = policy.desk_plans()
    amended = plans.filter(pl.col("plan_id") == "2025-12-10-desk").with_columns(
        plan_id=pl.lit("2025-12-18-desk"),
        known_at=pl.lit(datetime(2025, 12, 18, 20, tzinfo=UTC)).dt.cast_time_unit("us"),
        monthly_amount_usd_bn=pl.lit(35.0),
        reinvestment_usd_bn=pl.lit(14.4),
        supersedes=pl.lit("2025-12-10-desk"),
    )
    made = history.warehouse()
    made.table("raw.desk_plans", pl.concat([plans, amended]))
    made.build("core.desk_plans", *TIMELINE)
    first = "select planned_usd_bn, reinvestment_usd_bn, split from {} where cycle_start = '2025-12-12'"
    assert made.rows(first.format("mart.bill_purchases")) == [(35.0, 14.4, "published")]
    assert made.rows(first.format("mart.bill_purchases_as_of(timestamptz '2025-12-18 19:59+00')")) == [(40.0, None, "unknown")]
    assert made.rows("select status from mart.liquidity_timeline where event_id = 'plan 2025-12-10-desk'") == [("amended",)]


def test_every_covered_week_reconciles(built: Warehouse) -> None:
    weeks = built.rows("""
        select count(*), count(*) filter (where n_settled > 0), bool_and(within_tolerance)
        from mart.soma_reconciliation where coverage = 'covered'
    """)
    assert weeks == [(37, 34, True)]
    nine = built.rows("""
        select round(change_in_treasuries_usd_bn, 3), round(settled_purchases_usd_bn, 3) from mart.soma_reconciliation
        where week_ending between '2025-12-17' and '2026-02-18' and n_settled > 0 order by week_ending
    """)
    assert nine[:3] == [(15.204, 14.968), (23.402, 23.131), (7.726, 8.165)]
    assert len(nine) == 9


def test_both_verdicts_are_told_and_only_weeks_of_early_summer_need_the_inflation_compensation(built: Warehouse) -> None:
    beyond = built.rows("""
        select week_ending, round(residual_usd_bn, 3), within_tolerance from mart.soma_reconciliation
        where not within_plain_tolerance order by 1
    """)
    assert beyond == [(date(2026, 5, 27), 0.9, True), (date(2026, 6, 24), 0.762, True), (date(2026, 7, 1), 0.81, True)]
    both = "select count(*), count(*) filter (where within_plain_tolerance), count(*) filter (where within_tolerance) from {}"
    assert built.rows(both.format("mart.soma_reconciliation where coverage = 'covered'")) == [(37, 34, 37)]
    assert built.rows(both.format("mart.soma_reconciliation where coverage <> 'covered'"))[0][1:] == (0, 0)


def test_a_published_compensation_takes_the_place_of_the_estimate(history: History) -> None:
    weeks = [date(2026, 6, 10), date(2026, 6, 17), date(2026, 6, 24)]
    told = pl.DataFrame({"series_id": "soma_tips_inflation_compensation", "date": weeks, "value": [110.0, 110.762, 111.524]})
    observations = pl.concat([history.observations, told.with_columns(releases.release_times("soma", told["date"]))])
    row = """
        select compensation_basis, round(residual_usd_bn - inflation_compensation_usd_bn, 6) from mart.soma_reconciliation
        where week_ending = '2026-06-24'
    """
    assert reconciled(history, observations=observations).rows(row) == [("published", 0.0)]


def test_weeks_of_runoff_are_not_judged(built: Warehouse) -> None:
    assert built.rows("select distinct coverage, within_tolerance from mart.soma_reconciliation where week_ending < '2025-12-10'") == [
        ("not_covered", None)
    ]


def test_a_lost_operation_turns_its_week_red_and_no_other(history: History) -> None:
    made = reconciled(history, history.operations.filter(pl.col("operation_id") != FIRST_PURCHASE))
    assert red_weeks(made) == [date(2025, 12, 17)]
    assert made.broken("mart.soma_reconciliation") == {"holdings_move_by_what_settled": 1}


def test_a_wrong_settlement_date_turns_both_weeks_red(history: History) -> None:
    late = pl.when(pl.col("operation_id") == FIRST_PURCHASE).then(date(2025, 12, 18)).otherwise("settlement_date").alias("settlement_date")
    assert red_weeks(reconciled(history, history.operations.with_columns(late))) == [date(2025, 12, 17), date(2025, 12, 24)]


def test_an_amount_times_a_thousand_turns_its_week_red(history: History) -> None:
    factor = pl.when(pl.col("operation_id") == FIRST_PURCHASE).then(1000).otherwise(1)
    wrong = history.operations.with_columns(pl.col("accepted_usd_bn") * factor, pl.col("submitted_usd_bn") * factor)
    assert red_weeks(reconciled(history, wrong)) == [date(2025, 12, 17)]


def test_an_operation_re_issued_under_a_new_suffix_counts_once_and_one_of_other_dollars_turns_its_week_red(history: History) -> None:
    first = history.operations.filter(pl.col("operation_id") == FIRST_PURCHASE)
    again = first.with_columns(operation_id=pl.lit("OR 121225 25"), known_at=pl.col("known_at").dt.offset_by("95d"))
    made = reconciled(history, pl.concat([history.operations, again]))
    assert red_weeks(made) == []
    named = "select operation_id, former_ids from {} where operation_date = '2025-12-12' and family = 'treasury'"
    assert made.rows(named.format("core.fed_operations")) == [("OR 121225 25", FIRST_PURCHASE)]
    assert made.rows(named.format("core.fed_operations_as_of(timestamptz '2026-01-01 00:00+00')")) == [(FIRST_PURCHASE, None)]
    other = again.with_columns(accepted_usd_bn=pl.col("accepted_usd_bn") + 1e-9)
    assert red_weeks(reconciled(history, pl.concat([history.operations, other]))) == [date(2025, 12, 17)]


def test_holdings_in_the_wrong_unit_turn_every_week_with_purchases_red(history: History) -> None:
    millions = pl.when(pl.col("series_id") == "treasuries_held").then(pl.col("value") * 1000).otherwise("value").alias("value")
    made = reconciled(history, observations=history.observations.with_columns(millions))
    assert len(red_weeks(made)) == 37


def test_a_feed_of_operations_that_dries_up_is_not_taken_for_inflation(history: History) -> None:
    silent = history.operations.filter((pl.col("family") == "repo") | (pl.col("operation_date") < date(2026, 2, 1)))
    made = reconciled(history, silent)
    assert len(red_weeks(made)) >= 25
    assert date(2026, 8, 12) in red_weeks(made)


def test_a_week_whose_operations_are_not_known_yet_is_pending(history: History) -> None:
    made = reconciled(history, history.operations.filter(pl.col("operation_date") <= date(2026, 8, 11)))
    assert (
        made.rows("select coverage, within_tolerance from mart.soma_reconciliation order by week_ending desc limit 2")
        == [("pending", None)] * 2
    )


@pytest.mark.parametrize("status", ["announced", "cancelled"])
def test_an_operation_that_was_only_announced_or_was_cancelled_counts_nowhere(history: History, status: str) -> None:
    row = history.operations.filter(pl.col("operation_id") == "OR 082026 25").with_columns(
        operation_id=pl.lit("OR 082126 25"), operation_date=date(2026, 8, 21), status=pl.lit(status)
    )
    made = history.warehouse(pl.concat([history.operations, row]))
    made.build(*TIMELINE)
    assert made.scalar("select max(cumulative_usd_bn) from mart.bill_purchases") == pytest.approx(346.427)
    told = made.rows("select type, status from mart.liquidity_timeline where event_id = 'operation treasury OR 082126 25'")
    assert told == [{"announced": ("OP_SCHEDULED", "planned"), "cancelled": ("OP_CANCELLED", "cancelled")}[status]]
