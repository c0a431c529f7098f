"""Whether two published files hold the same rows, table by table, and in which columns they may not.

Rows are compared as a multiset, in both directions, in all columns but those named.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb


@dataclass(frozen=True)
class Compared:
    """One table of two files: rows of the first, rows that only one of them holds, columns left out."""

    table: str
    rows: int
    only_here: int
    only_there: int
    left_out: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Whether every row stands in both."""
        return self.only_here == self.only_there == 0


LEDGER = ("core.captures", "raw.captures")
NOTES = ("raw.claim_verdicts", "core.claim_verdicts", "mart.claim_verdicts", "mart.claims")  # when claims were asked, run by run


def compare(
    here: Path,
    there: Path,
    schemas: tuple[str, ...],
    left_out: dict[str, tuple[str, ...]] | tuple[str, ...],
    where: dict[str, str] | None = None,
) -> list[Compared]:
    """Every table of `schemas`.

    `left_out`: columns not compared, by table, or of every table but the ledger, which is left out whole. `where`: by table, the
    condition of the rows that are compared.
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach '{here}' as here (read_only)")
        connection.execute(f"attach '{there}' as there (read_only)")
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where database_name = 'here' "
            "and list_contains(?, schema_name) order by 1",
            [list(schemas)],
        ).fetchall()
        tables = [(name,) for (name,) in tables if name not in NOTES]
        if isinstance(left_out, dict):
            return [_compare(connection, name, left_out.get(name, ()), (where or {}).get(name, "true")) for (name,) in tables]
        return [_compare(connection, name, left_out, (where or {}).get(name, "true")) for (name,) in tables if name not in LEDGER]


def _compare(connection: duckdb.DuckDBPyConnection, table: str, left_out: tuple[str, ...], where: str) -> Compared:
    names = [row[0] for row in connection.execute(f"describe here.{table}").fetchall()]
    kept = ", ".join(f'"{name}"' for name in names if name not in left_out) or "1"
    rows, here, there = connection.execute(
        f"""with a as (select {kept} from here.{table} where {where}), b as (select {kept} from there.{table} where {where})
        select
            (select count(*) from a),
            (select count(*) from (from a except all from b)),
            (select count(*) from (from b except all from a))"""
    ).fetchall()[0]
    return Compared(table, rows, here, there, tuple(name for name in names if name in left_out))


def earlier(here: Path, there: Path) -> dict[str, tuple[int, int, int]]:
    """By core table with known_at: rows known at the same instant, later, and earlier here than there (by the key of the table)."""
    keys = {
        "core.price_bars": "series_id, session_date",
        "core.observations": "series_id, date",
        "core.fed_operations": "family, operation_id",
    }
    with duckdb.connect() as connection:
        connection.execute(f"attach '{here}' as here (read_only)")
        connection.execute(f"attach '{there}' as there (read_only)")
        return {
            table: connection.execute(
                f"""select count(*) filter (where a.known_at = b.known_at), count(*) filter (where a.known_at > b.known_at),
                count(*) filter (where a.known_at < b.known_at) from here.{table} as a join there.{table} as b using ({key})"""
            ).fetchall()[0]
            for table, key in keys.items()
        }
