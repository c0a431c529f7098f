"""The whole day in a temporary folder: sample and history, twice, moved through January 2026, replayed."""

import shutil
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from pipelines import catalog, day, ingest, known_then, models
from pipelines.catalog import Series
from pipelines.folder import DataFolder, WrongSource
from pipelines.models import Model
from pipelines.schemas import SHAPES
from pipelines.sources import open_source
from pipelines.warehouse import query, reading

NOTED = {"core.claim_verdicts", "mart.claim_verdicts", "mart.claims"}  # they tell when claims were asked, run by run
STORY = datetime(2025, 12, 12, 10, 50, tzinfo=UTC)
NAMED = ("russell_2000", "sp500", "dow_jones", "btc_usd", "fed_total_assets")


def quiet(line: str) -> None:
    """Progress that nobody reads."""


def run(folder: Path, source: str, now: datetime | None, history: Path | None = None, series: list[Series] | None = None) -> day.Day:
    return day.run(open_source(source, history, now), DataFolder(folder), quiet, series)


def tables(market: Path, as_of: datetime | None = None, names: Collection[str] | None = None) -> dict[str, pl.DataFrame]:
    """The core and mart tables of a published file (all but NOTED, or those named), or what their as-of macros give, by key."""
    chosen = [model for model in models.load() if (model.name not in NOTED if names is None else model.name in names)]
    with reading(market) as ask:
        return {model.name: ask(ordered(model, as_of)) for model in chosen}


def ordered(model: Model, as_of: datetime | None = None) -> str:
    suffix = f"_as_of(timestamptz '{as_of.isoformat()}')" if as_of else ""
    columns = ", ".join(f'"{name}"' for name in model.output)
    return f"select {columns} from {model.name}{suffix} order by {', '.join(model.grain)}"


