"""Building a model: the new table stands only if every claim about it is true of every row; else the old one does, whole."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines import models
from pipelines.models import Model
from pipelines.warehouse import Warehouse, WarehouseError
from pipelines.warehouse.build import build, retire

TEXTS = {"series_id": "Our name of the series.", "close": "Last price, the vendor's own."}
CLOSE_IS_A_PRICE = {"close_is_a_price": "close > 0"}


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    with Warehouse(tmp_path / "warehouse.duckdb", label="SAMPLE figures").writing() as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sql" / "core").mkdir(parents=True)
    return tmp_path / "sql"


def give(warehouse: Warehouse, *rows: tuple[str, float | None]) -> None:
    """Let raw.closes hold these rows and nothing else."""
    warehouse.refer("closes", pl.DataFrame(rows, schema={"series_id": pl.String, "close": pl.Float64}, orient="row"), {})


def model(folder: Path, checks: dict[str, str] = CLOSE_IS_A_PRICE, select: str = "select series_id, close from raw.closes") -> Model:
    claims = "".join(f'{name} = "{claim}"\n' for name, claim in checks.items())
    read = "raw.nowhere" if "raw.nowhere" in select else "raw.closes"
    lineage = f'[rests_on]\n"{read}" = "up.series_id = row.series_id"\n'
    header = f'description = "What it closed at."\ngrain = ["series_id"]\n{lineage}[checks]\n{claims}'
    (folder / "core" / "closes.sql").write_text(f"/*\n{header}*/\n{select}\n", encoding="utf-8")
    models.load.cache_clear()
    [made] = models.load(folder)
    models.load.cache_clear()
    return made


def closes(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.frame("select * from core.closes order by all").rows()


def comments(warehouse: Warehouse) -> dict[str, str]:
    return dict(
        warehouse.frame("""
            select table_name as name, comment from duckdb_tables() where schema_name = 'core'
            union all select column_name, comment from duckdb_columns() where schema_name = 'core' order by 1
        """).rows()
    )


def test_a_good_table_stands_with_its_rows_columns_and_comments(warehouse, folder):
    give(warehouse, ("gold", 4200.5), ("silver", 58.0))
    built = build(warehouse, model(folder), TEXTS)
    assert (built.passed, built.rows, built.columns) == (True, 2, (("series_id", "VARCHAR"), ("close", "DOUBLE")))
    assert {audit.name: audit.offenders for audit in built.audits} == {"grain_is_unique": 0, "grain_is_not_null": 0, "close_is_a_price": 0}
    assert closes(warehouse) == [("gold", 4200.5), ("silver", 58.0)]
    assert comments(warehouse) == TEXTS | {"closes": "SAMPLE figures. What it closed at."}


@pytest.mark.parametrize(
    ("rows", "audit", "offenders"),
    [
        ([("gold", -1.0), ("silver", 0.0), ("copper", 5.0)], "close_is_a_price", 2),
        ([("gold", None)], "close_is_a_price", 1),
        ([("gold", 1.0), ("gold", 2.0), ("gold", 3.0), ("silver", 4.0)], "grain_is_unique", 2),
        ([(None, 1.0)], "grain_is_not_null", 1),
    ],
)
def test_a_refused_table_leaves_the_old_one_its_columns_and_its_comments(warehouse, folder, rows, audit, offenders):
    give(warehouse, ("gold", 4200.5))
    build(warehouse, model(folder), TEXTS)
    give(warehouse, *rows)
    wider = model(folder, select="select series_id, close, 2 * close as twice from raw.closes")
    built = build(warehouse, wider, {"series_id": "Another text.", "twice": "Twice."})
    assert not built.passed
    assert {found.name: found.offenders for found in built.audits if not found.passed} == {audit: offenders}
    assert closes(warehouse) == [("gold", 4200.5)]
    assert comments(warehouse) == TEXTS | {"closes": "SAMPLE figures. What it closed at."}


def test_a_refused_table_leaves_the_old_as_of_form(warehouse, folder):
    give(warehouse, ("gold", 4200.5))
    build(warehouse, model(folder), TEXTS)
    build(warehouse, model(folder, {"never": "false"}, "select series_id, close, 1 as one from raw.closes"), TEXTS)
    assert warehouse.frame("select * from core.closes_as_of(now())").columns == ["series_id", "close"]


def test_the_first_table_of_its_name_is_not_made_if_refused(warehouse, folder):
    give(warehouse, ("gold", -1.0))
    assert not build(warehouse, model(folder), TEXTS).passed
    assert warehouse.frame("select count(*) as n from duckdb_tables() where schema_name = 'core'").item() == 0


def test_every_claim_that_fails_is_told_not_only_the_first(warehouse, folder):
    give(warehouse, ("gold", -1.0), ("gold", 5000.0))
    built = build(warehouse, model(folder, CLOSE_IS_A_PRICE | {"close_is_small": "close < 100", "is_gold": "series_id = 'gold'"}), TEXTS)
    assert {audit.name: audit.offenders for audit in built.audits if not audit.passed} == {
        "grain_is_unique": 1,
        "close_is_a_price": 1,
        "close_is_small": 1,
    }
    assert next(audit.claim for audit in built.audits if audit.name == "close_is_small") == "close < 100"


def test_an_empty_table_breaks_no_claim(warehouse, folder):
    give(warehouse)
    built = build(warehouse, model(folder), TEXTS)
    assert (built.passed, built.rows) == (True, 0)


@pytest.mark.parametrize("select", ["select series_id, price as close from raw.closes", "select series_id, close from raw.nowhere"])
def test_a_select_that_does_not_run_is_named_by_its_file_and_changes_nothing(warehouse, folder, select):
    give(warehouse, ("gold", 4200.5))
    build(warehouse, model(folder), TEXTS)
    with pytest.raises(WarehouseError, match=r"^closes\.sql: "):
        build(warehouse, model(folder, select=select), TEXTS)
    assert closes(warehouse) == [("gold", 4200.5)]


def test_a_claim_that_does_not_run_is_named_by_its_file(warehouse, folder):
    give(warehouse, ("gold", 4200.5))
    with pytest.raises(WarehouseError, match=r"^closes\.sql: .*volume"):
        build(warehouse, model(folder, {"volume_is_there": "volume > 0"}), TEXTS)


def test_a_table_whose_model_is_gone_goes_with_its_macros_and_the_others_stay(warehouse, folder):
    give(warehouse, ("gold", 2.0))
    build(warehouse, model(folder), TEXTS)
    with warehouse.plain() as connection:
        connection.execute("create table study.closes as select 1 as one")
    assert retire(warehouse, {"core.closes"}) == [] and closes(warehouse) == [("gold", 2.0)]
    assert retire(warehouse, set()) == ["core.closes"]
    assert warehouse.tables() & {"core.closes", "raw.closes", "study.closes"} == {"raw.closes", "study.closes"}
    macros = "select function_name from duckdb_functions() where schema_name = 'core' and function_name like 'closes%'"
    assert warehouse.frame(macros).is_empty()


def test_a_later_build_goes_on_inside_the_same_opening(warehouse, folder):
    with warehouse.writing():
        for close, passes in ((-1.0, False), (1.0, True), (-2.0, False), (2.0, True)):
            give(warehouse, ("gold", close))
            assert build(warehouse, model(folder), TEXTS).passed is passes
        assert closes(warehouse) == [("gold", 2.0)]


def test_a_quote_in_a_text_is_a_quote_in_the_comment(warehouse, folder):
    give(warehouse, ("gold", 1.0))
    build(warehouse, model(folder), {"close": "The day's last; 'settlement' too."})
    assert comments(warehouse)["close"] == "The day's last; 'settlement' too."
