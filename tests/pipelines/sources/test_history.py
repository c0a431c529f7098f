"""A folder of history as a source: what comes back is what the files say, and nothing that was not out by the clock."""

import datetime as dt
import gzip
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines import catalog, releases
from pipelines.sources import Unreachable
from pipelines.sources.history import History
from pipelines.sources.rendered import DATED
from pipelines.sources.tables import TableError

MORNING = dt.datetime(2025, 12, 12, 10, 50, tzinfo=dt.UTC)
NOT_HELD = {
    *(f"{coin}_usd_{vendor}" for coin in ("btc", "eth") for vendor in ("kraken", "coinmetrics")),
    *(
        "palladium",
        "effr",
        "agency_outright_operations",
        "soma_bills",
        "soma_notes_bonds",
        "soma_total",
        "soma_tips_inflation_compensation",
    ),
    *(f"{rate}_nyfed" for rate in ("sofr", "effr", "obfr")),
}
HELD = [series for series in catalog.load() if series.series_id not in NOT_HELD]
# By hand, from the publishers' hours: the newest date out on Friday, 12 December 2025 at 05:50 in New York.
NEWEST = {
    "sp500": "2025-12-11",
    "gold": "2025-12-11",
    "copper_futures": "2025-12-11",
    "btc_usd": "2025-12-11",
    "btc_usd_coinbase": "2025-12-11",
    "sp500_fred": "2025-12-11",
    "fed_total_assets": "2025-12-10",
    "treasury_general_account": "2025-12-10",
    "treasury_cash_daily": "2025-12-10",
    "on_rrp": "2025-12-11",
    "sofr": "2025-12-10",
    "obfr": "2025-12-10",
    "effective_fed_funds_daily": "2025-12-10",
    "iorb": "2025-12-12",
    "target_upper": "2025-12-11",
    "vix": "2025-12-10",
    "treasury_10y": "2025-12-10",
    "m2": "2025-10-01",
    "repo_operations": "2025-12-11",
    "fed_funds_futures": "2025-12-11",
}


@pytest.fixture(scope="module")
def history(shared: Path) -> History:
    return History(shared / "history")


@pytest.fixture(scope="module")
def that_morning(shared: Path) -> History:
    return History(shared / "history", MORNING)


def small(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    written = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(written) if path.suffix == ".gz" else written)
    return folder


def test_the_folder_holds_every_series_but_these(history: History) -> None:
    assert {series.series_id for series in catalog.load() if not history.holds(series)} == NOT_HELD


@pytest.mark.parametrize("series", HELD, ids=lambda series: series.series_id)
def test_what_the_files_say_comes_back_through_the_vendors_own_format(history, ask, expected, series) -> None:
    read = ask(history, series)
    assert read.height > 100
    assert_frame_equal(read, expected(history, series), check_exact=True)


@pytest.mark.parametrize("series", HELD, ids=lambda series: series.series_id)
def test_nothing_comes_back_that_was_not_out(that_morning, ask, series) -> None:
    since = None if series.symbol == "M2SL" else dt.date(2025, 8, 1)
    dates = ask(that_morning, series, since)[DATED[series.shape]]
    assert not dates.is_empty()
    assert releases.release_times(series.release, dates).max() <= MORNING


@pytest.mark.parametrize(("series_id", "day"), NEWEST.items())
def test_the_newest_value_is_the_one_the_publishers_hours_give(that_morning, ask, newest, series_id, day) -> None:
    series = catalog.by_id(series_id)
    assert str(newest(ask(that_morning, series, dt.date(2025, 8, 1)), series)) == day


def test_the_first_operation_of_the_programme_is_not_out_before_its_hour(shared: Path, ask) -> None:
    series = catalog.by_id("treasury_outright_operations")
    late = History(shared / "history", dt.datetime(2025, 12, 12, 16, 30, tzinfo=dt.UTC))
    early = History(shared / "history", late.now() - dt.timedelta(minutes=1))
    assert "OR 121225 1" not in ask(early, series, dt.date(2025, 12, 1))["operation_id"]
    first = ask(late, series, dt.date(2025, 12, 12)).row(0, named=True)
    assert (first["operation_id"], first["submitted_usd"], first["accepted_usd"]) == ("OR 121225 1", 27_458_000_000, 8_167_000_000)
    assert (first["settlement_date"], first["maturity_end"]) == (dt.date(2025, 12, 15), dt.date(2026, 4, 9))