def undated(found: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables without the known_at of what is dated by a study's evaluation, of which a replay makes one, at the end."""
    studied = models.dated_by_evaluation()
    return {name: rows.drop("known_at", strict=False) if name in studied else rows for name, rows in found.items()}


def assert_equal(left: dict[str, pl.DataFrame], right: dict[str, pl.DataFrame]) -> None:
    for name, rows in left.items():
        assert rows.height == right[name].height, f"{name}: {rows.height} against {right[name].height} rows"
        assert rows.equals(right[name], null_equal=True), f"{name} differs"


@pytest.fixture(scope="module")
def published(sample_day: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a sample day, a copy of its own, so that more days may follow in it."""
    return shutil.copytree(sample_day.path, tmp_path_factory.mktemp("sample") / "data")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Path:
    """The published file of the morning of the story, of the series that it names."""
    folder = tmp_path_factory.mktemp("history") / "data"
    done = run(folder, "history", STORY, shared / "history", list(map(catalog.by_id, NAMED)))
    assert done.refused == [] and done.failed == []
    return folder / "market.duckdb"


def test_the_sample_day_says_that_it_is_one(published):
    market = published / "market.duckdb"
    unlabelled = query(
        market,
        "select table_name from duckdb_tables() where schema_name in ('core', 'mart') and coalesce(comment, '') not like 'SAMPLE%'",
    )
    assert unlabelled.is_empty()
    row = query(market, "select * from meta.run").row(0, named=True)
    assert (row["source"], row["label"][:6]) == ("sample", "SAMPLE")
    assert dict(row["rows"])["core.series"] == len(catalog.load())


def test_the_same_day_again_adds_no_row(published, sampled):
    before = tables(published / "market.duckdb") | tables(published / "market.duckdb", names=NOTED)
    again = run(published, "sample", None, series=sampled)
    assert again.captures == [] and again.published is not None
    assert_equal(before, tables(published / "market.duckdb") | tables(published / "market.duckdb", names=NOTED))


def test_a_later_moment_of_the_same_day_asks_again_and_adds_no_row(published, sampled):
    counts = {name: rows.height for name, rows in tables(published / "market.duckdb").items() if name != "core.captures"}
    again = run(published, "sample", datetime(2026, 4, 1, 12, 0, 30, tzinfo=UTC), series=sampled)
    assert again.captures and sum(loaded.rows for loaded in again.loaded) == 0
    assert {name: rows.height for name, rows in tables(published / "market.duckdb").items() if name != "core.captures"} == counts


def test_a_replay_into_an_empty_folder_gives_every_table_row_for_row(published, tmp_path):
    day.replay(DataFolder(published), DataFolder(tmp_path / "again"), quiet)
    assert_equal(undated(tables(published / "market.duckdb")), undated(tables(tmp_path / "again" / "market.duckdb")))
    key = ["article_id", "claim_id", "as_of", "definition_id"]
    kept, made = (tables(path / "market.duckdb", names=NOTED)["mart.claim_verdicts"] for path in (published, tmp_path / "again"))
    both = kept.join(made, on=key, suffix="_made")
    assert both.height == made.height > 0
    assert both["verdict"].equals(both["verdict_made"]) and both["observed_text"].equals(both["observed_text_made"])


def test_a_replay_never_writes_over_a_warehouse(published):
    with pytest.raises(FileExistsError, match="name an empty folder"):
        day.replay(DataFolder(published), DataFolder(published), quiet)


def test_a_folder_of_the_sample_takes_no_other_source(published, shared):
    with pytest.raises(WrongSource, match="holds sample data"):
        run(published, "history", STORY, shared / "history")


def test_every_series_that_history_holds_is_loaded_whole(tmp_path, shared):
    source, folder = open_source("history", shared / "history", STORY), DataFolder(tmp_path / "data")
    folder.claim(source.name, source.label)
    with folder.warehouse().writing() as warehouse:
        ingest.capture(source, folder.archive, warehouse, catalog.load(), quiet)
        assert {loaded.outcome for loaded in ingest.load(folder.archive, warehouse, quiet)} == {"accepted"}
        counted = " union all ".join(f"select series_id, count(*) as n from raw.{shape} group by series_id" for shape in SHAPES)
        loaded = warehouse.frame(counted)
    held = {series.series_id for series in catalog.load() if source.holds(series)}
    assert set(loaded["series_id"]) == held
    rows = dict(loaded.iter_rows())
    for series_id, path in {
        "russell_2000": "index/russell_2000",
        "btc_usd": "crypto/btc_usd",
        "gold": "metals/gold_lbma_pm",
        "copper_futures": "metals/copper_futures_nearest",
        "effective_fed_funds_daily": "fred/DFF",
        "treasury_cash_daily": "treasury/tga_closing_balance",
    }.items():
        published = pl.read_csv(shared / "history" / f"{path}.csv.gz")
        assert rows[series_id] >= published.filter(pl.col("date") < "2025-12-11").height, series_id


def test_the_facts_of_the_story_hold_to_the_cent(story):
    states = {row["series_id"]: row for row in query(story, "select * from mart.market_state").to_dicts()}
    sp500, bitcoin = states["sp500"], states["btc_usd"]
    assert (sp500["session_date"], round(sp500["close"], 2), sp500["is_at_record_close"]) == (date(2025, 12, 11), 6901.00, True)
    assert (sp500["record_intraday_date"], sp500["is_at_record_high"]) == (date(2025, 10, 29), False)
    assert states["russell_2000"]["is_at_record_close"] and states["dow_jones"]["is_at_record_close"]
    assert (bitcoin["session_date"], bitcoin["record_close_date"], bitcoin["record_intraday_date"]) == (
        date(2025, 12, 11), date(2025, 10, 6), date(2025, 10, 6),
    )  # fmt: skip
    assert round(bitcoin["drawdown"], 4) == round(92511.34 / 124752.53 - 1, 4) == -0.2584
    assert round(bitcoin["drawdown_from_intraday_peak"], 4) == round(92511.34 / 126198.07 - 1, 4) == -0.2669


def test_the_balance_sheet_of_wednesday_is_known_and_the_next_is_not(story):
    rows = query(story, "select date, value from core.observations where series_id = 'fed_total_assets' order by date desc limit 1")
    assert rows.row(0) == (date(2025, 12, 10), 6539.303)


@pytest.fixture(scope="module")
def january(tmp_path_factory: pytest.TempPathFactory, shared: Path):
    """Runs at seven moments of January 2026, days and hours apart, on one folder, each with what it published."""
    folder = tmp_path_factory.mktemp("january") / "data"
    moments = [datetime(2026, 1, 2, 12, tzinfo=UTC) + timedelta(days=n, hours=(n * 7) % 23) for n in range(0, 21, 3)]
    published = []
    for moment in moments:
        done = run(folder, "history", moment, shared / "history", list(map(catalog.by_id, JANUARY)))
        assert done.refused == [] and done.failed == []
        published.append((moment, done, tables(folder / "market.duckdb")))
    return folder, published


JANUARY = [
    "russell_2000", "eth_usd", "fed_total_assets", "treasury_general_account", "on_rrp", "treasury_general_account_week_average",
    "treasury_cash_daily", "treasury_outright_operations",
]  # fmt: skip


def test_each_day_adds_only_the_news_of_that_day(january):
    _, published = january
    for (before, _, _), (moment, done, _) in pairwise(published):
        added = {loaded.series_id: 0 for loaded in done.loaded}
        for loaded in done.loaded:
            added[loaded.series_id] += loaded.rows
        days = (moment.date() - before.date()).days + 1
        assert added["eth_usd"] <= days and added["russell_2000"] <= days and added["fed_total_assets"] <= 1, (moment, added)
    assert sum(loaded.rows for loaded in published[-1][1].loaded) < 60


@pytest.mark.parametrize("number", [0, 3])
def test_as_of_a_moment_gives_what_the_run_at_that_moment_had_published(january, number):
    folder, published = january
    moment, _, then = published[number]
    assert_equal(then, tables(folder / "market.duckdb", as_of=moment))


def test_made_once_for_many_questions_the_tables_are_those_of_every_run(january):
    folder, published = january
    for moment, _, then in published:
        with known_then.reading(folder / "market.duckdb", moment) as ask:
            assert_equal(then, {model.name: ask(ordered(model)) for model in models.load() if model.name in then})
