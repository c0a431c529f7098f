"""The published file opens in DuckDB 1.5 too, in an environment of its own that `make test` sets up."""

import json
import subprocess
from pathlib import Path

import pytest

from pipelines import lineage, models
from pipelines.warehouse import query

ROOT = Path(__file__).parents[1]
OLDER = ROOT / ".venv-older" / "bin" / "python"
NOW = "2026-03-01 12:00:00+00"


def test_duckdb_1_5_reads_every_table_and_every_macro(sample_day):
    if not OLDER.exists():
        pytest.skip("no environment with DuckDB 1.5 here: `make test` sets one up in .venv-older")
    keys = json.dumps({model.name: model.grain for model in models.load()})
    done = subprocess.run(
        [str(OLDER), str(ROOT / "tests" / "older" / "read.py"), str(sample_day.market), NOW, keys],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    assert read["version"].startswith("1.5")
    for name, count in read["rows"].items():
        assert count == query(sample_day.market, f"select count(*) as n from {name}")["n"][0], name
        then = query(sample_day.market, f"select count(*) as n from {name}_as_of(timestamptz '{NOW}')")["n"][0]
        assert read["as_of"][name] == then, name
    for name, (key, grounds, rows) in read["lineage"].items():
        here = lineage.of_row(sample_day.market, name, dict(zip(lineage.grain(name), key, strict=True)), sample_day.archive)
        assert (len(here), sum(ground.rows for ground in here)) == (grounds, rows), name
        assert any(ground.path or ground.file for ground in here), name
    assert len(read["lineage"]) > 25
