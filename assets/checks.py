"""One freshness check a catalog row: does the warehouse hold what was out by now?"""

from collections.abc import Iterator

import dagster as dg

from assets.resources import Workplace
from pipelines import catalog, status
from pipelines.catalog import Series


def table_of(series: Series) -> dg.AssetKey:
    """The core table in which people find the series."""
    if series.series_id == "fed_funds_futures":
        return dg.AssetKey(["core", "futures_settlements"])
    return dg.AssetKey(["core", {"operations": "fed_operations"}.get(series.shape, series.shape)])


def freshness_checks() -> list[dg.AssetChecksDefinition]:
    """The freshness checks of every core table."""
    tables: dict[dg.AssetKey, list[Series]] = {}
    for series in catalog.load():
        tables.setdefault(table_of(series), []).append(series)
    return [_checks(key, rows) for key, rows in tables.items()]


def _checks(key: dg.AssetKey, rows: list[Series]) -> dg.AssetChecksDefinition:
    @dg.multi_asset_check(
        name=f"freshness_of_{key.path[-1]}",
        specs=[dg.AssetCheckSpec(f"fresh__{series.series_id}", asset=key, description=f"{series.title}: up to date.") for series in rows],
    )
    def checks(workplace: Workplace) -> Iterator[dg.AssetCheckResult]:
        found = {item.series.series_id: item for item in status.freshness(workplace.folder().warehouse(), workplace.source().now())}
        for series in rows:
            item = found[series.series_id]
            yield dg.AssetCheckResult(
                check_name=f"fresh__{series.series_id}",
                asset_key=key,
                passed=not item.is_red,
                metadata={"newest": str(item.newest), "expected": str(item.expected), "verdict": item.verdict, "reason": item.reason or ""},
            )

    return checks
