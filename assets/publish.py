"""The last asset: the file people query, put in place by rename when every table passed."""

from datetime import UTC, datetime

import dagster as dg

from assets.resources import Workplace
from pipelines import day
from pipelines import models as model_files


@dg.asset(
    key=dg.AssetKey("market"),
    deps=[dg.AssetKey([model.schema, model.table]) for model in model_files.load()],
    group_name="publish",
    kinds={"duckdb"},
    description="market.duckdb: a copy of every table and as-of macro, replaced whole, readable by DuckDB 1.4 and newer.",
)
def market(workplace: Workplace) -> dg.MaterializeResult:
    """Publish, and show the rows of each table."""
    folder = workplace.folder()
    rows = day.publish_run(folder, folder.warehouse(), workplace.source().now(), datetime.now(UTC))
    return dg.MaterializeResult(metadata={"path": str(folder.market), "label": folder.label, **rows})
