"""The raw tables: facts as delivered, append-only, each with when it could be known, how we know that, and its answer.

Owns their columns and the SQL that appends only what says something new. The columns of a shape come from
`pipelines.schemas`; what is true now is made of them in `sql/core`.
"""

from collections.abc import Sequence

import polars as pl

from pipelines.schemas import SHAPES, descriptions, polars_schema

STAMPS = {
    "known_at": "Instant from which this row could be known, UTC.",
    "known_at_method": (
        "How known_at is known: observed (we saw it appear), vintage (the publisher's archive dates it) "
        "or rule (the release calendar says so)."
    ),
    "capture_id": "An answer in the archive, named by instant, vendor, series and number in its pass: a row of core.captures.",
}
KEYS = {
    "price_bars": ("series_id", "contract_month", "session_date"),
    "observations": ("series_id", "date"),
    "operations": ("family", "operation_id"),
}
SAID = {
    "price_bars": ("open", "high", "low", "close", "volume"),
    "observations": ("value",),
    "operations": tuple(c for c in polars_schema("operations") if c not in {"series_id", *KEYS["operations"], "vendor_updated_at"}),
}
LEDGER = {
    "capture_id": ("varchar", STAMPS["capture_id"]),
    "vendor": ("varchar", "Who was asked."),
    "series_id": ("varchar", "What was asked for."),
    "shape": ("varchar", "Shape the answer is read into: price_bars, observations or operations."),
    "url": ("varchar", "The question, without its key."),
    "asked_at": ("timestamptz", "Instant at which the pass of questions began that this one belongs to, UTC."),
    "since": ("date", "First date the pass asked for; null where it asked for everything."),
    "remaining": ("integer", "Questions of the same pass still to be asked after this one: 0 closes the pass."),
    "status": ("integer", "HTTP status; null where no answer came."),
    "outcome": ("varchar", "accepted, refused (kept, not loaded, see reason) or unreachable (no answer came)."),
    "rows": ("bigint", "Rows of the answer that said something new and were added."),
    "rows_read": ("bigint", "Rows the answer held."),
    "reason": (
        "varchar",
        "Why the answer was refused or did not come; what was left out of an accepted one; null where nothing is to say.",
    ),
    "captured_at": ("timestamptz", "Instant at which the answer came, UTC."),
    "sha256": ("varchar", "Digest of the body as kept in the archive; null where no answer came."),
}
# What people write beside the tables: does a figure round to what was printed (half away from zero: "27 %" is [26.5, 27.5)),
# and the instant at which everything of a day is out, the close of the last day of the week and of a crypto day among it.
FUNCTIONS = (
    "create or replace macro rounds_to(observed, printed, decimals) as "
    "abs(observed) >= abs(printed) - 0.5 * 10.0 ** -decimals and abs(observed) < abs(printed) + 0.5 * 10.0 ** -decimals "
    "and (sign(observed) = sign(printed) or printed = 0)",
    "create or replace macro day_ends(day) as timezone('UTC', day::timestamp) + interval '24 hours 10 minutes'",
)
_TYPES = {pl.String: "varchar", pl.Float64: "double", pl.Date: "date", pl.Datetime: "timestamptz"}


def ddl() -> list[str]:
    """Statements that make every raw table that is not there yet, with a comment on each column."""
    tables = {shape: {**_columns(shape), **dict.fromkeys(STAMPS, "varchar"), "known_at": "timestamptz"} for shape in SHAPES}
    texts = {shape: {**descriptions(shape), **STAMPS} for shape in SHAPES}
    tables["captures"] = {name: sql_type for name, (sql_type, _) in LEDGER.items()}
    texts["captures"] = {name: text for name, (_, text) in LEDGER.items()}
    statements = [f"create schema if not exists {schema}" for schema in ("raw", "core", "study", "mart")]
    for table, columns in tables.items():
        body = ", ".join(f'"{name}" {sql_type}' for name, sql_type in columns.items())
        statements.append(f"create table if not exists raw.{table} ({body})")
        statements += [f"comment on column raw.{table}.\"{name}\" is '{quote(text)}'" for name, text in texts[table].items()]
        statements.append(as_of(f"raw.{table}", "captured_at" if table == "captures" else "known_at"))
    return [*statements, *FUNCTIONS]


