"""The embedded sample as a source: published figures at their dates, made ones between, in the vendors' wire formats.

Owns which series the sample holds, and its clock. The figures are `pipelines.sample`.
"""

from datetime import UTC, datetime

import polars as pl

from pipelines import catalog, sample
from pipelines.catalog import Series
from pipelines.sample import bridge, levels
from pipelines.sources.rendered import Rendered, as_bars

LAST_MORNING = datetime(2026, 4, 1, 12, tzinfo=UTC)  # the day after the last anchors
DECIMALS = {"copper_futures": 4}
LEVELS, STATEMENTS, OPERATIONS = "treasury_general_account", "treasury_cash_daily", "treasury_outright_operations"


class Sample(Rendered):
    """The sample by `now`; a moment after `LAST_MORNING` finds nothing newer."""

    name = "sample"
    label = "SAMPLE: published figures at some dates, made ones between them"

    def __init__(self, now: datetime | None = None) -> None:
        super().__init__(now or LAST_MORNING)

    def holds(self, series: Series) -> bool:
        """Whether there are anchors of that series."""
        return series.series_id in {*sample.price_anchors(), *sample.value_anchors(), STATEMENTS, OPERATIONS}

    def table(self, series: Series) -> pl.DataFrame:
        """See `Rendered.table`; the same on every call.

        Raises:
            KeyError: no anchors of that series.
        """
        until = LAST_MORNING.date()
        if series.series_id == OPERATIONS:
            return levels.operations()
        if series.series_id == STATEMENTS:
            return levels.daily_cash(series, levels.observations(catalog.by_id(LEVELS), until), until)
        if series.series_id in sample.value_anchors():
            return levels.observations(series, until)
        return as_bars(bridge.bars(sample.price_anchors()[series.series_id], series, DECIMALS.get(series.series_id, 2)))
