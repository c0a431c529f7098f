"""What the vendors on loopback have to tell: the tables of another source, by a clock that can be moved.

A second reading that the source does not hold (Kraken, Coin Metrics, Coinbase) is told from the first, so that every vendor's
format is spoken.
"""

from datetime import datetime

import polars as pl

from pipelines import catalog
from pipelines.catalog import Series
from pipelines.sources.rendered import Rendered


class Moving(Rendered):
    """A rendered source whose tables are made once and whose clock moves with `move`."""

    name, label = "loopback", ""

    def __init__(self, source: Rendered) -> None:
        super().__init__(source.now())
        self._source = source
        self._tables: dict[str, pl.DataFrame] = {}

    def move(self, now: datetime) -> None:
        """Stand at another moment."""
        self._now, self._published = now, {}

    def holds(self, series: Series) -> bool:
        """Whether the source holds it, or the series that it is a second reading of."""
        return self._source.holds(series) or (series.second_reading_of is not None and self._source.holds(self._first(series)))

    def table(self, series: Series) -> pl.DataFrame:
        """See `Rendered.table`."""
        if series.series_id not in self._tables:
            self._tables[series.series_id] = self._source.table(series) if self._source.holds(series) else self._second(series)
        return self._tables[series.series_id]

    def _first(self, series: Series) -> Series:
        return catalog.by_id(series.second_reading_of or "")

    def _second(self, series: Series) -> pl.DataFrame:
        first = self.table(self._first(series))
        if series.shape == "observations":
            return first.select(date="session_date", value="close")
        return first.with_columns(pl.col("volume").fill_null(0.0))  # Kraken and Coinbase always say one