def as_of(table: str, known_at: str | None) -> str:
    """The statement that makes `<table>_as_of(ts)`: the rows known by then; a table without known_at is the same at all times."""
    condition = f" where {known_at} <= ts" if known_at else ""
    return f"create or replace macro {table}_as_of(ts) as table select * from {table}{condition}"


def append(shape: str) -> str:
    """The INSERT that appends what the registered view `incoming` says and the raw table of that shape does not yet."""
    return appending(f"raw.{shape}", KEYS[shape], SAID[shape], [*polars_schema(shape), *STAMPS])


def appending(table: str, key: Sequence[str], said: Sequence[str], columns: Sequence[str]) -> str:
    """The INSERT that appends what the registered view `incoming` says and `table` does not yet.

    A row is new when it differs in what it says from what was known just before it, in the order of known_at. A first row
    that says null ("no value") says nothing; a null after a value withdraws it and is kept.
    """
    keys, named, words = ", ".join(key), ", ".join(columns), ", ".join(said)
    empty = " and ".join(f"{name} is null" for name in said)
    joined = " and ".join(f"held.{name} is not distinct from keys.{name}" for name in key)
    return f"""
        insert into {table} ({named})
        with keys as (select distinct {keys} from incoming),
        held as (select held.* from {table} as held semi join keys on {joined}),
        told as (
            select {named}, false as is_incoming from held
            union all
            select {named}, true as is_incoming from incoming
        ),
        compared as (
            select *, lag(row({words})) over earlier as before, row_number() over earlier as place
            from told window earlier as (partition by {keys} order by known_at, is_incoming)
        )
        select {named} from compared
        where is_incoming and (
            (place = 1 and not ({empty})) or (place > 1 and before is distinct from row({words}))
        )
        order by {keys}, known_at
    """


def superseding(table: str, key: Sequence[str]) -> str:
    """The DELETE of what `table` holds at the instant given as a parameter or says at the instant of an incoming row of its key.

    What is computed again on the same answers, by other code or on a table built since, replaces what was computed before:
    it was not known at another moment.
    """
    joined = " and ".join(f"incoming.{name} is not distinct from held.{name}" for name in key)
    return f"""
        delete from {table} as held
        where held.known_at = ?::timestamptz or exists (
            select 1 from incoming where incoming.known_at = held.known_at and {joined}
        )
    """


def withdrawing(table: str, key: Sequence[str], said: Sequence[str]) -> str:
    """The INSERT that withdraws, at the instant given as a parameter, every key that `table` holds and `incoming` does not."""
    keys = ", ".join(key)
    joined = " and ".join(f"incoming.{name} is not distinct from newest.{name}" for name in key)
    return f"""
        insert into {table} ({keys}, known_at)
        with newest as (
            select * from {table} qualify row_number() over (partition by {keys} order by known_at desc) = 1
        )
        select {keys}, ?::timestamptz from newest
        anti join incoming on {joined}
        where not ({" and ".join(f"{name} is null" for name in said)})
    """


def noting(table: str, key: Sequence[str], said: Sequence[str], columns: Sequence[str]) -> str:
    """The INSERT that notes in the log `table` every incoming row that says something else than the last noted of its key."""
    keys, named = ", ".join(key), ", ".join(columns)
    same = " and ".join(f"incoming.{name} is not distinct from newest.{name}" for name in [*key, *said])
    return f"""
        insert into {table} ({named})
        with newest as (
            select * from {table} qualify row_number() over (partition by {keys} order by evaluated_at desc) = 1
        )
        select {named} from incoming
        anti join newest on {same}
    """


def quote(text: str) -> str:
    """The text as it stands inside a single-quoted SQL string."""
    return text.replace("'", "''")


def _columns(shape: str) -> dict[str, str]:
    return {name: _TYPES[dtype.base_type()] for name, dtype in polars_schema(shape).items()}
