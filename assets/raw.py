"""One asset a shape: read the kept answers into the append-only raw table. And the reference tables, which need no vendor."""

from collections.abc import Iterator

import dagster as dg

from assets.resources import Workplace
from pipelines import catalog, day, ingest, schemas

TEXTS = {
    "price_bars": "Bars as delivered, append-only: every value ever said, with when it could be known and the answer it came from.",
    "observations": "Observations as delivered, append-only, vintages included.",
    "operations": "Operations of the Desk as delivered, append-only: announced, results, later rewrites.",
}
REFERENCES = {dg.AssetKey(["raw", name]): text for name, text in day.REFERENCES.items()}
LEDGER = dg.AssetKey(["raw", "captures"])


def raw() -> list[dg.AssetsDefinition]:
    """A raw asset for each shape, the ledger behind them, and the reference tables."""
    return [*(_raw(shape) for shape in schemas.SHAPES), _ledger(), _reference()]


def _raw(shape: str) -> dg.AssetsDefinition:
    key = dg.AssetKey(["raw", shape])
    vendors = sorted({series.vendor for series in catalog.load() if series.shape == shape})

    @dg.asset(
        key=key,
        deps=[dg.AssetKey(["capture", vendor]) for vendor in vendors],
        group_name="raw",
        kinds={"duckdb", "polars"},
        description=TEXTS[shape],
        check_specs=[dg.AssetCheckSpec("captures_accepted", asset=key, description="No answer read in this run was refused.")],
    )
    def load(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
        folder = workplace.folder()
        loaded = ingest.load(folder.archive, folder.warehouse(), context.log.info, [shape])
        refused = {item.capture_id: f"{item.outcome}: {item.reason}" for item in loaded if item.outcome != "accepted"}
        rows = folder.warehouse().frame(f"select count(*) as n from raw.{shape}")["n"][0]
        check = dg.AssetCheckResult(
            check_name="captures_accepted", passed=not refused, asset_key=key, metadata={"refused": dg.MetadataValue.json(refused)}
        )
        counts = {"dagster/row_count": rows, "new_rows": sum(item.rows for item in loaded), "answers_read": len(loaded)}
        return dg.MaterializeResult(metadata=counts, check_results=[check])

    return load


def _ledger() -> dg.AssetsDefinition:
    @dg.asset(
        key=LEDGER,
        deps=[dg.AssetKey(["raw", shape]) for shape in schemas.SHAPES],
        group_name="raw",
        kinds={"duckdb"},
        description="The ledger: what became of every answer. Written by the raw assets, with the rows of each answer or not at all.",
    )
    def ledger(workplace: Workplace) -> dg.MaterializeResult:
        rows = workplace.folder().warehouse().frame("select outcome, count(*) as n from raw.captures group by outcome")
        return dg.MaterializeResult(metadata={row["outcome"]: row["n"] for row in rows.to_dicts()})

    return ledger


def _reference() -> dg.AssetsDefinition:
    @dg.multi_asset(
        specs=[dg.AssetSpec(key, group_name="raw", kinds={"python"}, description=text) for key, text in REFERENCES.items()],
        name="reference",
    )
    def reference(workplace: Workplace) -> Iterator[dg.MaterializeResult]:
        folder = workplace.folder()
        day.refer(folder.warehouse(), workplace.source().now(), folder.journal)
        yield from (dg.MaterializeResult(asset_key=key) for key in REFERENCES)

    return reference
