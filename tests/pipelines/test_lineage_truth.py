"""Lineage is true: a row made of nothing but the raw rows it names is the same row; without a named answer it is not.

One small warehouse of real history for all. Of every mart a row is opened: its answers lie in the archive and say the values;
then the raw tables are emptied of everything its lineage does not name, the tables on the way are built again, and the row
must come out as it was. What a model calls context stays as it is.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from pipelines import catalog, day, lineage, models, schemas, studies, vendors
from pipelines.folder import DataFolder
from pipelines.lineage import Ground
from pipelines.models import Model
from pipelines.schemas import SHAPES
from pipelines.sources import open_source
from pipelines.warehouse import Warehouse, query
from pipelines.warehouse.build import build

MOMENT = datetime(2026, 8, 21, 22, tzinfo=UTC)
PRICES = ("russell_2000", "btc_usd", "btc_usd_coinbase")
BALANCES = ("fed_total_assets", "treasury_general_account", "treasury_general_account_week_average", "on_rrp", "reserve_balances")
MORE_BALANCES = ("reserve_balances_week_average", "treasury_cash_daily", "treasuries_held", "soma_tips_inflation_compensation")
RATES = ("target_upper", "target_lower", "iorb", "on_rrp_rate", "effective_fed_funds_daily", "sofr", "treasury_1y", "fed_funds_futures")
SERIES = (*PRICES, *BALANCES, *MORE_BALANCES, *RATES, "treasury_outright_operations", "repo_operations")
CUT = (*(f"raw.{shape}" for shape in SHAPES), models.VERDICTS)
MARTS = {model.name: model for model in models.load() if model.schema == "mart"}
# Rows worth opening where the middle one says little; the others are taken from the middle of their table.
TOLD = {
    "mart.divergence_study": "n > 0",
    "mart.divergence_horizon_study": "n > 0 and horizon_unit = 'sessions'",
    "mart.drawdowns": "series_id = 'btc_usd'",
    "mart.net_liquidity": "definition = 'wednesday' and date = '2025-12-10'",
    "mart.desk_actions": "type = 'SETTLEMENT' and status = 'executed'",
    "mart.policy_actions": "type = 'ADMIN_RATE' and effective_date = '2025-12-11'",
    "mart.liquidity_timeline": "type = 'OP_RESULT' and executed_usd_bn is not null and net_liquidity_after_usd_bn is not null",
    "mart.soma_reconciliation": "n_settled > 0",
    "mart.rate_pressure": "fed_assets_change_usd_bn is not null and standing_repo_usd_bn is not null",
    "mart.policy_path": "status = 'OK'",
    "mart.cuts_priced": "status = 'OK' and proxy is not null",
    "mart.divergence_spells": "status = 'closed' and previous_end_date is not null and leader_basis = 'intraday'",
    "mart.divergences": "status = 'closed' and previous_end_date is not null",
    "mart.divergence_outcomes": "status = 'complete' and made_new_record",
    "mart.divergence_entries": "new_record_date is not null and ratio_regained_date is not null",
    "mart.divergence_horizons": "horizon_unit = 'sessions' and status = 'complete' and made_new_record and regained_ratio",
    "mart.co_highs": "window_sessions = 10",
}
# Marts of which every answer that a row names has a say in it. The others name more than they must: neighbours, an earlier state.
EACH_COUNTS = (
    "mart.drawdowns",
    "mart.record_highs",
    "mart.net_liquidity",
    "mart.divergences",
    "mart.rolling_correlation",
    "mart.co_high_days",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> DataFolder:
    made = DataFolder(tmp_path_factory.mktemp("lineage") / "data")
    done = day.run(open_source("history", shared / "history", MOMENT), made, lambda line: None, map(catalog.by_id, SERIES))
    assert done.published is not None, done.failed
    return made


@cache
def opened(folder: DataFolder, name: str) -> tuple[str, list[Ground]]:
    """The SELECT of one row of a mart, and its lineage."""
    keys = ", ".join(MARTS[name].grain)
    told = query(folder.market, f"select {keys} from {name} where {TOLD.get(name, 'true')} order by all")
    assert told.height, f"{name} has no such row on this history"
    key = told.row(told.height // 2, named=True)
    return lineage.rows_at(name, key), lineage.of_row(folder.market, name, key, folder.archive)


@cache
def said(folder: DataFolder, capture_id: str) -> pl.DataFrame:
    """What an answer in the archive says, read again by its vendor."""
    kept = folder.archive.read(capture_id)
    series = catalog.by_id(kept.request.series_id)
    parsed = vendors.module(series.vendor).parse(folder.archive.body(kept), series, kept.request)
    return schemas.validate(parsed, series, kept.captured_at.date())


@contextmanager
def only(folder: DataFolder, tmp_path: Path, model: Model, rows: str, without: str | None = None) -> Iterator[Warehouse]:
    """A copy of the warehouse in which the raw tables hold only what the row rests on, and the tables on the way are built of it.

    `without` is an answer that is left out as well.
    """
    shutil.copy(folder.path / "warehouse.duckdb", tmp_path / "warehouse.duckdb")
    below = reached(model)
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    with warehouse.writing():
        with warehouse.plain() as connection:
            for table in CUT:
                named = lineage.reached(model.name, rows, table) if table in below else f"select * from {table} limit 0"
                connection.execute(f"create temp table {named_of(table)} as {named}")
                if without and table != models.VERDICTS:
                    connection.execute(f"delete from {named_of(table)} where capture_id = ?", [without])
            for table in CUT:
                connection.execute(f"delete from {table}")
                connection.execute(f"insert into {table} from {named_of(table)}")
            for study in below & {f"study.{name}" for name in studies.STUDIES}:
                connection.execute(f"drop table {study}")
        for each in models.load():
            if each.name in below and models.VERDICTS in each.reads:
                build(warehouse, each, {})  # of the verdicts that are named; a day would ask the claims again
            elif each.name in below:
                day.make(warehouse, each, lambda line: None)
        yield warehouse


def named_of(table: str) -> str:
    return f"named_{table.removeprefix('raw.')}"


def reached(model: Model) -> set[str]:
    """The model's table and all below it."""
    found: set[str] = set()
    waiting = {model.name}
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= set(lineage.rests_on(name)) - found
    return found


