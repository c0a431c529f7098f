"""FRED's keyless CSV: a header, then a line a date, blank where there is no value.

The API wants a key and gets its error body: a rendered source is always asked without one.
"""

from datetime import date

import polars as pl

from pipelines.catalog import Series
from pipelines.sources.wire import as_json, plain
from pipelines.vendors import Answer, Request
from pipelines.vendors.fred import API


def answer(table: pl.DataFrame, series: Series, request: Request) -> Answer:
    """The CSV of one series, from `cosd` to `coed` where asked; 404 for another id, 400 for the API without its key."""
    if request.url.startswith(API):
        return as_json({"error_code": 400, "error_message": "Bad Request.  Variable api_key is not set.  Read the documentation."}, 400)
    if request.param("id") != series.symbol:
        return Answer(404, b"<!DOCTYPE html><html><head><title>Error - St. Louis Fed</title></head></html>", {"content-type": "text/html"})
    first = date.fromisoformat(request.param("cosd") or "1600-01-01")
    last = date.fromisoformat(request.param("coed") or "9999-12-31")
    rows = table.filter(pl.col("date").is_between(first, last)).select("date", "value").rows()
    lines = [f"observation_date,{series.symbol}", *(f"{day},{'' if value is None else plain(value)}" for day, value in rows)]
    return Answer(200, "".join(f"{line}\n" for line in lines).encode(), {"content-type": "application/csv"})
