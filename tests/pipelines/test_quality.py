"""What the tables of data quality say of real history: the disagreements that are known, the holes, the grades, as of any moment."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipelines import catalog, day, quality
from pipelines.folder import DataFolder
from pipelines.sources import open_source
from pipelines.warehouse import query

AUGUST = datetime(2026, 8, 21, 22, tzinfo=UTC)
SERIES = ("sp500", "sp500_fred", "dow_jones", "dow_jones_fred", "nasdaq_100", "nasdaq_100_fred")
SERIES += ("btc_usd", "btc_usd_coinbase", "eth_usd", "eth_usd_coinbase", "copper_futures", "silver_futures", "vix")


@pytest.fixture(scope="module")
def august(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> DataFolder:
    """The day on the whole history of what has two vendors, and two futures."""
    folder = DataFolder(tmp_path_factory.mktemp("august") / "data")
    done = day.run(open_source("history", shared / "history", AUGUST), folder, lambda line: None, map(catalog.by_id, SERIES))
    assert done.published is not None, done.failed
    return folder


def test_the_days_on_which_vendors_really_differ_are_found_and_no_others_of_the_sp500_and_the_dow(august):
    rows = query(august.market, "select first_series_id, date, reading from mart.vendor_disagreements order by 1, 2")
    told = {name: rows.filter(first_series_id=name) for name in ("sp500", "dow_jones", "nasdaq_100", "btc_usd", "eth_usd")}
    assert told["sp500"].select("date", "reading").rows() == [(date(2019, 8, 12), 2883.75), (date(2021, 8, 11), 4447.7)]
    assert told["dow_jones"]["date"].to_list() == [date(2019, 8, 12)]
    assert told["nasdaq_100"]["date"].is_between(date(2003, 1, 1), date(2005, 12, 31)).sum() == 496
    assert (told["btc_usd"].height, told["eth_usd"].height) == (367, 234)


REAL = [  # what moved as no error could, and did happen
    ("copper_futures", date(2025, 7, 31)),
    ("silver_futures", date(2026, 1, 30)),
    ("sp500", date(2020, 3, 16)),
    ("sp500", date(2020, 3, 24)),
    ("dow_jones", date(2020, 3, 13)),
    ("nasdaq_100", date(2020, 3, 12)),
    ("btc_usd", date(2020, 3, 12)),
    ("btc_usd", date(2020, 3, 13)),
    ("sp500", date(1987, 10, 19)),
    ("sp500", date(1929, 10, 28)),
]


@pytest.mark.parametrize(("name", "when"), REAL)
def test_what_really_happened_is_not_quarantined(august, name, when):
    found = query(
        august.market,
        "select quality, high_quality, low_quality from core.price_bars where series_id = ? and session_date = ?",
        [name, when],
    )
    assert found.rows() == [("ok", "ok", "ok")]


def test_a_table_of_quality_as_of_a_moment_knows_what_was_due_then_and_no_more(august):
    ask = "select last_date, expected_date, grade from mart.data_quality_as_of(timestamptz '2025-12-12 10:50:00+00') where series_id = ?"
    assert query(august.market, ask, ["sp500"]).row(0)[:2] == (date(2025, 12, 11), date(2025, 12, 11))
    assert query(august.market, ask, ["btc_usd"]).row(0)[:2] == (date(2025, 12, 11), date(2025, 12, 11))
    before_the_close = ask.replace("10:50", "21:29")
    assert query(august.market, before_the_close, ["sp500"]).row(0)[:2] == (date(2025, 12, 11), date(2025, 12, 11))
    after_it = ask.replace("10:50", "21:31")
    assert query(august.market, after_it, ["sp500"]).row(0)[:2] == (date(2025, 12, 12), date(2025, 12, 12))


def test_copper_that_ended_in_may_is_bad_and_grave_and_the_sp500_is_good(august):
    concerns = {concern.name: quality.against(august.warehouse(), concern) for concern in quality.CONCERNS}
    series = {row["subject"]: row for row in concerns["every_series_is_good"].to_dicts()}
    assert series["copper_futures"]["told"] == "bad: the newest date is 2026-05-01, 2026-08-21 should be there"
    assert series["copper_futures"]["is_grave"]
    assert "sp500" not in series
    assert concerns["vendors_agree"].is_empty() and concerns["no_session_is_missing"].is_empty()
    assert quality.grades(august.warehouse())["sp500"]["grade"] == "good"


def test_the_rolls_of_a_future_are_marked_once_a_month(august):
    rolls = query(august.market, "select session_date from core.price_bars where series_id = 'copper_futures' and is_roll order by 1")
    months = {(day.year, day.month) for day in rolls["session_date"]}
    assert len(months) == rolls.height == 100  # January 2018 to April 2026
    assert date(2026, 1, 29) in rolls["session_date"].to_list()  # trading in the January contract ended on the 28th


def test_a_table_of_quality_as_of_the_moment_of_the_run_is_the_table_itself(august):
    """A second before it the answers of that run were not known: what nobody had asked for by then has the grade none."""
    plain, then = (
        query(august.market, f"from {table} order by series_id")
        for table in ("mart.data_quality", f"mart.data_quality_as_of(timestamptz '{AUGUST.isoformat()}')")
    )
    assert then.equals(plain)
    before = query(
        august.market, f"select distinct last_outcome from mart.data_quality_as_of(timestamptz '{AUGUST.isoformat()}' - interval 1 second)"
    )
    assert before["last_outcome"].to_list() == [None]