@pytest.mark.parametrize("name", sorted(MARTS))
def test_the_answers_that_a_row_names_say_its_values(folder, name):
    rows, grounds = opened(folder, name)
    answers = [ground for ground in grounds if ground.capture_id]
    assert any(ground.path or ground.file for ground in grounds)
    for answer in answers:
        assert answer.path is not None and answer.path.exists(), answer
        kept = folder.archive.read(str(answer.capture_id))
        assert (kept.sha256, kept.url, kept.captured_at) == (answer.sha256, answer.url, answer.captured_at)
    for shape in SHAPES:
        if f"raw.{shape}" not in reached(MARTS[name]):
            continue
        columns = [*schemas.polars_schema(shape)]
        named = query(folder.market, lineage.reached(MARTS[name].name, rows, f"raw.{shape}"))
        told = {answer.capture_id: answer.rows for answer in answers if answer.table_name == f"raw.{shape}"}
        assert told == dict(named.group_by("capture_id").len().iter_rows())
        for (capture_id,), values in named.group_by("capture_id"):
            missing = values.select(columns).join(said(folder, str(capture_id)).select(columns), on=columns, how="anti", nulls_equal=True)
            assert missing.is_empty(), (capture_id, missing)


@pytest.mark.parametrize("name", sorted(MARTS))
def test_a_row_made_of_nothing_but_what_it_names_is_the_same_row(folder, name, tmp_path):
    rows, _ = opened(folder, name)
    with only(folder, tmp_path, MARTS[name], rows) as warehouse:
        assert warehouse.frame(rows).to_dicts() == query(folder.market, rows).to_dicts()


@pytest.mark.parametrize("name", EACH_COUNTS)
def test_without_one_of_the_answers_it_names_it_is_another_row_or_none(folder, name, tmp_path):
    rows, grounds = opened(folder, name)
    answers = [ground.capture_id for ground in grounds if ground.table_name in ("raw.price_bars", "raw.observations")]
    assert answers
    for capture_id in answers:
        with only(folder, tmp_path, MARTS[name], rows, without=capture_id) as warehouse:
            assert warehouse.frame(rows).to_dicts() != query(folder.market, rows).to_dicts(), capture_id
