"""LBMA's price file: the whole history at once, each day with its price in dollars, pounds and euros."""

import polars as pl

from pipelines.catalog import Series
from pipelines.sources.wire import as_json, whole
from pipelines.vendors import Answer, Request


def answer(table: pl.DataFrame, series: Series, request: Request) -> Answer:
    """Every fix; pounds and euros, which no table holds, are null. 404 for another file."""
    if request.url.rpartition("/")[2] != f"{series.symbol}.json":
        return Answer(404, b"Not Found", {"content-type": "text/plain"})
    rows = table.select("session_date", "close").rows()
    return as_json([{"is_cms_locked": 0, "d": day.isoformat(), "v": [whole(price), None, None]} for day, price in rows])
