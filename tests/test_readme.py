"""The README keeps its word: each of its queries runs on what `make run` makes, and says what its text says."""

import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipelines.folder import DataFolder
from pipelines.warehouse import query

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def answers(sample_day: DataFolder) -> list[pl.DataFrame]:
    return [query(sample_day.market, sql) for sql in QUERIES]


def test_there_are_five_queries_and_each_has_an_answer(answers):
    assert len(answers) == 5
    assert all(rows.height for rows in answers)


def test_the_reader_of_the_story_knew_eleven_december(answers):
    rows = {row["series_id"]: row for row in answers[1].to_dicts()}
    assert rows["russell_2000"]["session_date"] == date(2025, 12, 11) and rows["russell_2000"]["is_at_record_close"]
    assert round(rows["btc_usd"]["drawdown"], 4) == -0.2584
    assert round(rows["btc_usd"]["drawdown_from_intraday_peak"], 4) == -0.2669


def test_net_liquidity_disagrees_with_itself_in_the_week_to_17_december(answers):
    rows = answers[3].filter(pl.col("date") == date(2025, 12, 17))
    changes = dict(rows.select("definition", "change_usd_bn").iter_rows())
    assert changes["wednesday"] * changes["week_average"] < 0


def test_the_desks_first_purchase_is_found_down_to_its_answer(answers):
    first = answers[4].row(0, named=True)
    assert (first["operation_date"], first["settlement_date"]) == (date(2025, 12, 12), date(2025, 12, 15))
    assert (first["submitted_usd_bn"], first["accepted_usd_bn"]) == (27.458, 8.167)
    assert len(first["sha256"]) == 64
