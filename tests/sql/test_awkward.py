"""Real data that is wrong or dirty: refused by name, or cleaned by rule, each row explained."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from pipelines.sources import tables

UTC = dt.UTC


@pytest.fixture
def awkward(shared: Path) -> Path:
    return shared / "history" / "awkward"


def told(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of raw.price_bars, each known on the evening of its day."""
    known = pl.col("session_date").cast(pl.Datetime("us")).dt.replace_time_zone("UTC") + pl.duration(hours=22)
    return rows.drop_nulls("close").with_columns(series_id=pl.lit(name), known_at=known, capture_id=pl.lit("c"))


def listed(bench, name: str, group: str, calendar: str, rows: pl.DataFrame) -> list[tuple]:
    """What core.price_bars holds back of a series: day, reason."""
    series = pl.DataFrame([(name, group, calendar)], schema=["series_id", "group", "calendar"], orient="row")
    bench.give("raw.series", series)
    bench.give("raw.price_bars", told(name, rows))
    bench.build("core.price_bars", "core.sound_bars", "mart.drawdowns")
    return bench.rows(f"select session_date, quality, quality_reason from core.price_bars where series_id = '{name}' and quality <> 'ok'")


def test_the_bad_ticks_of_cper_are_held_back_with_their_reasons_and_no_other_bar(workbench, awkward):
    bars = pl.read_csv(awkward / "cper_adjusted_with_bad_tick_2014-12-04.csv.gz", try_parse_dates=True)
    bars = bars.rename({"Date": "session_date", **{name: name.lower() for name in ("Open", "High", "Low", "Close")}}).drop("Volume")
    with workbench.clean() as bench:
        found = listed(bench, "cper", "metals", "XNYS", bars)
        undone = "falls {} %, contradicted by the next session or a second vendor"
        assert found == [
            (dt.date(2014, 12, 4), "quarantined", undone.format("33.1")),  # 19.52, 13.05, 19.56
            (dt.date(2015, 2, 2), "quarantined", undone.format("28.7")),  # 16.68, 11.90, 17.34: of the same kind, and named nowhere
        ]
        [(lowest,)] = bench.rows("select min(drawdown) from mart.drawdowns where session_date between '2014-11-20' and '2014-12-20'")
        assert lowest > -0.35


@pytest.mark.parametrize("name", ["SPX", "NDX", "RUT", "DJI"])
def test_stale_values_on_weekends_are_held_back_and_nothing_else(workbench, awkward, name):
    wide = pl.read_csv(awkward / "asset_prices_with_weekend_rows.csv.gz", try_parse_dates=True, infer_schema_length=None)
    bars = wide.select(pl.col("date").alias("session_date"), pl.col(name).cast(pl.Float64).alias("close"))
    with workbench.clean() as bench:
        found = listed(bench, name, "index", "XNYS", bars)
        assert [row[0] for row in found] == [dt.date(2026, 8, day) for day in (1, 2, 15)]
        assert {row[2] for row in found} == {f"a {day}, on which this market is closed" for day in ("Saturday", "Sunday")}


def test_bitcoin_of_the_same_file_keeps_its_weekends(workbench, awkward):
    wide = pl.read_csv(awkward / "asset_prices_with_weekend_rows.csv.gz", try_parse_dates=True, infer_schema_length=None)
    with workbench.clean() as bench:
        bars = wide.select(pl.col("date").alias("session_date"), pl.col("BTC").cast(pl.Float64).alias("close"))
        assert listed(bench, "BTC", "crypto", "24x7", bars) == []


def test_a_table_with_repeated_dates_is_refused_with_its_first_repeated_row(awkward):
    with pytest.raises(tables.TableError, match="row 3: snapshot_date does not come after the row before"):
        tables.read(awkward / "fedwatch_history_with_duplicates.csv.gz", {"snapshot_date": pl.Date}, {"snapshot_date"})


def test_a_dividend_adjusted_copy_is_contradicted_by_the_price_on_every_day_before_the_last_dividend(workbench, awkward, shared):
    adjusted = pl.read_csv(awkward / "iwm_dividend_adjusted.csv.gz", try_parse_dates=True).select(
        pl.col("Date").alias("date"), pl.col("Close").alias("reading")
    )
    price = pl.read_csv(shared / "history/index/iwm_etf.csv.gz", try_parse_dates=True).select("date", pl.col("close").alias("reading"))
    both = price.join(adjusted, on="date", suffix="_adjusted")
    apart = both.filter((pl.col("reading_adjusted") / pl.col("reading") - 1).abs() > 0.0001)
    names = ["first_series_id", "series_id"]
    with workbench.clean() as bench:
        bench.give("core.series", pl.DataFrame([("iwm", "index"), ("iwm_adjusted", "index")], schema=["series_id", "group"], orient="row"))
        for name, rows in (("iwm", price), ("iwm_adjusted", adjusted)):
            bench.give("core.vendor_readings", rows.with_columns(**dict(zip(names, map(pl.lit, ("iwm", name)), strict=True))))
        bench.build("mart.vendor_disagreements")
        days = bench.rows("select date from mart.vendor_disagreements order by 1")
    assert [day for (day,) in days] == apart["date"].to_list()
    assert apart.height > 0.98 * both.height
