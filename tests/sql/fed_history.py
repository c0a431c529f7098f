"""An in-memory warehouse for the Fed's models: core tables from real history, marts from the SELECT texts in `sql/`.

Owns what those tests share. Expected figures stand in the tests.
"""

from datetime import UTC, date, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines import calendars, catalog, models, policy, releases, rulings, schemas
from pipelines.models import Model
from pipelines.policy import daily
from pipelines.warehouse import raw

SQL = models.FOLDER
SERIES = {  # series_id: (file below history/fred, release rule, divisor)
    "treasuries_held": ("TREAST", "h41", 1000),
    "fed_total_assets": ("WALCL", "h41", 1000),
    "sofr": ("SOFR", "secured_rates", 1),
    "sofr_99th_percentile": ("SOFR99", "secured_rates", 1),
    "tgcr": ("TGCR", "secured_rates", 1),
    "iorb": ("IORB", "iorb", 1),
    "on_rrp_rate": ("ONRRP", "on_rrp", 1),
    "effective_fed_funds_daily": ("DFF", "dff", 1),
    "target_upper": ("DFEDTARU", "target_range", 1),
    "target_lower": ("DFEDTARL", "target_range", 1),
    "treasury_1y": ("DGS1", "h15", 1),
}
MARTS = (  # in the order of building
    "mart.policy_decisions",
    "mart.bill_purchases",
    "mart.soma_reconciliation",
    "mart.rate_pressure",
    "mart.cuts_priced",
    "mart.policy_path",
    "mart.turning_points",
    "mart.policy_actions",
    "mart.desk_actions",
    "mart.liquidity_timeline",
)
TIMELINE = ("mart.bill_purchases", "mart.rate_pressure", *MARTS[-4:])  # and what it is made of
LEVELS = {"assets": "fred/WALCL.csv.gz", "tga": "treasury/tga_closing_balance.csv.gz", "on_rrp": "fred/RRPONTSYD.csv.gz"}
FIRST = date(2015, 1, 1)  # what the tests ask about is later; FRED's daily series begin in 1954


