"""Coin Metrics' asset metrics: one row a day, the price as a text, pages that point to the next one."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

import polars as pl

from pipelines.catalog import Series
from pipelines.sources.wire import as_json, instant, plain
from pipelines.vendors import Answer, Request
from pipelines.vendors.coinmetrics import METRIC


def answer(table: pl.DataFrame, series: Series, request: Request) -> Answer:
    """One page, ascending, from `start_time` on; 400 for another asset, metric or frequency, or for paging from the end."""
    asked = {name: request.param(name) for name in ("assets", "metrics", "frequency", "paging_from")}
    if asked != {"assets": series.symbol, "metrics": METRIC, "frequency": "1d", "paging_from": "start"}:
        return as_json({"error": {"type": "bad_parameter", "message": f"Bad parameter in {asked}."}}, 400)
    size, taken = int(request.param("page_size") or 100), int(request.param("next_page_token") or 0)
    rows = table.filter(pl.col("date") >= instant(request.param("start_time") or "0001-01-01").date()).select("date", "value")
    document: dict[str, Any] = {"data": [_row(series.symbol, *row) for row in rows.slice(taken, size).rows()]}
    if taken + size < rows.height:
        further = request.with_param("next_page_token", str(taken + size))
        document |= {"next_page_token": str(taken + size), "next_page_url": f"{request.url}?{urlencode(further.params)}"}
    return as_json(document)


def _row(asset: str, day: date, price: float | None) -> dict[str, str | None]:
    return {"asset": asset, "time": f"{day}T00:00:00.000000000Z", METRIC: None if price is None else plain(price)}
