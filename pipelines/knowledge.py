"""When a row could be known: `known_at`, how we know it, and which bars were not finished when they were read.

Owns the choice between the three methods of `known_at_method`; the release rules themselves are `pipelines.releases`.

    rule      what came out before we watched the series, and the release calendar dates it
    observed  what we saw appear
    vintage   ALFRED dates it to a day; on the day of its scheduled release, to that hour

No row is known later than the answer that held it.
"""

from datetime import UTC, datetime

import polars as pl

from pipelines import releases
from pipelines.archive import Capture
from pipelines.catalog import Series

DATED = {"price_bars": "session_date", "observations": "date", "operations": "operation_date"}
NOT_YET, ALWAYS = datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)  # values of `watched_since`
_NEW_YORK = "America/New_York"


def stamp(frame: pl.DataFrame, series: Series, kept: Capture, *, watched_since: datetime, held: pl.Series | None = None) -> pl.DataFrame:
    """The frame with known_at (Datetime us, UTC), known_at_method and capture_id.

    Args:
        watched_since: what came out after it was seen to appear: NOT_YET before the first pass, ALWAYS once a whole one is held.
        held: for each row, whether an earlier pass brought its key; what it says anew was seen to appear.
    """
    came = pl.lit(kept.captured_at).dt.cast_time_unit("us").dt.convert_time_zone("UTC")
    told = frame.with_columns(_released(frame, series).alias("released_at"))
    by_rule = (pl.col("released_at") <= came) & (pl.col("released_at") <= watched_since) & ~pl.lit(False if held is None else held)
    stamped = told.with_columns(
        pl.when(by_rule).then("released_at").otherwise(came).alias("known_at"),
        pl.when(by_rule).then(pl.lit("rule")).otherwise(pl.lit("observed")).alias("known_at_method"),
        pl.lit(kept.capture_id).alias("capture_id"),
    )
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
