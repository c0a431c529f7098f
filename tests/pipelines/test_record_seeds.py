"""Cited records: each is what the history of its own series, or of the series it is a second reading of, says it was."""

from datetime import timedelta

import polars as pl
import pytest

from pipelines import catalog
from pipelines.catalog import RecordSeed, Series

SEEDED = [(series, seed) for series in catalog.load() for seed in series.record_seeds]
FILES = {
    "sp500": "index/sp500",
    "dow_jones": "index/dow_jones",
    "nasdaq_100": "index/nasdaq_100",
    "russell_2000": "index/russell_2000",
    "iwm": "index/iwm_etf",
    "gold": "metals/gold_lbma_pm",
    "silver": "metals/silver_lbma",
    "gold_futures": "metals/gold_futures_nearest",
    "silver_futures": "metals/silver_futures_nearest",
    "btc_usd": "crypto/btc_usd",
    "eth_usd": "crypto/eth_usd",
}


def closes(shared, series: Series) -> pl.DataFrame:
    """date, close of the series, or of the one it is another reading of."""
    frame = pl.read_csv(shared / "history" / f"{FILES[series.second_reading_of or series.series_id]}.csv.gz", try_parse_dates=True)
    return frame.select("date", close=pl.col("close" if "close" in frame.columns else "value").cast(pl.Float64)).drop_nulls()


@pytest.mark.parametrize(("series", "seed"), SEEDED, ids=lambda one: one.series_id if isinstance(one, Series) else str(one.made_on))
def test_a_cited_record_was_beaten_on_its_day_and_by_nothing_between(shared, series: Series, seed: RecordSeed):
    after = closes(shared, series).filter(pl.col("date") > seed.made_on)
    held = pl.col("date") < seed.beaten_on
    assert after.filter(held, pl.col("close") > seed.close + 0.005).is_empty()
    assert after.filter(pl.col("date") == seed.beaten_on)["close"].to_list() > [seed.close]


@pytest.mark.parametrize(("series", "seed"), SEEDED, ids=lambda one: one.series_id if isinstance(one, Series) else str(one.made_on))
def test_a_cited_record_is_the_highest_close_of_the_history_that_reaches_back_to_it(shared, series: Series, seed: RecordSeed):
    so_far = closes(shared, series).filter(pl.col("date") <= seed.made_on)
    if so_far.is_empty() or series.group == "crypto":
        pytest.skip("the history begins later, or is another vendor's than the cited one")
    assert so_far["close"].max() == pytest.approx(seed.close, abs=0.005)
    assert so_far.filter(pl.col("close") == so_far["close"].max())["date"][0] >= seed.made_on - timedelta(days=30)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [("beaten_on", "1980-01-21", "not later"), ("close", "-1.0", "0 < close <= high"), ("high", "849.0", "0 < close <= high")],
)
def test_a_seed_that_cannot_be_is_refused_by_file_and_series(tmp_path, field, value, told):
    folder = tmp_path / "catalog"
    folder.mkdir()
    for path in catalog.FOLDER.glob("*.toml"):
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    text = (folder / "metals.toml").read_text(encoding="utf-8")
    seed = {"made_on": "1980-01-21", "close": "850.0", "beaten_on": "2008-01-03"}
    before = "".join(f"{name} = {what}\n" for name, what in seed.items())
    assert before in text
    changed = "".join(f"{name} = {what}\n" for name, what in (seed | {field: value}).items())
    (folder / "metals.toml").write_text(text.replace(before, changed), encoding="utf-8")
    with pytest.raises(catalog.CatalogError, match=f"metals.toml: series gold: record_seeds.0: .*{told}"):
        catalog.load(folder)
