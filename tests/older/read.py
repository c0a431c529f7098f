"""Read a published file with whatever DuckDB this environment has: every table, every as-of macro, every lineage macro.

Prints one JSON object. Arguments: the file; a moment; for each table the columns that name a row, as JSON.
"""

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
lineage = {}
for name, grain in json.loads(sys.argv[3]).items():
    # As text and back: this client turns a timestamptz into Python only with a package that is not here.
    told = ", ".join(f"{column}::varchar" for column in grain)
    key = connection.execute(f"select {told} from {name} order by all limit 1").fetchone()
    if key is not None:
        types = {column: kind for column, kind, *_ in connection.execute(f"describe {name}").fetchall()}
        marks = ", ".join(f"cast(? as {types[column]})" for column in grain)
        asked = f"select count(*), sum(rows) from {name}_lineage({marks})"
        lineage[name] = [str(value) for value in key], *connection.execute(asked, key).fetchone()
print(json.dumps({"version": duckdb.__version__, "rows": rows, "as_of": as_of, "lineage": lineage}))
