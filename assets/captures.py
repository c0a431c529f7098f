"""One asset a vendor: ask for its series and keep the answers. Reading them is the raw assets' work."""

import dagster as dg

from assets.resources import Workplace
from pipelines import catalog, due, ingest, standing, vendors
from pipelines.catalog import Series


class Wanted(dg.Config):
    """Which series to ask for (empty: all of the vendor), and whether only those of them that are still due when it comes to it."""

    series: list[str] = []
    if_due: bool = False


def captures() -> list[dg.AssetsDefinition]:
    """A capture asset for every vendor that the catalog names."""
    by_vendor: dict[str, list[Series]] = {}
    for series in catalog.load():
        by_vendor.setdefault(series.vendor, []).append(series)
    return [_capture(vendor, rows) for vendor, rows in sorted(by_vendor.items())]


def _capture(vendor: str, rows: list[Series]) -> dg.AssetsDefinition:
    facts = vendors.module(vendor).VENDOR
    key = dg.AssetKey(["capture", vendor])

    @dg.asset(
        key=key,
        group_name="capture",
        kinds={"python"},
        description=f"Every answer of {facts.title}, kept as it came: {', '.join(series.series_id for series in rows)}. {facts.site}",
        check_specs=[
            dg.AssetCheckSpec("every_series_answered", asset=key, description="Each series asked for got an answer with status 200.")
        ],
        metadata={"terms": facts.terms, "pace_seconds": facts.pace_seconds},
    )
    def capture(context: dg.AssetExecutionContext, config: Wanted, workplace: Workplace) -> dg.MaterializeResult:
        folder = workplace.folder()
        warehouse, source = folder.warehouse(), workplace.source()
        wanted = [series for series in rows if not config.series or series.series_id in config.series]
        if config.if_due:  # an earlier run may have asked meanwhile
            wanted = [item.series for item in due.due(wanted, standing.standings(warehouse), source.now())]
        kept = ingest.capture(source, folder.archive, warehouse, wanted, context.log.info)
        failed = {item.request.series_id: item.failure or f"HTTP {item.status}" for item in kept if item.status != 200}
        check = dg.AssetCheckResult(
            check_name="every_series_answered", passed=not failed, asset_key=key, metadata={"failed": dg.MetadataValue.json(failed)}
        )
        return dg.MaterializeResult(metadata={"answers": len(kept), "archive": str(folder.archive.folder)}, check_results=[check])

    return capture
