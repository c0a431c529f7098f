"""When a row could be known: `known_at`, how we know it, and which bars were not finished when they were read.

Owns the choice between the three methods of `known_at_method`; the release rules themselves are `pipelines.releases`.

    rule      the first pass of a series: what it holds came out before we watched, and the release calendar dates it
    observed  every later pass: we saw it appear
    vintage   ALFRED dates it to a day; on the day of its scheduled release, to that hour

No row is known later than the answer that held it.
"""

from datetime import datetime

import polars as pl

from pipelines import releases
from pipelines.archive import Capture
from pipelines.catalog import Series

DATED = {"price_bars": "session_date", "observations": "date", "operations": "operation_date"}
_NEW_YORK = "America/New_York"


def stamp(frame: pl.DataFrame, series: Series, kept: Capture, *, is_first: bool) -> pl.DataFrame:
    """The frame with known_at (Datetime us, UTC), known_at_method and capture_id."""
    came = pl.lit(kept.captured_at).dt.cast_time_unit("us").dt.convert_time_zone("UTC")
    told = frame.with_columns(_released(frame, series).alias("released_at"))
    if is_first:
        known, method = (
            pl.min_horizontal("released_at", came),
            pl.when(pl.col("released_at") <= came).then(pl.lit("rule")).otherwise(pl.lit("observed")),
        )
    else:
        known, method = came, pl.lit("observed")
    stamped = told.with_columns(known.alias("known_at"), method.alias("known_at_method"), pl.lit(kept.capture_id).alias("capture_id"))
    if series.shape == "observations":
        stamped = _dated_by_vintage(stamped, came)
    return stamped


def finished(stamped: pl.DataFrame, series: Series, captured_at: datetime) -> pl.DataFrame:
    """Without the bars whose session had not ended, by the release rule, when they were read; and without the working column."""
    if series.shape == "price_bars":
        stamped = stamped.filter(pl.col("released_at") <= captured_at)
    return stamped.drop("released_at")


def _released(frame: pl.DataFrame, series: Series) -> pl.Series:
    """Release instants by rule; an operation with a closing time is out one minute after it (nyfed.md §1)."""
    dates = frame[DATED[series.shape]]
    ruled = releases.release_times(series.release, dates)
    if series.shape != "operations":
        return ruled
    closing = frame.select(
        (pl.col("operation_date").cast(pl.String) + " " + pl.col("close_time"))
        .str.to_datetime("%Y-%m-%d %H:%M", time_unit="us")
        .dt.replace_time_zone(_NEW_YORK)
        .dt.convert_time_zone("UTC")
        .dt.offset_by("1m")
        .alias("closing")
    )["closing"]
    return closing.zip_with(closing.is_not_null(), ruled)


def _dated_by_vintage(stamped: pl.DataFrame, came: pl.Expr) -> pl.DataFrame:
    day_ends = pl.col("vintage_date").cast(pl.Datetime("us")).dt.offset_by("1d").dt.replace_time_zone(_NEW_YORK).dt.convert_time_zone("UTC")
    on_schedule = pl.col("released_at").dt.convert_time_zone(_NEW_YORK).dt.date() == pl.col("vintage_date")
    known = pl.min_horizontal(pl.when(on_schedule).then(pl.col("released_at")).otherwise(day_ends), came)
    dated = pl.col("vintage_date").is_not_null()
    return stamped.with_columns(
        pl.when(dated).then(known).otherwise(pl.col("known_at")).alias("known_at"),
        pl.when(dated).then(pl.lit("vintage")).otherwise(pl.col("known_at_method")).alias("known_at_method"),
    )
