"""A source that answers from tables: what had been published by its clock, in the wire format of the vendor that is asked.

Owns the clock and the cut by it. The tables come from a subclass (`history`, `sample`); how a vendor writes them down, its
windows and its pages are `pipelines.sources.wire`.

A rendered source is asked without keys: `FRED_API_KEY` may be set and changes nothing, because tables know no vintages.
"""

from abc import ABC, abstractmethod
from datetime import datetime

import polars as pl

from pipelines import catalog, releases, schemas
from pipelines.catalog import Series
from pipelines.sources import Unreachable, wire
from pipelines.vendors import Answer, Request

DATED = {"price_bars": "session_date", "observations": "date", "operations": "operation_date"}
NEW_YORK = "America/New_York"


class Rendered(ABC):
    """A source of tidy tables and a clock that stands still."""

    name: str
    label: str

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._published: dict[str, pl.DataFrame] = {}

    @abstractmethod
    def holds(self, series: Series) -> bool:
        """Whether there is a table of that series."""

    @abstractmethod
    def table(self, series: Series) -> pl.DataFrame:
        """All that is held of a series, ascending by date, values in the unit the vendor sends (`vendor_unit`, else `unit`).

        Columns as in `pipelines.schemas`, without series_id and without those that the source knows nothing of:

            price_bars     contract_month, session_date, open, high, low, close, volume
            observations   date, value
            operations     any of the shape's, operation_id and operation_date always, amounts in dollars
        """

    def now(self) -> datetime:
        """The moment given when the source was opened."""
        return self._now

    def published(self, series: Series) -> pl.DataFrame:
        """The rows of `table` that were out by now."""
        if series.series_id not in self._published:
            table = self.table(series)
            self._published[series.series_id] = table.filter(_released(table, series) <= self._now)
        return self._published[series.series_id]

    def send(self, request: Request) -> Answer:
        """The answer the vendor would have given by now, had it these tables.

        Raises:
            Unreachable: the series is not held.
        """
        series = catalog.by_id(request.series_id)
        if not self.holds(series):
            raise Unreachable(f"{self.label} holds no {series.series_id}; leave it out, or ask the vendors with the live source.")
        return wire.module(request.vendor).answer(self.published(series), series, request)


def as_bars(table: pl.DataFrame) -> pl.DataFrame:
    """The columns of a bar, in order; those that the table does not know are null."""
    columns = {name: kind for name, kind in schemas.polars_schema("price_bars").items() if name != "series_id"}
    return table.match_to_schema(columns, missing_columns="insert").select(*columns)


def _released(table: pl.DataFrame, series: Series) -> pl.Series:
    """When each row came out: by the series' rule; an operation a minute after it closed, as `pipelines.knowledge` has it."""
    ruled = releases.release_times(series.release, table[DATED[series.shape]])
    if "close_time" not in table.columns:
        return ruled
    closing = pl.col("operation_date").dt.combine(pl.col("close_time").str.to_time("%H:%M"), "us")
    closed = table.select(closing.dt.replace_time_zone(NEW_YORK).dt.convert_time_zone("UTC").dt.offset_by("1m")).to_series()
    return closed.zip_with(closed.is_not_null(), ruled)
