"""How long the page takes against the tables it shows, on one year of the embedded sample.

    python -m bench.report [--days 365]

Everything older than the year is taken out of the raw tables first, so that both sides see the same year. The marts are
what comes after core: every mart and the studies they read.
"""

import argparse
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from pipelines import catalog, day, ingest, models, report
from pipelines.folder import DataFolder
from pipelines.sources import Source, open_source
from pipelines.warehouse import Warehouse

DATED = {"price_bars": "session_date", "observations": "date", "operations": "operation_date"}


def fill(folder: DataFolder, warehouse: Warehouse, source: Source, days: int) -> None:
    """Load the sample and keep its last days."""
    folder.claim(source.name, source.label)
    ingest.capture(source, folder.archive, warehouse, catalog.load(), lambda line: None)
    ingest.load(folder.archive, warehouse, lambda line: None)
    day.refer(warehouse, source.now())
    first = (source.now() - timedelta(days=days)).date()
    with warehouse.transaction() as connection:
        for table, column in DATED.items():
            connection.execute(f"delete from raw.{table} where {column} < date '{first}'")


def build(warehouse: Warehouse) -> dict[str, float]:
    """Seconds of each schema's models, in their order."""
    spent = {"core": 0.0, "mart": 0.0}
    for model in models.load():
        begun = time.perf_counter()
        made = day.make(warehouse, model, lambda line: None)
        spent[model.schema] += time.perf_counter() - begun
        if not made.passed:
            raise SystemExit(f"{model.name} fails its audits on {made.rows} rows of one year")
    return spent


def main(arguments: list[str] | None = None) -> None:
    """Build the marts, write the page, print seconds and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=365)
    args = parser.parse_args(arguments)
    source = open_source("sample")
    with tempfile.TemporaryDirectory() as place:
        folder = DataFolder(Path(place))
        warehouse = folder.warehouse()
        with warehouse.writing():
            fill(folder, warehouse, source, args.days)
            spent = build(warehouse)
            day.publish_run(folder, warehouse, source.now(), source.now())
        begun = time.perf_counter()
        page = report.write(folder.market, folder.report)
        took = time.perf_counter() - begun
        print(f"{args.days} days: core {spent['core']:.1f} s, marts {spent['mart']:.1f} s, page {took:.1f} s")
        print(f"the page has {page.stat().st_size / 1e6:.2f} MB")
    print(f"ratio of the marts to the page: {spent['mart'] / took:.1f}")


if __name__ == "__main__":
    main()
