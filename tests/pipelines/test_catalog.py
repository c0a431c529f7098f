"""The catalog: every block of ours loads, and a wrong one is named by file, series and key."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from pipelines import calendars, catalog, releases, vendors
from pipelines.catalog import CatalogError, Series

ALL = catalog.load()
BLOCK = """
[[series]]
series_id = "mid_caps"
vendor = "yahoo"
shape = "price_bars"
frequency = "daily"
calendar = "XNYS"
release = "us_equity_close"
symbol = "^MID"
title = "Four hundred middle-sized companies"
publisher = "A publisher"
licence = "Personal use"
unit = "index points"
minimum = 50
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A catalog folder whose indices.toml is the test's own and whose other files are empty."""
    for name in catalog.GROUPS:
        (tmp_path / f"{name}.toml").touch()
    return tmp_path


def refusal(folder: Path, text: str) -> str:
    (folder / "indices.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError) as caught:
        catalog.load(folder)
    return str(caught.value)


def test_every_block_of_every_file_is_one_series():
    blocks = sum(path.read_text(encoding="utf-8").count("\n[[series]]") for path in catalog.FOLDER.glob("*.toml"))
    assert len(ALL) == blocks > 50
    assert {path.stem for path in catalog.FOLDER.glob("*.toml")} == set(catalog.GROUPS)


def test_ids_are_unique_and_in_our_own_words():
    assert [name for name, n in Counter(series.series_id for series in ALL).items() if n > 1] == []
    assert [series.series_id for series in ALL if not series.series_id.isidentifier() or series.series_id != series.series_id.lower()] == []


@pytest.mark.parametrize("series", ALL, ids=lambda series: series.series_id)
def test_what_a_row_names_exists(series: Series):
    assert vendors.module(series.vendor).VENDOR.name == series.vendor
    assert series.release in releases.RULES
    assert series.calendar in calendars.TRUSTED_FROM
    assert series.second_reading_of is None or catalog.by_id(series.second_reading_of).second_reading_of is None
    assert series.minimum is None or series.maximum is None or series.minimum < series.maximum
    assert series.vendor_unit != series.unit


def test_a_series_is_found_by_its_id_and_carries_the_group_of_its_file():
    assert catalog.by_id("russell_2000").symbol == "^RUT"
    groups = {name: catalog.by_id(name).group for name in ("sp500", "gold", "btc_usd", "sofr", "repo_operations")}
    assert groups == {"sp500": "index", "gold": "metals", "btc_usd": "crypto", "sofr": "liquidity", "repo_operations": "fed_operations"}
    with pytest.raises(KeyError, match="no_such_series"):
        catalog.by_id("no_such_series")


def test_one_more_block_is_enough(tmp_path: Path):
    shutil.copytree(catalog.FOLDER, tmp_path / "catalog", ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / "catalog" / "indices.toml"
    path.write_text(path.read_text(encoding="utf-8") + BLOCK, encoding="utf-8")
    [new] = set(catalog.load(tmp_path / "catalog")) - set(ALL)
    assert (new.series_id, new.group, new.minimum, new.record_claimable) == ("mid_caps", "index", 50.0, True)


def test_a_block_wins_over_the_defaults_of_its_file(folder):
    (folder / "indices.toml").write_text('[defaults]\nunit = "USD"\nmaximum = 7000\n' + BLOCK, encoding="utf-8")
    [series] = catalog.load(folder)
    assert (series.unit, series.maximum) == ("index points", 7000.0)


def test_a_series_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        ALL[0].unit = "EUR"


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ("minimum = 50", "minimun = 50", "minimun"),
        ("minimum = 50", 'minimum = "50"', "minimum"),
        ("minimum = 50", "minimum = true", "minimum"),
        ("minimum = 50", "minimum = nan", "minimum"),
        ("minimum = 50", "minimum = 50\nmaximum = 5", "maximum"),
        ("minimum = 50", "history_start = 1991-02-30T00:00:00", "indices.toml"),
        ("minimum = 50", 'history_start = "1991-06-19"', "history_start"),
        ("minimum = 50", "days_ahead = 1.5", "days_ahead"),
        ("minimum = 50", "optional = 1", "optional"),
        ('unit = "index points"\n', "", "unit"),
        ('symbol = "^MID"\n', "", "symbol"),
        ('shape = "price_bars"', 'shape = "price_bar"', "shape"),
        ('frequency = "daily"', 'frequency = "hourly"', "frequency"),
        ('calendar = "XNYS"', 'calendar = "NYSE"', "calendar"),
    ],
)
def test_a_wrong_block_is_named_by_file_series_and_key(folder, before, after, key):
    assert before in BLOCK
    text = refusal(folder, BLOCK.replace(before, after))
    assert "indices.toml" in text
    assert key in text
    assert "mid_caps" in text or "not TOML" in text


def test_a_block_without_a_series_id_is_named_by_its_file(folder):
    text = refusal(folder, BLOCK.replace('series_id = "mid_caps"\n', ""))
    assert "indices.toml" in text
    assert "series_id" in text


def test_all_that_is_wrong_with_a_block_is_said_at_once(folder):
    wrong = BLOCK.replace("minimum = 50", "minimun = 50").replace('unit = "index points"\n', "").replace('"daily"', '"hourly"')
    text = refusal(folder, wrong)
    assert all(key in text for key in ("minimun", "unit", "frequency"))


def test_an_id_may_stand_once_in_the_whole_catalog(folder):
    text = refusal(folder, BLOCK + BLOCK)
    assert "indices.toml" in text
    assert "mid_caps" in text
    (folder / "indices.toml").write_text(BLOCK, encoding="utf-8")
    (folder / "crypto.toml").write_text(BLOCK, encoding="utf-8")
    catalog.load.cache_clear()
    with pytest.raises(CatalogError, match=r"crypto\.toml.*mid_caps"):
        catalog.load(folder)


@pytest.mark.parametrize("text", ["[[series]", "series_id = mid_caps", '[[series]]\ntitle = "two\nlines"'])
def test_what_is_not_toml_is_named_by_its_file(folder, text):
    assert refusal(folder, text).startswith("indices.toml: not TOML")


@pytest.mark.parametrize("text", ["[default]\nunit = 'USD'", '[series]\nseries_id = "x"', 'series = ["x"]', "defaults = 3"])
def test_a_file_holds_defaults_and_series_blocks_and_nothing_else(folder, text):
    assert refusal(folder, text).startswith("indices.toml: ")


def test_a_file_that_no_group_reads_is_refused_rather_than_ignored(folder):
    (folder / "currencies.toml").write_text(BLOCK, encoding="utf-8")
    with pytest.raises(CatalogError, match=r"currencies\.toml"):
        catalog.load(folder)


def test_a_missing_file_is_named(folder):
    (folder / "metals.toml").unlink()
    with pytest.raises(CatalogError, match=r"metals\.toml"):
        catalog.load(folder)
