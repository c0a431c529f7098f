"""One freshness check a catalog row: does the warehouse hold what was out by now? And the soft checks of data quality."""

from collections.abc import Iterator

import dagster as dg

from assets.resources import Workplace
from pipelines import catalog, quality, status
from pipelines.catalog import Series
from pipelines.quality import Concern
from pipelines.status import Freshness

HELD_BACK = dg.AssetKey(["core", "held_back"])  # what is quarantined makes no series fresh


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
        specs=[
            dg.AssetCheckSpec(_name(series), asset=key, additional_deps=[HELD_BACK], description=f"{series.title}: up to date.")
            for series in rows
        ],
    )
    def checks(workplace: Workplace) -> Iterator[dg.AssetCheckResult]:
        found = {item.series.series_id: item for item in status.freshness(workplace.folder().warehouse(), workplace.source().now())}
        for series in rows:
            item = found[series.series_id]
            yield dg.AssetCheckResult(check_name=_name(series), asset_key=key, passed=not item.is_red, metadata=_metadata(item))

    return checks


def evaluation(item: Freshness) -> dg.AssetCheckEvaluation:
    """The same check, evaluated outside a run."""
    return dg.AssetCheckEvaluation(
        asset_key=table_of(item.series),
        check_name=_name(item.series),
        passed=not item.is_red,
        metadata={name: dg.MetadataValue.text(text) for name, text in _metadata(item).items()},
    )


def _name(series: Series) -> str:
    return f"fresh__{series.series_id}"


def _metadata(item: Freshness) -> dict[str, str]:
    return {"newest": str(item.newest), "expected": str(item.expected), "verdict": item.verdict, "reason": item.reason or ""}


def quality_checks() -> list[dg.AssetChecksDefinition]:
    """A check for each concern of `pipelines.quality`: it warns, and is an error only where what it found is grave."""
    return [_quality_check(concern) for concern in quality.CONCERNS]


def _quality_check(concern: Concern) -> dg.AssetChecksDefinition:
    @dg.asset_check(name=concern.name, asset=dg.AssetKey(concern.table.split(".")), description=concern.claim)
    def check(workplace: Workplace) -> dg.AssetCheckResult:
        found = quality.against(workplace.folder().warehouse(), concern)
        grave = bool(found["is_grave"].any())
        return dg.AssetCheckResult(
            passed=found.is_empty(),
            severity=dg.AssetCheckSeverity.ERROR if grave else dg.AssetCheckSeverity.WARN,
            metadata={"found": found.height, "rows": dg.MetadataValue.json(dict(found.select("subject", "told").iter_rows()))},
        )

    return check