class Warehouse:
    """Core tables in memory, and the marts built from them; every table has its `_as_of(ts)` macro."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("set TimeZone = 'UTC'; create schema raw; create schema core; create schema study; create schema mart")

    def table(self, name: str, rows: pl.DataFrame, known_at: str | None = "known_at") -> None:
        """Make a table of these rows, and its as-of macro."""
        self.connection.register("rows", rows)
        self.connection.execute(f"create or replace table {name} as select * from rows")
        condition = f"where {known_at} <= ts" if known_at else ""
        self.connection.execute(f"create or replace macro {name}_as_of(ts) as table select * from {name} {condition}")

    def build(self, *names: str) -> "Warehouse":
        """Make the tables of these models, from the SELECT in the tree."""
        for model in map(named, names):
            self.connection.execute(f"create or replace table {model.name} as {model.select}")
            self.connection.execute(f"create or replace macro {model.name}_as_of(ts) as table {model.as_of}")
        return self

    def broken(self, name: str) -> dict[str, int]:
        """The claims about a table that do not hold, the grain's among them, with the number of rows that break them."""
        model = named(name)
        counts = {claim: self.scalar(f"select count(*) from {name} where ({sql}) is not true") for claim, sql in model.checks.items()}
        counts["grain"] = self.scalar(f"select count(*) - count(distinct ({', '.join(model.grain)})) from {name}")
        return {claim: count for claim, count in counts.items() if count}

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The answer to a query."""
        return self.connection.execute(query).fetchall()

    def scalar(self, query: str) -> Any:
        """The one value a query answers."""
        return self.rows(query)[0][0]


def named(name: str) -> Model:
    """The model of that `schema.table`."""
    return next(model for model in models.load(SQL) if model.name == name)


@cache
def real(folder: Path) -> "History":
    """The history in that folder, read once for all tests."""
    return History(folder)


class History:
    """The core tables of the Fed's part, from the folder of real history; a test may change them before they are loaded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def warehouse(self, operations: pl.DataFrame | None = None, observations: pl.DataFrame | None = None) -> Warehouse:
        """A warehouse with the core tables, some of them replaced."""
        made = Warehouse()
        days = [
            {"calendar": c, "session_date": d} for c in ("FED", "REPO", "XCME") for d in calendars.sessions(c, FIRST, date(2028, 12, 31))
        ]
        made.table("core.sessions", pl.DataFrame(days), None)
        made.table("core.series", pl.DataFrame([{"series_id": s.series_id, "symbol": s.symbol} for s in catalog.load()]), None)
        made.table("core.observations", self.observations if observations is None else observations)
        made.table("core.futures_settlements", self.settlements)
        self.load_operations(made, self.operations if operations is None else operations)
        made.table("mart.net_liquidity", self.net_liquidity)
        made.table("raw.fomc_meetings", policy.fomc_meetings())
        made.table("raw.desk_plans", policy.desk_plans())
        made.table("raw.policy_events", policy.policy_events())
        made.build("core.overnight_rates", "core.repo_days", "core.fomc_meetings", "core.desk_plans", "core.policy_events")
        made.table("study.policy_path", daily.policy_path(self.settlements, made.connection.sql("from core.fomc_meetings").pl()))
        return made

    @staticmethod
    def load_operations(made: Warehouse, operations: pl.DataFrame) -> None:
        """Put operations into raw.operations, in dollars as the Desk tells them, and build core.fed_operations of them."""
        dollars = {f"{name}_usd": (1e9 * pl.col(f"{name}_usd_bn")).round(0) for name in ("submitted", "accepted")}
        absent = [name for name in [*schemas.polars_schema("operations"), *raw.STAMPS] if name not in {*operations.columns, *dollars}]
        limits = [{"series_id": s.series_id, "minimum": s.minimum, "maximum": s.maximum} for s in catalog.load()]
        made.table("raw.series", pl.DataFrame(limits), None)
        made.table("raw.operation_rulings", rulings.known_by(datetime.max.replace(tzinfo=UTC))["operation_rulings"])
        made.table("raw.operations", operations.with_columns(**dollars, **dict.fromkeys(absent)))
        made.build("core.fed_operations")

    @cached_property
    def observations(self) -> pl.DataFrame:
        """core.observations of the Fed's series, known by the release rules."""
        return pl.concat([self._series(series_id, *facts) for series_id, facts in SERIES.items()])

    @cached_property
    def net_liquidity(self) -> pl.DataFrame:
        """mart.net_liquidity on Wednesdays with ON RRP, as far as the timeline reads it."""
        level = {name: pl.read_csv(self.folder / file, try_parse_dates=True) for name, file in LEVELS.items()}
        joined = level["assets"].join(level["tga"], on="date", suffix="_tga").join(level["on_rrp"], on="date", suffix="_on_rrp")
        found = joined.select(
            "date",
            pl.lit("wednesday").alias("definition"),
            (pl.col("value") / 1000 - pl.col("value_tga") / 1000 - pl.col("value_on_rrp")).alias("net_liquidity_usd_bn"),
        )
        return found.with_columns(releases.release_times("h41", found["date"]))

    @cached_property
    def settlements(self) -> pl.DataFrame:
        """core.futures_settlements of the contracts that history holds."""
        files = sorted((self.folder / "fed_funds_futures").glob("ZQ_2*.csv.gz"))
        bars = pl.concat(
            pl.read_csv(file, try_parse_dates=True).select(
                pl.lit(f"{file.name[3:7]}-{file.name[7:9]}").alias("contract_month"),
                pl.col("date").alias("trade_date"),
                pl.col("close").alias("settle"),
            )
            for file in files
        )
        return bars.with_columns(releases.release_times("cme_settlement", bars["trade_date"]))

    @cached_property
    def operations(self) -> pl.DataFrame:
        """core.fed_operations without is_small_value: outright Treasury operations and the days of the standing repo facility."""
        outright = pl.read_csv(self.folder / "fed_operations" / "treasury_operations.csv", try_parse_dates=True).select(
            pl.lit("treasury").alias("family"),
            "operation_id",
            pl.col("date").alias("operation_date"),
            "settlement_date",
            pl.lit(None, pl.Date).alias("maturity_date"),
            "operation_type",
            pl.when(pl.col("operation_type").str.ends_with("Sale")).then(pl.lit("sale")).otherwise(pl.lit("purchase")).alias("direction"),
            pl.col("submitted_b").alias("submitted_usd_bn"),
            pl.col("accepted_b").alias("accepted_usd_bn"),
        )
        stamped = pl.concat([outright, self._repo()])
        known = releases.release_times("nyfed_operation", stamped["operation_date"])
        return stamped.with_columns(
            known, pl.lit("results").alias("status"), pl.lit(None, pl.String).alias("note"), pl.lit(None, pl.String).alias("close_time")
        )

    def _repo(self) -> pl.DataFrame:
        days = pl.read_csv(self.folder / "fed_operations" / "standing_repo_usage.csv", try_parse_dates=True)
        matures = pl.Series([calendars.next_session("FED", day) for day in days["date"]], dtype=pl.Date)
        return days.select(
            pl.lit("repo").alias("family"),
            ("RP " + pl.col("date").cast(pl.String)).alias("operation_id"),
            pl.col("date").alias("operation_date"),
            pl.col("date").alias("settlement_date"),
            matures.alias("maturity_date"),
            pl.lit("Repo").alias("operation_type"),
            pl.lit("repo").alias("direction"),
            pl.col("SRF_USAGE").alias("submitted_usd_bn"),
            pl.col("SRF_USAGE").alias("accepted_usd_bn"),
        )

    def _series(self, series_id: str, symbol: str, rule: str, divisor: float) -> pl.DataFrame:
        values = pl.read_csv(self.folder / "fred" / f"{symbol}.csv.gz", try_parse_dates=True).filter(pl.col("date") >= FIRST)
        told = values.select(pl.lit(series_id).alias("series_id"), "date", pl.col("value").cast(pl.Float64) / divisor)
        return told.with_columns(releases.release_times(rule, told["date"]))
