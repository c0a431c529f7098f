"""Rates, balances and operations between their anchors.

Administered rates are held from one change to the next. Market rates that follow them keep to a line of their distance
from the target range, so that they turn on the day it does. Everything else keeps to the line from anchor to anchor,
with seeded noise that vanishes at both. Prices are `pipelines.sample.bridge`; which dates get a value, the release rules say.
"""

import random
from datetime import date, timedelta

import polars as pl

from pipelines import calendars, releases, sample
from pipelines.catalog import Series

HELD = {"target_upper", "target_lower", "iorb", "on_rrp_rate"}
FOLLOWERS = {"effective_fed_funds_daily", "sofr"}
NOISE = {"h41": 0.001, "dts": 0.01, "on_rrp": 0.03, "vix": 0.03, "h15": 0.005}  # largest deviation, of the value, by release
DECIMALS = {"USD millions": 0, "USD billions": 3}  # by the unit on the wire; rates and index points have two
LEAST_PURCHASE = 1_000  # USD millions: a smaller change of a week's holdings is inflation compensation, no purchase
SPREAD = 0.3  # of the ratio of submitted to accepted amounts


def observations(series: Series, until: date) -> pl.DataFrame:
    """date, value in the vendor's unit; ascending, from the first anchor to the last.

    Administered rates go on to `until`: the anchors name every change, and they hold without one.
    """
    anchors = sample.value_anchors()[series.series_id]
    first, last = anchors["date"][0], anchors["date"][-1]
    if series.series_id in HELD:
        return _held(anchors, _dates(series, first, until))
    if series.series_id in FOLLOWERS:
        return _followed(anchors, _dates(series, first, last), series)
    return _line(anchors, _dates(series, first, last), series)


def daily_cash(series: Series, weekly: pl.DataFrame, until: date) -> pl.DataFrame:
    """The daily statement of the account whose Wednesday levels are `weekly`: equal on Wednesdays, a noisy line between.

    After the last Wednesday the balance stays about where it was, to `until`.
    """
    beyond = pl.DataFrame({"date": [until + timedelta(days=7)], "value": weekly["value"].tail(1)})
    return _line(pl.concat([weekly, beyond]), _dates(series, weekly["date"][0], until), series)


def operations() -> pl.DataFrame:
    """The Desk's bill purchases, amounts in dollars, settled on the next bank day.

    In a week whose holdings rise although no anchored purchase settles, one purchase of just that rise is made. Where the
    fact sheet has no submitted amount, one is made from the accepted one: the ratio of the first operation, and noise.
    """
    anchors = _with_made_purchases(sample.operation_anchors())
    ratio = anchors["submitted_bn"][0] / anchors["accepted_bn"][0]
    spread = pl.Series([random.Random(name).uniform(1 - SPREAD, 1 + SPREAD) for name in anchors["operation_id"]])
    made = (pl.col("accepted_bn") * ratio * spread).round(3)
    return anchors.select(
        "operation_id",
        "operation_date",
        pl.Series("settlement_date", [calendars.next_session("FED", day) for day in anchors["operation_date"]], dtype=pl.Date),
        "operation_type",
        pl.lit("purchase").alias("direction"),
        (pl.col("submitted_bn").fill_null(made) * 1e9).round().alias("submitted_usd"),
        (pl.col("accepted_bn") * 1e9).round().alias("accepted_usd"),
        "maturity_start",
        "maturity_end",
    )


def _with_made_purchases(anchors: pl.DataFrame) -> pl.DataFrame:
    """The anchored operations and, named SAMPLE, those that the weekly anchors of Treasuries held ask for; ascending."""
    held = sample.value_anchors()["treasuries_held"].with_columns(
        pl.col("date").shift(1).alias("before"), pl.col("value").diff().alias("rise")
    )
    settled = [calendars.next_session("FED", day) for day in anchors["operation_date"]]
    weeks = [
        row
        for row in held.filter(pl.col("date") - pl.col("before") == timedelta(days=7)).iter_rows(named=True)
        if row["before"] > settled[0] and row["rise"] >= LEAST_PURCHASE and not any(row["before"] < day <= row["date"] for day in settled)
    ]
    made = pl.DataFrame(
        {
            "operation_id": [f"SAMPLE {row['before']:%m%d%y}" for row in weeks],
            "operation_date": [calendars.next_session("FED", row["before"]) for row in weeks],
            "operation_type": ["Outright Bill Purchase"] * len(weeks),
            "accepted_bn": [row["rise"] / 1000 for row in weeks],
        },
        schema_overrides={"operation_date": pl.Date},
    )
    return pl.concat([anchors, made], how="diagonal").sort("operation_date")


def _dates(series: Series, first: date, last: date) -> pl.DataFrame:
    """The dates from `first` to `last` that get a value, by the release rule of the series."""
    rule = releases.RULES[series.release]
    days = calendars.sessions("24x7" if rule.weekday else rule.dated_on or series.calendar, first, last)
    return pl.DataFrame({"date": [day for day in days if rule.weekday in (None, day.isoweekday())]})


def _held(anchors: pl.DataFrame, dates: pl.DataFrame) -> pl.DataFrame:
    return dates.join_asof(anchors, on="date")


def _followed(anchors: pl.DataFrame, dates: pl.DataFrame, series: Series) -> pl.DataFrame:
    """The rate as the lower end of the target range and a distance from it."""
    target = sample.value_anchors()["target_lower"]
    distances = anchors.with_columns(value=pl.col("value") - _held(target, anchors.select("date"))["value"])
    return _line(distances, dates, series).with_columns(value=(pl.col("value") + _held(target, dates)["value"]).round(_decimals(series)))


def _line(anchors: pl.DataFrame, dates: pl.DataFrame, series: Series) -> pl.DataFrame:
    rng = random.Random(series.series_id)
    known = anchors.with_columns(at="date")
    between = dates.join_asof(known, on="date").join_asof(known, on="date", strategy="forward", suffix="_after")
    gap = (pl.col("at_after") - pl.col("at")).dt.total_days()
    way = pl.when(gap > 0).then((pl.col("date") - pl.col("at")).dt.total_days() / gap).otherwise(0.0)
    noise = 1 + NOISE.get(series.release, 0) * 4 * way * (1 - way) * pl.Series([rng.uniform(-1, 1) for _ in range(dates.height)])
    value = (pl.col("value") + (pl.col("value_after") - pl.col("value")) * way) * noise
    return between.select("date", value.round(_decimals(series)))


def _decimals(series: Series) -> int:
    return DECIMALS.get(series.vendor_unit or series.unit, 2)
