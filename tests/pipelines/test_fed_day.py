"""The Fed's part of the day on real history, from the vendors' wire to the published file, and asked by SQL as people ask."""

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipelines import catalog, day
from pipelines.__main__ import main
from pipelines.folder import DataFolder
from pipelines.sources import open_source
from pipelines.warehouse import query

NOW = datetime(2026, 8, 21, 22, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SERIES = [
    *("treasury_outright_operations", "repo_operations", "treasuries_held", "fed_total_assets"),
    *("treasury_general_account", "treasury_general_account_week_average", "treasury_cash_daily", "on_rrp", "on_rrp_rate"),
    *("reserve_balances", "reserve_balances_week_average", "target_upper", "target_lower", "iorb", "sofr"),
    *("effective_fed_funds_daily", "treasury_1y", "fed_funds_futures"),
]
# Accepted in the regular bill purchases of each cycle, added up by hand from the Desk's results (billion dollars).
CYCLES = {
    "2025-12-12": (7, "54.429"), "2026-01-15": (7, "55.363"), "2026-02-13": (7, "53.402"), "2026-03-13": (7, "53.807"),
    "2026-04-14": (6, "40.462"), "2026-05-14": (5, "26.305"), "2026-06-12": (5, "26.550"), "2026-07-14": (6, "27.623"),
    "2026-08-14": (2, "8.486"),
}  # fmt: skip


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Path:
    """What a day on the Fed's series of real history publishes."""
    folder = DataFolder(tmp_path_factory.mktemp("fed") / "data")
    done = day.run(open_source("history", shared / "history", NOW), folder, lambda line: None, map(catalog.by_id, SERIES))
    assert done.refused == [] and done.published is not None, done.failed
    return folder.market


@pytest.fixture(scope="module")
def operations(shared: Path) -> list[dict[str, str]]:
    """The file of outright operations, read here and now, every cell as it is written."""
    with (shared / "history" / "fed_operations" / "treasury_operations.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def rows(market: Path, sql: str) -> list[tuple[Any, ...]]:
    return query(market, sql).rows()


def dollars(billions: str) -> int:
    amount = Decimal(billions) * 10**9
    assert amount == int(amount), billions
    return int(amount)


def test_every_outright_operation_of_the_file_arrives_to_the_dollar(market, operations):
    written = {
        (
            row["operation_id"],
            row["date"],
            row["settlement_date"],
            row["operation_type"],
            dollars(row["submitted_b"]),
            dollars(row["accepted_b"]),
        )
        for row in operations
    }
    assert len(written) == len(operations) == 431
    for amounts, table in (("{0}_usd::bigint", "raw.operations"), ("round({0}_usd_bn * 1e9)::bigint", "core.fed_operations")):
        told = rows(
            market,
            f"""select operation_id, operation_date::varchar, settlement_date::varchar, operation_type,
            {amounts.format("submitted")}, {amounts.format("accepted")} from {table} where family = 'treasury'""",
        )
        assert sorted(told) == sorted(written), table


def test_no_amount_is_rounded_away_on_the_way(market, operations):
    """Not within a tolerance: the very number that billions of dollars give when they are divided once."""
    told = dict(rows(market, "select operation_id, accepted_usd_bn from core.fed_operations where family = 'treasury'"))
    assert told == {row["operation_id"]: dollars(row["accepted_b"]) / 1e9 for row in operations}


def test_the_first_bill_purchase_after_the_december_decision_is_found_by_sql(market):
    found = rows(
        market,
        """select o.operation_id, o.operation_date, o.settlement_date, o.submitted_usd_bn, o.accepted_usd_bn, c.outcome
        from core.fed_operations as o inner join core.captures as c using (capture_id)
        where o.operation_type = 'Outright Bill Purchase' and not o.is_small_value and o.operation_date > (
            select max(decision_date) from core.fomc_meetings where change_bp = -25 and decision_date < date '2026-01-01'
        ) order by o.operation_date limit 1""",
    )
    assert found == [("OR 121225 1", date(2025, 12, 12), date(2025, 12, 15), 27.458, 8.167, "accepted")]


def test_the_cycles_to_august_equal_the_sums_done_by_hand_without_the_exercises(market, operations):
    bills = [row for row in operations if row["operation_type"] == "Outright Bill Purchase" and row["date"] >= "2025-12-12"]
    by_hand = sum(Decimal(row["accepted_b"]) for row in bills if Decimal(row["accepted_b"]) >= Decimal("0.2"))
    assert by_hand == sum(Decimal(total) for _, total in CYCLES.values()) == Decimal("346.427")
    assert [row["operation_id"] for row in bills if Decimal(row["accepted_b"]) < Decimal("0.2")] == ["OR 022626 25"]
    told = rows(
        market,
        """select cycle_start::varchar, n_operations, round(executed_usd_bn * 1e9)::bigint, round(cumulative_usd_bn * 1e9)::bigint
        from mart.bill_purchases order by 1""",
    )
    assert [row[:3] for row in told] == [(start, n, dollars(total)) for start, (n, total) in CYCLES.items()]
    assert told[-1][3] == dollars("346.427")
    exercises = "select operation_id, accepted_usd_bn from core.fed_operations where is_small_value and operation_date >= '2025-12-12'"
    assert rows(market, f"{exercises} and operation_type = 'Outright Bill Purchase' order by 1")[0] == ("OR 022626 25", 0.075)


def test_in_the_week_to_17_december_the_two_definitions_have_opposite_signs_in_one_query(market):
    told = rows(
        market,
        """select definition, fed_total_assets_usd_bn, treasury_general_account_usd_bn, round(on_rrp_usd_bn, 4), round(change_usd_bn, 4)
        from mart.net_liquidity where date = '2025-12-17' and not is_estimate order by definition""",
    )
    # 6556.861 - 861.417 - 10.361 = 5685.083, after 6539.303 - 805.827 - 5.045 = 5728.431; averages: 5720.1224 after 5677.6216
    assert told == [("wednesday", 6556.861, 861.417, 10.361, -43.348), ("week_average", 6556.861, 833.093, 3.6456, 42.5008)]


def test_the_daily_estimate_takes_the_last_balance_sheet_known_and_is_marked(market):
    told = rows(
        market,
        """select date, fed_total_assets_usd_bn, treasury_general_account_usd_bn, on_rrp_usd_bn, round(net_liquidity_usd_bn, 3), is_estimate
        from mart.net_liquidity where definition = 'daily_estimate' and date between '2025-12-10' and '2025-12-12' order by date""",
    )
    # The statement of the 10th comes out on the 11th at 16:00, 32 minutes before the balance sheet of the 10th.
    assert told == [
        (date(2025, 12, 10), 6535.781, 805.827, 5.045, 5724.909, True),
        (date(2025, 12, 11), 6539.303, 792.667, 2.874, 5743.762, True),
        (date(2025, 12, 12), 6539.303, 792.465, 0.838, 5746.000, True),
    ]
    assert rows(market, "select count(*) from mart.net_liquidity where is_estimate <> (definition = 'daily_estimate')") == [(0,)]


# A value, the one before it, and the instant (UTC) from which it is known: by hand, from the publishers' New York hours.
RELEASES = [
    ("fed_total_assets", "2025-12-10", "2025-12-03", "2025-12-11 21:32"),  # H.4.1: Thursday 16:32
    ("fed_total_assets", "2025-11-26", "2025-11-19", "2025-11-28 21:32"),  # Thanksgiving: Friday
    ("fed_total_assets", "2024-12-25", "2024-12-18", "2024-12-27 21:32"),  # the Wednesday is Christmas: Friday
    ("fed_total_assets", "2025-03-05", "2025-02-26", "2025-03-06 21:32"),  # winter time
    ("fed_total_assets", "2025-03-12", "2025-03-05", "2025-03-13 20:32"),  # summer time since 9 March
    ("fed_total_assets", "2025-10-29", "2025-10-22", "2025-10-30 20:32"),
    ("fed_total_assets", "2025-11-05", "2025-10-29", "2025-11-06 21:32"),  # winter time since 2 November
    ("on_rrp", "2025-12-10", "2025-12-09", "2025-12-10 19:02"),  # the day itself, 14:02
    ("on_rrp", "2025-03-07", "2025-03-06", "2025-03-07 19:02"),
    ("on_rrp", "2025-03-10", "2025-03-07", "2025-03-10 18:02"),
    ("on_rrp", "2025-10-31", "2025-10-30", "2025-10-31 18:02"),
    ("on_rrp", "2025-11-03", "2025-10-31", "2025-11-03 19:02"),
    ("treasury_cash_daily", "2025-12-10", "2025-12-09", "2025-12-11 21:00"),  # the next bank day, 16:00
    ("treasury_cash_daily", "2025-03-06", "2025-03-05", "2025-03-07 21:00"),
    ("treasury_cash_daily", "2025-03-07", "2025-03-06", "2025-03-10 20:00"),
    ("treasury_cash_daily", "2025-10-30", "2025-10-29", "2025-10-31 20:00"),
    ("treasury_cash_daily", "2025-10-31", "2025-10-30", "2025-11-03 21:00"),
    ("treasury_cash_daily", "2025-11-26", "2025-11-25", "2025-11-28 21:00"),
]


@pytest.mark.parametrize(("series_id", "value", "before", "released"), RELEASES)
def test_a_value_is_known_from_its_release_on_and_not_a_microsecond_before(market, series_id, value, before, released):
    instant = datetime.fromisoformat(released).replace(tzinfo=UTC)
    newest = (
        f"select max(date)::varchar from core.observations_as_of(timestamptz '{{}}') where series_id = '{series_id}' and value is not null"
    )
    assert rows(market, newest.format(instant - MICROSECOND)) == [(before,)]
    assert rows(market, newest.format(instant)) == [(value,)]


@pytest.mark.parametrize(
    ("ts", "wednesday", "estimate"),
    [
        ("2025-12-11 20:00", "2025-12-03", "2025-12-09"),
        ("2025-12-11 21:00", "2025-12-03", "2025-12-10"),
        ("2025-12-11 21:40", "2025-12-10", "2025-12-10"),
        ("2025-11-27 23:00", "2025-11-19", "2025-11-25"),
        ("2025-11-28 21:40", "2025-11-26", "2025-11-26"),
        ("2025-03-13 20:31", "2025-03-05", "2025-03-12"),
        ("2025-03-13 20:32", "2025-03-12", "2025-03-12"),
    ],
)
def test_net_liquidity_as_of_a_moment_ends_with_the_newest_release(market, ts, wednesday, estimate):
    told = rows(
        market,
        f"""select definition, max(date)::varchar from mart.net_liquidity_as_of(timestamptz '{ts}+00')
        where definition <> 'week_average' group by definition order by definition""",
    )
    assert told == [("daily_estimate", estimate), ("wednesday", wednesday)]


def test_cuts_priced_around_the_december_decision_in_basis_points(market):
    told = rows(
        market,
        """select as_of_date::varchar, contract_month, settle, round(cuts_priced_bp, 6), status from mart.cuts_priced
        where horizon_months = 12 and as_of_date between '2025-12-10' and '2025-12-12' order by 1""",
    )
    # 3.64 (3.89 less the cut of the 10th) less 3.125, 3.100, 3.105
    assert told == [
        ("2025-12-10", "2026-12", 96.875, 51.5, "OK"),
        ("2025-12-11", "2026-12", 96.900, 54.0, "OK"),
        ("2025-12-12", "2026-12", 96.895, 53.5, "OK"),
    ]


def test_the_day_before_history_begins_says_what_is_missing_and_offers_a_labelled_proxy(market):
    first = rows(market, "select min(as_of_date)::varchar from mart.cuts_priced where horizon_months = 12 and status = 'OK'")
    assert first == [("2025-08-01",)]  # of the contracts listed in August 2026, the first to lie twelve months ahead of a day
    told = rows(
        market,
        """select as_of_date::varchar, cuts_priced_bp, status, missing, round(proxy_cuts_bp), proxy from mart.cuts_priced
        where horizon_months = 12 and as_of_date = '2025-07-31'""",
    )
    label = "effective rate less 1-year Treasury yield: the average of a year, term premium included"
    assert told == [("2025-07-31", None, "INSUFFICIENT_DATA", "settlement of 2026-07", 21.0, label)]  # 4.33 less 4.12


def test_every_week_that_the_data_covers_reconciles(market):
    told = rows(
        market,
        """select count(*), count(*) filter (where n_settled > 0), bool_and(within_tolerance),
        count(*) filter (where not within_plain_tolerance)
        from mart.soma_reconciliation where coverage = 'covered'""",
    )
    assert told == [(37, 34, True, 3)]


def test_every_decision_since_2018_agrees_with_freds_target_range(market):
    told = rows(market, "select agreement, count(*) from mart.policy_decisions group by 1 order by 1")
    assert told == [("agrees", 70), ("pending", 12)]
    unscheduled = "select decision_date::varchar, change_bp from core.fomc_meetings where not scheduled order by 1"
    assert rows(market, unscheduled) == [("2020-03-03", -50.0), ("2020-03-15", -100.0)]


def test_the_command_tells_the_december_decision_as_a_story_in_new_york_time(market):
    """Where the plan starts, what was bought of it by when, and what net liquidity did: read line by line."""
    done = CliRunner().invoke(main, ["timeline", "--data", str(market.parent), "--from", "2025-12-10", "--to", "2025-12-15"])
    assert done.exit_code == 0, done.output
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in done.output.splitlines() if line.startswith("│ 2025")]
    assert [row[0] for row in cells] == ["2025-12-10 14:00"] * 6 + [
        "2025-12-12 00:00", "2025-12-12 11:30", "2025-12-15 09:00", "2025-12-15 11:30", "2025-12-15 13:45",
    ]  # fmt: skip
    assert [row[1].split()[0] for row in cells[:6]] == ["Target", "The", "Interest", "Overnight", "Standing", "Reserve"]
    assert cells[5][2:] == ["planned", "40.000", "40.000", "54.429", "5,728.4", "5,685.1"]
    assert cells[7][2:] == ["executed", "8.167", "40.000", "8.167", "5,728.4", "5,685.1"]
    assert cells[8][3:6] == ["8.167", "", ""]  # settling is no second purchase
    assert "which the Desk does not tell apart" in " ".join(done.output.split())


def test_the_command_as_of_a_moment_knows_the_plan_and_no_purchase(market):
    words = ["--from", "2025-12-10", "--to", "2025-12-31", "--as-of", "2025-12-12T10:50Z"]
    told = CliRunner().invoke(main, ["timeline", "--data", str(market.parent), *words]).output
    assert "Reserve management purchases" in told
    assert "accepted of" not in told
    assert "2025-12-10 14:00" in told
    assert "5,685.1" not in told  # the level of the 17th