def test_the_standing_repo_of_a_day_is_out_a_minute_after_its_last_window(shared: Path, ask, newest) -> None:
    series = catalog.by_id("repo_operations")
    closed = dt.datetime(2025, 12, 31, 18, 46, tzinfo=dt.UTC)
    assert newest(ask(History(shared / "history", closed), series, dt.date(2025, 12, 1)), series) == closed.date()
    before = ask(History(shared / "history", closed - dt.timedelta(seconds=1)), series, dt.date(2025, 12, 1))
    assert newest(before, series) == dt.date(2025, 12, 30)


@pytest.mark.parametrize("series_id", ["sp500", "btc_usd_coinbase", "sofr", "treasury_cash_daily", "repo_operations", "copper_futures"])
def test_a_question_from_a_date_on_brings_nothing_older(history, ask, expected, series_id) -> None:
    series, since = catalog.by_id(series_id), dt.date(2025, 11, 3)
    dated = DATED[series.shape]
    assert_frame_equal(ask(history, series, since), expected(history, series).filter(pl.col(dated) >= since), check_exact=True)


def test_without_a_moment_it_is_noon_after_the_newest_equity_bar(history: History) -> None:
    assert history.now() == dt.datetime(2026, 8, 22, 12, tzinfo=dt.UTC)


def test_wednesdays_before_the_account_was_a_series_come_from_the_daily_statement(history: History) -> None:
    levels = history.published(catalog.by_id("treasury_general_account"))
    statements = history.table(catalog.by_id("treasury_cash_daily"))
    assert levels["date"].diff().drop_nulls().unique().to_list() == [dt.timedelta(days=7)]
    assert str(levels["date"][0]) == "2016-01-06"
    both = levels.join(statements, on="date")
    assert (both["value"] == both["value_right"]).all()


def test_on_a_holiday_the_account_stands_where_the_weeks_average_says(history: History) -> None:
    """WTREGEN is the mean of seven days. On 25 December 2024 no statement came out; only a carried balance gives its 764,770."""
    levels = history.published(catalog.by_id("treasury_general_account"))
    christmas = levels.filter(pl.col("date") == dt.date(2024, 12, 25))["value"].item()
    statements = history.table(catalog.by_id("treasury_cash_daily"))
    week = pl.DataFrame({"date": pl.date_range(dt.date(2024, 12, 19), dt.date(2024, 12, 24), eager=True)}).join_asof(statements, on="date")
    average = history.published(catalog.by_id("treasury_general_account_week_average")).filter(pl.col("date") == dt.date(2024, 12, 25))
    assert round((week["value"].sum() + christmas) / 7) == average["value"].item() == 764_770


def test_futures_are_the_contracts_listed_now(history, that_morning, ask) -> None:
    series = catalog.by_id("fed_funds_futures")
    listed = ask(history, series)["contract_month"].unique().sort()
    assert (listed[0], listed[-1], listed.len()) == ("2026-08", "2028-07", 24)
    traded = ask(that_morning, series, dt.date(2025, 12, 1))["contract_month"].unique().sort()
    assert (traded[0], traded[-1]) == ("2026-07", "2027-12")  # 24 months on; the earlier ones are in no file


def test_expired_contracts_of_the_old_file_are_there_on_their_day(shared: Path, ask) -> None:
    crisis = History(shared / "history", dt.datetime(2008, 9, 16, 12, tzinfo=dt.UTC))
    read = ask(crisis, catalog.by_id("fed_funds_futures"), dt.date(2008, 9, 1))
    assert read["contract_month"].min() == "2008-09"
    assert read["session_date"].max() == dt.date(2008, 9, 15)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError, match="no history folder .*elsewhere"):
        History(tmp_path / "elsewhere")


