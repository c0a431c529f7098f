"""The raw tables only grow, and only by what says something new."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines import schemas
from pipelines.warehouse import Warehouse, raw

START = datetime(2025, 12, 1, tzinfo=UTC)
DAY = date(2025, 11, 28)
TYPES = {"known_at": pl.Datetime("us", "UTC"), "known_at_method": pl.String, "capture_id": pl.String}
GOOD = {
    "observations": {"series_id": "on_rrp", "date": DAY, "value": 7.6},
    "price_bars": {
        "series_id": "sp500",
        "session_date": DAY,
        "open": 6822.5,
        "high": 6850.9,
        "low": 6819.8,
        "close": 6849.1,
        "volume": 2e9,
    },
    "operations": {"series_id": "tsy", "family": "treasury", "operation_id": "T1", "operation_date": DAY, "status": "announced"},
}


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with Warehouse(tmp_path / "warehouse.duckdb").writing() as made:
        yield made


def append(warehouse: Warehouse, shape: str, capture: int, *changes: dict[str, Any]) -> int:
    """Append one answer, known `capture` hours after the start unless a change says otherwise; the number of rows added."""
    stamps = {"known_at": START + timedelta(hours=capture), "known_at_method": "observed", "capture_id": f"c{capture}"}
    rows = pl.DataFrame([GOOD[shape] | stamps | change for change in changes], schema=schemas.polars_schema(shape) | TYPES)
    entry = dict.fromkeys(raw.LEDGER) | {"capture_id": f"c{capture}", "captured_at": stamps["known_at"]}
    return warehouse.append(shape, rows, entry)


def values(warehouse: Warehouse, what: str = "value", table: str = "observations") -> list[Any]:
    return warehouse.frame(f"select {what} as v from raw.{table} order by known_at")["v"].to_list()


@pytest.mark.parametrize("shape", schemas.SHAPES)
def test_the_same_answer_twice_adds_nothing(warehouse, shape):
    assert append(warehouse, shape, 1, {}) == 1
    assert append(warehouse, shape, 2, {}) == 0
    assert values(warehouse, "capture_id", shape) == ["c1"]


def test_the_ledger_counts_what_each_answer_added(warehouse):
    append(warehouse, "observations", 1, {}, {"date": DAY + timedelta(days=3)})
    append(warehouse, "observations", 2, {}, {"value": 7.7, "date": DAY + timedelta(days=3)})
    assert append(warehouse, "observations", 3) == 0
    ledger = warehouse.frame("select capture_id, rows from raw.captures order by capture_id")
    assert ledger.rows() == [("c1", 2), ("c2", 1), ("c3", 0)]


def test_a_revision_is_added_and_the_old_value_stays_also_when_it_comes_back(warehouse):
    for capture, value in enumerate((7.6, 7.6, 8.0, 8.0, 7.6)):
        append(warehouse, "observations", capture, {"value": value})
    assert values(warehouse) == [7.6, 8.0, 7.6]


def test_no_value_yet_says_nothing_and_the_value_is_added_when_it_comes(warehouse):
    assert append(warehouse, "observations", 1, {"value": None}) == 0
    assert append(warehouse, "observations", 2, {"value": None}) == 0
    assert append(warehouse, "observations", 3, {"value": 7.6}) == 1
    assert values(warehouse) == [7.6]


def test_a_value_that_is_withdrawn_is_kept_as_withdrawn_once(warehouse):
    for capture, value in enumerate((7.6, None, None, 7.6)):
        append(warehouse, "observations", capture, {"value": value})
    assert values(warehouse) == [7.6, None, 7.6]


def vintage(day: int, value: float | None) -> dict[str, Any]:
    return {
        "vintage_date": DAY + timedelta(days=day),
        "value": value,
        "known_at": START + timedelta(days=day),
        "known_at_method": "vintage",
    }


def test_vintages_are_merged_to_those_that_changed_the_value(warehouse):
    told = [vintage(day, value) for day, value in enumerate((None, 1.0, 1.0, 2.0, 2.0, None, 1.0))]
    assert append(warehouse, "observations", 100, *told) == 4
    known = [START + timedelta(days=day) for day in (1, 3, 5, 6)]
    assert warehouse.frame("select known_at, value from raw.observations order by 1").rows() == list(
        zip(known, (1.0, 2.0, None, 1.0), strict=True)
    )


def test_the_order_of_rows_in_an_answer_does_not_matter(warehouse):
    told = [vintage(day, value) for day, value in enumerate((1.0, 2.0, 2.0, 3.0))]
    assert append(warehouse, "observations", 100, *reversed(told)) == 3
    assert values(warehouse) == [1.0, 2.0, 3.0]


def test_a_window_that_begins_inside_a_vintage_adds_nothing_at_its_first_day(warehouse):
    append(warehouse, "observations", 100, vintage(1, 1.0), vintage(3, 2.0))
    assert append(warehouse, "observations", 101, vintage(4, 2.0), vintage(6, 3.0)) == 1
    assert values(warehouse) == [1.0, 2.0, 3.0]


def test_what_an_earlier_instant_knew_is_put_in_its_place(warehouse):
    append(warehouse, "observations", 100, vintage(1, 1.0), vintage(5, 2.0))
    assert append(warehouse, "observations", 101, vintage(2, 1.0), vintage(3, 1.5)) == 1
    assert values(warehouse) == [1.0, 1.5, 2.0]


def test_dates_series_and_contract_months_do_not_touch_each_other(warehouse):
    append(warehouse, "price_bars", 1, {}, {"session_date": DAY + timedelta(days=1)}, {"series_id": "dow_jones"})
    assert append(warehouse, "price_bars", 2, {"contract_month": "2026-01"}, {"contract_month": "2026-02"}, {}) == 2
    assert append(warehouse, "price_bars", 3, {"contract_month": "2026-01", "close": 6900.0}) == 1
    assert values(warehouse, "count(*)", "price_bars group by known_at") == [3, 2, 1]


@pytest.mark.parametrize("column", ["open", "high", "low", "close", "volume"])
def test_any_part_of_a_bar_may_be_revised(warehouse, column):
    append(warehouse, "price_bars", 1, {})
    assert append(warehouse, "price_bars", 2, {column: 6830.0}) == 1
    if column != "close":
        assert append(warehouse, "price_bars", 3, {column: None}) == 1


def test_an_operation_is_announced_then_has_results_and_a_mere_touch_is_no_news(warehouse):
    results = {"status": "results", "accepted_usd": 8.0e9, "vendor_updated_at": START}
    assert append(warehouse, "operations", 1, {}) == 1
    assert append(warehouse, "operations", 2, results) == 1
    assert append(warehouse, "operations", 3, results | {"vendor_updated_at": START + timedelta(days=1)}) == 0
    assert append(warehouse, "operations", 4, results | {"note": "Corrected."}, {"family": "repo"}) == 2
    assert values(warehouse, "status", "operations where family = 'treasury'") == ["announced", "results", "results"]


def test_as_of_holds_what_was_known_by_then_to_the_microsecond(warehouse):
    append(warehouse, "observations", 1, {})
    append(warehouse, "observations", 2, {"value": 8.0})
    for table in ("observations", "captures"):
        counts = [
            warehouse.frame(f"select count(*) as n from raw.{table}_as_of(?)", [START + moment]).item()
            for moment in (timedelta(0), timedelta(hours=1), timedelta(hours=2) - timedelta(microseconds=1), timedelta(hours=2))
        ]
        assert counts == [0, 1, 1, 2]


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_said_every_change_is_kept_and_nothing_else(warehouse, seed):
    chance = random.Random(seed)
    answers = [{n: chance.choice((None, 1.0, 2.0)) for n in range(3) if chance.random() < 0.7} for _ in range(8)]
    with warehouse.writing():
        for capture, answer in enumerate(answers):
            append(warehouse, "observations", capture, *({"date": DAY + timedelta(days=n), "value": value} for n, value in answer.items()))
        for n in range(3):
            told = [value for value, _ in groupby(answer[n] for answer in answers if n in answer)]
            changes = told[1:] if told[:1] == [None] else told
            assert values(warehouse, "value", f"observations where date = '{DAY + timedelta(days=n)}'") == changes
