"""The page of the published file: written after it, from it, so that a failure here leaves what people query as it is."""

import dagster as dg

from assets.resources import Workplace
from pipelines import report as reports


@dg.asset(
    key=dg.AssetKey("report"),
    deps=[dg.AssetKey("market")],
    group_name="publish",
    kinds={"html"},
    description="report.html: one page to open in any browser without a network; charts, tables and the query under each.",
)
def report(workplace: Workplace) -> dg.MaterializeResult:
    """Write the page, and show where it lies."""
    folder = workplace.folder()
    path = reports.write(folder.market, folder.report).resolve()
    return dg.MaterializeResult(
        metadata={"path": dg.MetadataValue.path(path), "page": dg.MetadataValue.url(path.as_uri()), "bytes": path.stat().st_size}
    )