def test_a_folder_of_something_else_says_what_a_history_looks_like(tmp_path: Path) -> None:
    small(tmp_path, "index/readme.txt", "hello")
    with pytest.raises(FileNotFoundError, match=r"holds no history: expected files such as index/sp500.csv.gz"):
        History(tmp_path)


def test_a_folder_with_few_files_holds_few_series(tmp_path: Path, ask) -> None:
    folder = small(tmp_path, "fred/WALCL.csv", "date,value\n2025-12-03,6535781.0\n2025-12-10,6539303.0\n")
    few = History(folder)
    assert [series.series_id for series in catalog.load() if few.holds(series)] == ["fed_total_assets"]
    assert few.now() == dt.datetime(2025, 12, 11, 12, tzinfo=dt.UTC)  # the release of the 10th is four hours away
    assert ask(few, catalog.by_id("fed_total_assets"))["value"].to_list() == [6535.781]


def test_what_is_not_held_is_named_when_asked(tmp_path: Path, ask) -> None:
    few = History(small(tmp_path, "fred/WALCL.csv", "date,value\n2025-12-03,6535781.0\n"))
    with pytest.raises(Unreachable, match="holds no sp500"):
        ask(few, catalog.by_id("sp500"))
    with pytest.raises(FileNotFoundError, match=r"no file index/sp500.csv.gz"):
        few.table(catalog.by_id("sp500"))


def test_files_are_read_only_when_their_series_is_asked(tmp_path: Path, ask) -> None:
    small(tmp_path, "fred/WALCL.csv.gz", "date,value\n2025-12-03,6535781.0\n")
    source = History(small(tmp_path, "fred/TREAST.csv.gz", "nonsense"), MORNING)
    assert ask(source, catalog.by_id("fed_total_assets")).height == 1
    with pytest.raises(TableError, match=r"TREAST.csv.gz: no column date, value; there are nonsense"):
        ask(source, catalog.by_id("treasuries_held"))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("date,value\n2025-12-03,1\n2025-12-10,6.5.3\n", r"row 3: value reads '6\.5\.3', expected Float64"),
        ("date,value\n2025-12-03,nan\n", r"row 2: value reads 'nan'"),
        ("date,value\n2025-12-03,1\n10/12/2025,2\n", r"row 3: date reads '10/12/2025', expected Date"),
        ("date,value\n2025-12-03,1\n2025-12-10,2,3\n", r"row 3: 3 cells .*, the header has 2"),
        ("date,value\n2025-12-03,1\n2025-12-03,2\n", r"row 3: date does not come after the row before"),
        ("date,value\n,1\n", r"row 2: date is blank"),
        ("date,price\n2025-12-03,1\n", r"no column value; there are date, price"),
        ("", r"expected a header of distinct names in row 1"),
        (b"date,value\n\xff\xfe,1\n", r"not a CSV table"),
    ],
)
def test_a_file_that_is_no_table_is_refused_by_row(tmp_path: Path, text: str | bytes, complaint: str) -> None:
    source = History(small(tmp_path, "fred/WALCL.csv", text), MORNING)
    with pytest.raises(TableError, match=rf"WALCL\.csv: {complaint}"):
        source.table(catalog.by_id("fed_total_assets"))


def test_a_file_cut_off_while_copying_is_refused(tmp_path: Path) -> None:
    small(tmp_path, "fred/WALCL.csv.gz", "date,value\n" + "".join(f"{2000 + n}-01-01,{n}\n" for n in range(50)))
    path = tmp_path / "fred" / "WALCL.csv.gz"
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(TableError, match=r"WALCL.csv.gz: not a CSV table"):
        History(tmp_path, MORNING).table(catalog.by_id("fed_total_assets"))


def test_a_bar_without_a_close_is_refused(tmp_path: Path) -> None:
    text = "date,open,high,low,close,volume\n2025-12-10,1,2,1,2,0\n2025-12-11,1,2,1,,0\n"
    with pytest.raises(TableError, match=r"sp500\.csv\.gz: row 3: close is blank"):
        History(small(tmp_path, "index/sp500.csv.gz", text), MORNING).table(catalog.by_id("sp500"))
