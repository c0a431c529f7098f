"""Read a published file with whatever DuckDB this environment has: every table, every as-of macro. Prints one JSON object."""

import json
import sys

import duckdb

connection = duckdb.connect(sys.argv[1], read_only=True)
connection.execute("set TimeZone = 'UTC'")
tables = [row[0] for row in connection.execute(
    "select schema_name || '.' || table_name from duckdb_tables() where schema_name in ('core', 'mart') order by 1"
).fetchall()]  # fmt: skip
rows = {name: connection.execute(f"select count(*) from {name}").fetchone()[0] for name in tables}
as_of = {name: connection.execute(f"select count(*) from {name}_as_of(timestamptz '{sys.argv[2]}')").fetchone()[0] for name in tables}
print(json.dumps({"version": duckdb.__version__, "rows": rows, "as_of": as_of}))
