"""The page on lineage keeps its word: its queries run in order on a published file and lead to an archived answer."""

import re
from pathlib import Path

import polars as pl
import pytest

from pipelines.folder import DataFolder
from pipelines.warehouse import query

QUERIES = re.findall(r"```sql\n(.*?)```", (Path(__file__).parents[1] / "docs" / "lineage.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def answers(sample_day: DataFolder) -> list[pl.DataFrame]:
    return [query(sample_day.market, sql) for sql in QUERIES]


def test_the_number_is_that_of_the_story(answers):
    assert len(answers) == 4
    assert round(answers[0]["drawdown_from_intraday_peak"].item(), 4) == -0.2669


def test_it_leads_to_a_body_in_the_archive(answers, sample_day):
    told = answers[1].filter(pl.col("sha256").is_not_null()).row(0, named=True)
    assert told["vendor"] == "yahoo" and str(told["last_date"]) == "2025-12-11"
    digest = told["sha256"]
    assert (sample_day.path / "captures" / "bodies" / digest[:2] / f"{digest}.gz").exists()


def test_as_of_then_it_rested_on_the_same_days(answers):
    raw = [answer.filter(pl.col("table_name") == "raw.price_bars").select("rows", "last_date").rows() for answer in answers[1:3]]
    assert raw[0] == raw[1] != []


def test_a_verdict_leads_to_the_answers_of_its_series(answers):
    assert set(answers[3]["series_id"]) == {"btc_usd"}
