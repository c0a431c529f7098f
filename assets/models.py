"""One asset a model file: build, audit, and show rows, columns, the SELECT and, where a chart says more, the chart."""

from collections.abc import Iterator

import dagster as dg

from assets import charts, verdicts
from assets.resources import Workplace
from pipelines import day, dictionary, lineage
from pipelines import models as model_files
from pipelines.models import Model
from pipelines.warehouse import Warehouse
from pipelines.warehouse.build import Audit, Built

GRAIN = {"grain_is_unique": "One row for each key.", "grain_is_not_null": "No part of the key is null."}


def models() -> list[dg.AssetsDefinition]:
    """An asset for every file below sql/."""
    return [_model(model) for model in model_files.load()]


def _model(model: Model) -> dg.AssetsDefinition:
    key = dg.AssetKey([model.schema, model.table])
    claims = {**GRAIN, **model.checks}

    @dg.asset(
        key=key,
        deps=[dg.AssetKey(name.split(".")) for name in sorted(model_files.made_first(model))],
        group_name=model.schema,
        kinds={"duckdb", "sql"},
        description=model.description,
        check_specs=[dg.AssetCheckSpec(name, asset=key, description=claim, blocking=True) for name, claim in claims.items()],
        metadata={"select": dg.MetadataValue.md(f"```sql\n{model.select}\n```"), "dagster/table_name": model.name},
    )
    def table(context: dg.AssetExecutionContext, workplace: Workplace) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
        warehouse = workplace.folder().warehouse()
        with warehouse.writing():
            built = day.make(warehouse, model, context.log.info)
            metadata = _metadata(built, warehouse) if built.passed else {}
        results = [_result(key, audit) for audit in built.audits]
        if not built.passed:
            yield from results
            raise dg.Failure(f"{model.name} keeps its old rows: an audit failed", allow_retries=False)
        yield dg.MaterializeResult(metadata=metadata, check_results=results)

    return table


def _result(key: dg.AssetKey, audit: Audit) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=audit.name, passed=audit.passed, asset_key=key, metadata={"claim": audit.claim, "offending_rows": audit.offenders}
    )


def _metadata(built: Built, warehouse: Warehouse) -> dict[str, dg.MetadataValue | int]:
    texts = dictionary.texts_of(built.model.name)
    columns = [dg.TableColumn(name, sql_type, description=texts.get(name)) for name, sql_type in built.columns]
    schema = dg.MetadataValue.table_schema(dg.TableSchema(columns))
    shown: dict[str, dg.MetadataValue | int] = {"dagster/row_count": built.rows, "dagster/column_schema": schema}
    if warehouse.label:
        shown["label"] = dg.MetadataValue.text(warehouse.label)
    if built.rows:
        shown["lineage"] = dg.MetadataValue.md(
            f"On market.duckdb, of the last row:\n```sql\n{lineage.of_last(built.model, warehouse)}\n```"
        )
    return shown | charts.metadata(built.model.name, warehouse) | verdicts.metadata(built.model.name, warehouse)
