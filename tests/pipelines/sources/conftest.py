"""What the tests of rendered sources share: asking a series as the day's run does, and what its table should come back as."""

from collections.abc import Callable
from datetime import date
from typing import cast

import polars as pl
import pytest

from pipelines import schemas, vendors
from pipelines.catalog import Series
from pipelines.sources.rendered import DATED, Rendered
from pipelines.vendors.yahoo import undo_float32

Ask = Callable[..., pl.DataFrame]


def _ask(source: Rendered, series: Series, since: date | None = None, until: date | None = None) -> pl.DataFrame:
    module = vendors.module(series.vendor)
    queue = module.requests(series, since, until or source.now().date(), keyed=False)
    frames = [schemas.empty(series.shape)]
    while queue:
        request, *queue = queue
        answer = source.send(request)
        assert answer.status == 200, answer.body[:200]
        follows = vendors.following(request, answer.body)
        queue = [*([follows] if follows else []), *queue]
        frames.append(module.parse(answer.body, series, request))
    return _sorted(pl.concat(frames).unique(), series)


def _expected(source: Rendered, series: Series) -> pl.DataFrame:
    rows = source.published(series)
    if series.shape == "price_bars":
        prices = {name: undo_float32(name) for name in ("open", "high", "low", "close")} if series.vendor == "yahoo" else {}
        rows = rows.with_columns(**prices)
    if (series.vendor_unit, series.unit) == ("USD millions", "USD billions") and series.shape == "observations":
        rows = rows.with_columns(value=pl.Series([value / 1000 for value in rows["value"]]))  # polars multiplies by 0.001
    rows = rows.with_columns(series_id=pl.lit(series.series_id))
    if series.shape == "operations":
        family = {"tsy": "treasury", "rp": "repo"}[series.symbol]
        rows = rows.with_columns(family=pl.lit(family), status=pl.lit("results"))
    columns = schemas.polars_schema(series.shape)
    return _sorted(rows.match_to_schema(columns, missing_columns="insert").select(*columns), series)


def _sorted(rows: pl.DataFrame, series: Series) -> pl.DataFrame:
    keys = {"price_bars": ["contract_month", "session_date"], "observations": ["date"], "operations": ["operation_date", "operation_id"]}
    return rows.sort(keys[series.shape])


@pytest.fixture(scope="session")
def ask() -> Ask:
    """The rows of a series as its vendor's module asks for and reads them: ask(source, series, since, until)."""
    return _ask


@pytest.fixture(scope="session")
def expected() -> Callable[[Rendered, Series], pl.DataFrame]:
    """The published table of a series as its vendor's module should read it: expected(source, series)."""
    return _expected


@pytest.fixture(scope="session")
def newest() -> Callable[[pl.DataFrame, Series], date]:
    """The newest date of a frame: newest(frame, series)."""
    return lambda frame, series: cast(date, frame[DATED[series.shape]].max())
