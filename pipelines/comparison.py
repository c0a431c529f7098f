"""Comparison of an answer with what is held: a change of unit, a silent vendor, a history that was lost.

Owns why an answer that is sound in itself is refused. The checks on a frame alone belong to `pipelines.schemas`; what is
said about single bars and their second readings to the models.
"""

from datetime import date
from typing import Any

import polars as pl

from pipelines import knowledge, releases
from pipelines.archive import Capture
from pipelines.catalog import Series
from pipelines.vendors import Refused
from pipelines.warehouse import Warehouse, raw

AMOUNTS = {"price_bars": "close", "observations": "value", "operations": "accepted_usd"}  # what shows a change of unit
MANY_DATES = 10  # held for the span of an answer before half of them missing says something


def compare(frame: pl.DataFrame, series: Series, kept: Capture, warehouse: Warehouse) -> None:
    """Nothing, where the frame that was read from an answer can stand beside what is held of the series.

    Raises:
        Refused: every value is off by one factor, not one row came where some must be, or half of the history is gone.
    """
    _refuse_a_rescaled(frame, series, kept, warehouse)
    _refuse_an_empty_pass(frame, series, kept, warehouse)
    _refuse_a_thinned(frame, series, warehouse)


def _refuse_a_rescaled(frame: pl.DataFrame, series: Series, kept: Capture, warehouse: Warehouse) -> None:
    """Refuse values that differ from the ones held for the same dates by one common factor: a unit has changed."""
    if kept.since is None or frame.is_empty():
        return
    dated, value = knowledge.DATED[series.shape], AMOUNTS[series.shape]
    keys = [key for key in raw.KEYS[series.shape] if key != "series_id"]
    held = warehouse.frame(
        f"""select {", ".join(keys)}, {value} as held from raw.{series.shape} where series_id = ? and {dated} >= ?
        qualify row_number() over (partition by {", ".join(keys)} order by known_at desc) = 1""",
        [series.series_id, frame[dated].min()],
    )
    both = frame.join(held, on=keys, nulls_equal=True).filter((pl.col(value) != 0) & (pl.col("held") != 0))
    factors = (both[value] / both["held"]).abs()
    if factors.len() >= 2 and _apart(factors.min(), factors.max()) < 1.5 and _apart(1.0, factors.median()) > 5:
        raise Refused(
            f"unit changed: {factors.len()} dates already held come back times {factors.median():g}; "
            "check the vendor's unit and the catalog row"
        )


def _apart(one: Any, other: Any) -> float:
    return max(one / other, other / one)


def _refuse_an_empty_pass(frame: pl.DataFrame, series: Series, kept: Capture, warehouse: Warehouse) -> None:
    """Refuse a pass that brings no row at all where a row must be: the vendor has gone silent, or the question is wrong."""
    if kept.remaining or frame.height:
        return
    read = warehouse.frame(
        "select coalesce(sum(rows_read), 0)::bigint as n from raw.captures where series_id = ? and asked_at = ?",
        [series.series_id, kept.asked_at],
    )
    expected = _expected(series, kept, warehouse)
    if read["n"][0] == 0 and expected is not None:
        raise Refused(f"empty: not one row from {kept.since or 'the beginning'} on, though {expected} should be there")


def _refuse_a_thinned(frame: pl.DataFrame, series: Series, warehouse: Warehouse) -> None:
    """Refuse an answer that tells half of the dates held within its own span, or fewer: the vendor has lost history.

    Its own span, for a rolling window moves on, and what lies before it is no loss: nothing that is held is ever deleted.
    Of an odd number of dates, every second one is half.
    """
    if frame.is_empty():
        return
    dated = knowledge.DATED[series.shape]
    first, last = frame[dated].min(), frame[dated].max()
    contract = frame["contract_month"][0] if series.shape == "price_bars" else None
    of_contract = "and contract_month is not distinct from ?" if series.shape == "price_bars" else "and ?::varchar is null"
    held = warehouse.frame(
        f"select distinct {dated} from raw.{series.shape} where series_id = ? and {dated} between ? and ? {of_contract}",
        [series.series_id, first, last, contract],
    )
    told = held.join(frame, on=dated, how="semi").height
    if held.height >= MANY_DATES and 2 * told <= held.height + 1:
        raise Refused(f"thin: {told} dates from {first} to {last}, for which {held.height} are held")


def _expected(series: Series, kept: Capture, warehouse: Warehouse) -> date | None:
    """A date that an answer must hold: the newest published by now, or of operations, the newest already held."""
    if series.shape == "operations":
        query = "select max(operation_date) as d from raw.operations where series_id = ? and status <> 'announced'"
        newest = warehouse.frame(query, [series.series_id])["d"][0]
    else:
        newest = releases.newest_date(series, kept.captured_at)
    return newest if newest is not None and (kept.since is None or newest >= kept.since) else None
