"""Rates, decisions and the priced path on real history: what the tables say, and what turns their checks red."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines import policy
from pipelines.policy import daily
from pipelines.policy.path import cuts_priced
from tests.sql.fed_history import MARTS, History, Warehouse, named, real


@pytest.fixture
def history(shared: Path) -> History:
    """Real history."""
    return real(shared / "history")


@pytest.fixture(scope="module")
def built(shared: Path) -> Iterator[Warehouse]:
    """The tables under test on real history; not to be changed."""
    made = real(shared / "history").warehouse().build(*MARTS)
    yield made
    made.connection.close()


@pytest.mark.parametrize(
    "table",
    [
        "core.fomc_meetings",
        "core.desk_plans",
        "core.policy_events",
        *MARTS,
    ],
)
def test_every_claim_holds_on_real_history_now_and_as_of_a_day_in_between(built: Warehouse, table: str) -> None:
    assert built.broken(table) == {}
    assert built.scalar(f"select count(*) from {table}") > 0
    then = built.scalar(f"select max(known_at) from {table}_as_of(timestamptz '2026-01-20 12:00+00')")
    assert then <= datetime(2026, 1, 20, 12, tzinfo=UTC)
    late = f"{table}_as_of(timestamptz '9999-01-01 00:00+00')"
    assert built.rows(f"(from {table} except all from {late}) union all (from {late} except all from {table})") == []


FAULTS = {  # what one wrong row of a table built on real history would say, by the check that must see it
    "core.fomc_meetings": {
        "range_has_two_limits": "upper_percent = null, lower_percent = 3.5",
        "lower_is_below_upper": "lower_percent = 4, upper_percent = 4",
        "takes_effect_after_the_decision": "effective_date = decision_date",
        "cancelled_decides_nothing": "cancelled_at = decision_at, lower_percent = 3.5",
    },
    "mart.bill_purchases": {
        "settled_is_not_above_executed": "settled_usd_bn = executed_usd_bn + 0.001",
        "cycle_is_in_order": "cycle_end = cycle_start",
        "split_is_said": "split = 'inferred', reinvestment_usd_bn = null",
        "operations_lie_in_their_cycle": "first_operation_date = cycle_start - 1, n_operations = 1",
    },
    "mart.soma_reconciliation": {
        "holdings_move_by_what_settled": "coverage = 'covered', within_tolerance = false",
        "covered_weeks_are_judged": "coverage = 'covered', within_tolerance = true, within_plain_tolerance = null",
    },
    "mart.rate_pressure": {
        "spread_is_possible": "sofr_minus_iorb_bp = 600",
        "standing_repo_is_not_negative": "standing_repo_usd_bn = -0.001",
        "year_end_is_a_quarter_end": "is_year_end = true, is_quarter_end = false",
    },
    "mart.cuts_priced": {
        "status_says_whether_there_is_a_number": "status = 'OK', cuts_priced_bp = null",
        "what_is_missing_is_said": "status = 'INSUFFICIENT_DATA', missing = null",
        "cuts_are_possible": "cuts_priced_bp = 1000",
        "proxy_is_labelled": "proxy_cuts_bp = 1, proxy = null",
    },
    "mart.policy_path": {
        "status_says_whether_there_are_probabilities": "status = 'OK', probabilities = null",
        "what_is_missing_is_said": "status = 'INSUFFICIENT_DATA', missing = null",
        "probabilities_sum_to_one": "probabilities = [{'lower_bp': 350, 'probability': 0.9}]",
        "meeting_lies_ahead": "meeting_date = as_of_date",
    },
}


@pytest.mark.parametrize(("table", "claim"), [(table, claim) for table, faults in FAULTS.items() for claim in faults])
def test_each_claim_about_a_table_without_cases_of_its_own_sees_the_row_that_breaks_it(built: Warehouse, table: str, claim: str) -> None:
    built.connection.execute("begin transaction")
    try:
        built.connection.execute(f"update {table} set {FAULTS[table][claim]} where rowid = (select max(rowid) from {table})")
        assert built.broken(table)[claim] == 1
    finally:
        built.connection.execute("rollback")


def test_no_claim_about_them_is_left_out() -> None:
    assert {table: set(named(table).checks) for table in FAULTS} == {table: set(faults) for table, faults in FAULTS.items()}


def test_the_year_end_of_2025_is_standing_repo_and_not_an_injection(built: Warehouse) -> None:
    last, after = built.rows("""
        select
            sofr_minus_iorb_bp, effr_minus_iorb_bp, standing_repo_usd_bn, is_quarter_end,
            fed_assets_change_usd_bn, fed_assets_change_without_repo_usd_bn
        from mart.rate_pressure where date in ('2025-12-31', '2026-01-07') order by date
    """)
    assert last == (pytest.approx(22), pytest.approx(-1), 74.6, True, pytest.approx(59.387), pytest.approx(-14.710))
    assert after == (pytest.approx(0), pytest.approx(-1), 0.0, False, pytest.approx(-67.016), pytest.approx(7.584))


def test_at_the_year_end_the_dearest_repo_and_the_calmest_are_told_beside_the_rate(built: Warehouse) -> None:
    told = built.rows("""
        select round(tgcr_minus_iorb_bp), round(sofr_99th_percentile_minus_sofr_bp), round(sofr_minus_on_rrp_rate_bp)
        from mart.rate_pressure where date in ('2025-12-10', '2025-12-31') order by date
    """)
    assert told == [(-3, 8, 15), (17, 13, 37)]  # FRED: TGCR 3.87, 3.82; SOFR99 3.98, 4.00; SOFR 3.90, 3.87; IORB 3.90, 3.65


def test_pressure_is_measured_as_the_domain_sheet_measured_it(built: Warehouse) -> None:
    days = built.rows(
        "select date, sofr_minus_iorb_bp from mart.rate_pressure where date in ('2025-10-31', '2025-12-10', '2025-12-15') order by 1"
    )
    assert [round(spread) for _, spread in days] == [32, 0, 10]
    easter = "select date, is_quarter_end, sofr_percent is null from mart.rate_pressure where date between '2024-03-28' and '2024-04-01'"
    assert built.rows(f"{easter} order by 1") == [  # repo does not trade on Good Friday: the quarter ends on the day before
        (date(2024, 3, 28), True, False),
        (date(2024, 3, 29), False, True),
        (date(2024, 4, 1), False, False),
    ]
    ends = built.rows("select date from mart.rate_pressure where is_quarter_end and date between '2025-01-01' and '2026-06-30' order by 1")
    assert ends == [
        (date(y, m, d),) for y, m, d in ((2025, 3, 31), (2025, 6, 30), (2025, 9, 30), (2025, 12, 31), (2026, 3, 31), (2026, 6, 30))
    ]


def test_several_repo_operations_a_day_are_summed(history: History) -> None:
    day = history.operations.filter((pl.col("family") == "repo") & (pl.col("operation_date") == date(2025, 12, 31)))
    again = day.with_columns(operation_id=pl.lit("RP 2"), accepted_usd_bn=pl.lit(0.4))
    made = history.warehouse(pl.concat([history.operations, again])).build("mart.rate_pressure")
    assert made.scalar("select standing_repo_usd_bn from mart.rate_pressure where date = '2025-12-31'") == pytest.approx(75.0)


def test_cuts_priced_around_the_december_decision_in_basis_points(built: Warehouse) -> None:
    told = built.rows("""
        select as_of_date, contract_month, last_rate_percent, decided_change_bp, settle, round(cuts_priced_bp, 6), status
        from mart.cuts_priced
        where horizon_months = 12 and as_of_date between '2025-12-09' and '2025-12-12' order by 1
    """)
    assert told == [
        (date(2025, 12, 9), "2026-12", 3.89, 0.0, 96.84, 73.0, "OK"),
        (date(2025, 12, 10), "2026-12", 3.89, -25.0, 96.875, 51.5, "OK"),
        (date(2025, 12, 11), "2026-12", 3.89, -25.0, 96.9, 54.0, "OK"),
        (date(2025, 12, 12), "2026-12", 3.64, 0.0, 96.895, 53.5, "OK"),
    ]


def test_before_history_and_after_it_the_answer_is_insufficient_data_with_a_labelled_proxy(built: Warehouse) -> None:
    told = built.rows("""
        select as_of_date, cuts_priced_bp, status, missing, round(proxy_cuts_bp), proxy from mart.cuts_priced
        where horizon_months = 12 and as_of_date in ('2024-07-30', '2025-06-30', '2025-07-01', '2026-08-03') order by 1
    """)
    label = "effective rate less 1-year Treasury yield: the average of a year, term premium included"
    assert told[0][1:4] == (None, "INSUFFICIENT_DATA", "settlement of 2025-07")
    assert told[1] == (date(2025, 6, 30), None, "INSUFFICIENT_DATA", "settlement of 2026-06", 36.0, label)
    assert told[2][1:4] == (pytest.approx(108.0), "OK", None)
    assert told[3][2:4] == ("INSUFFICIENT_DATA", "settlement of 2027-08")


def test_cuts_are_what_the_pure_function_says(built: Warehouse) -> None:
    rows = built.rows("""
        select as_of_date, horizon_months, effective_rate_percent, cuts_priced_bp, missing from mart.cuts_priced
        where as_of_date > '2026-01-01'
    """)
    curves: dict[date, dict[str, float]] = {}
    for month, day, settle in built.rows("select contract_month, trade_date, settle from core.futures_settlements"):
        curves.setdefault(day, {})[month] = settle
    assert len(rows) > 500
    for day, horizon, rate, cuts, missing in rows:
        expected = cuts_priced(day, curves.get(day, {}), rate, horizon)
        assert (cuts, missing) == (pytest.approx(expected.cuts_bp) if expected.cuts_bp is not None else None, expected.missing)


def test_the_priced_path_of_the_last_day_of_july_says_a_rise_in_september(built: Warehouse) -> None:
    first = built.rows("""
        select meeting_date, status, unnest(probabilities).lower_bp as lower_bp, round(unnest(probabilities).probability, 4) as probability
        from mart.policy_path where as_of_date = '2026-07-31' order by meeting_date, lower_bp limit 2
    """)
    assert first == [(date(2026, 9, 16), "OK", 350, 0.29), (date(2026, 9, 16), "OK", 375, 0.71)]


def test_cmes_golden_curve_gives_cmes_published_probabilities_by_sql(history: History, shared: Path) -> None:
    curve = pl.read_csv(shared / "recordings" / "cme" / "zq_curve_20260714.csv", try_parse_dates=True).select(
        pl.format("{}-{}", "contract_year", pl.col("contract_month").cast(pl.String).str.zfill(2)).alias("contract_month"),
        pl.col("as_of_date").alias("trade_date"),
        pl.col("close_price").alias("settle"),
        pl.lit(datetime(2026, 7, 14, 22, tzinfo=UTC)).alias("known_at"),
    )
    made = history.warehouse()
    made.table("study.policy_path", daily.policy_path(curve, made.connection.sql("from core.fomc_meetings").pl()))
    made.build("mart.policy_path")
    published = pl.read_csv(shared / "recordings" / "cme" / "fedwatch_probabilities_20260714.csv", try_parse_dates=True)
    made.table("raw.published", published, None)
    told = made.rows("""
        with ours as (
            select meeting_date, unnest(probabilities).lower_bp as rate_low, unnest(probabilities).probability as probability
            from mart.policy_path where as_of_date = '2026-07-14' and status = 'OK'
        )
        select published.meeting_date, count(*), max(abs(
            round(100 * coalesce(ours.probability, 0), 1) - coalesce(published.probability_pct, 0)
        ))
        from raw.published as published left join ours using (meeting_date, rate_low)
        where published.meeting_date <= '2027-06-09' -- the last that the thirteen contracts reach
        group by 1 order by 1
    """)
    assert len(told) == 8
    assert all(n == 9 and apart < 0.1001 for _, n, apart in told), told


def test_in_december_history_lacks_the_contracts_of_the_next_meetings_and_says_so(built: Warehouse) -> None:
    told = built.rows("select meeting_date, status, missing from mart.policy_path where as_of_date = '2025-12-11' order by 1 limit 2")
    assert told[0] == (date(2026, 1, 28), "INSUFFICIENT_DATA", "settlement of 2025-12, 2026-01, 2026-02")
    assert told[1][1:] == ("INSUFFICIENT_DATA", "settlement of 2026-02, 2026-03, 2026-04, 2026-05")


def test_a_change_of_the_range_without_a_meeting_is_red_and_so_is_a_decision_that_did_not_arrive(history: History) -> None:
    later = (pl.col("series_id").is_in(["target_upper", "target_lower"])) & (pl.col("date") >= date(2026, 8, 10))
    moved = history.observations.with_columns(pl.when(later).then(pl.col("value") - 0.25).otherwise("value").alias("value"))
    made = history.warehouse(observations=moved).build("mart.policy_decisions")
    assert made.broken("mart.policy_decisions") == {"no_change_without_a_meeting": 1}
    december = (pl.col("series_id").is_in(["target_upper", "target_lower"])) & (pl.col("date") >= date(2025, 12, 11))
    stayed = history.observations.with_columns(pl.when(december).then(pl.col("value") + 0.25).otherwise("value").alias("value"))
    made = history.warehouse(observations=stayed).build("mart.policy_decisions")
    assert made.rows("select effective_date, agreement from mart.policy_decisions where agreement <> 'agrees' order by 1 limit 1") == [
        (date(2025, 12, 11), "change_did_not_arrive")
    ]


def test_a_meeting_held_since_takes_its_range_from_fred_and_is_not_red(history: History) -> None:
    meetings = policy.fomc_meetings().filter((pl.col("decision_date") != date(2025, 12, 10)) | pl.col("lower_percent").is_null())
    made = history.warehouse()
    made.table("raw.fomc_meetings", meetings)
    made.build("core.fomc_meetings", "mart.policy_decisions")
    row = "select lower_percent, upper_percent, range_source, change_bp from core.fomc_meetings where decision_date = '2025-12-10'"
    assert made.rows(row) == [(3.5, 3.75, "fred", -25.0)]
    assert made.broken("mart.policy_decisions") == {}
    assert made.rows("select agreement from mart.policy_decisions where effective_date = '2025-12-11'") == [("unrecorded",)]
