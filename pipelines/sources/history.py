"""A folder of real history, answered as the vendors would have answered by the clock.

Owns which file holds which series, and what the files of operations and futures mean. Reading a file strictly is
`pipelines.sources.tables`, the clock `pipelines.sources.rendered`. The folder is laid out like this; what is not there
is not held, and columns beyond these are not read:

    index/ metals/ crypto/<file>.csv.gz      date,open,high,low,close,volume   or   date,value (the close alone)
    fred/<ID>.csv.gz                         date,value                        in FRED's own unit
    treasury/tga_closing_balance.csv.gz      date,value                        USD millions
    fed_operations/treasury_operations.csv   one row an operation, USD billions
    fed_operations/standing_repo_usage.csv   date,SRF_USAGE                    USD billions, all operations of the day
    fed_funds_futures/ZQ_<yyyymm>.csv.gz     date,open,high,low,close,volume   one file a contract month
    fed_funds_futures/ZQ_contracts_*.parquet contract (ZQF05), Date, Open, High, Low, Close, Volume: many contracts
"""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import polars as pl

from pipelines import calendars, catalog
from pipelines.catalog import Series
from pipelines.sources import tables
from pipelines.sources.rendered import DATED, NEW_YORK, Rendered, as_bars
from pipelines.vendors.yahoo import contract_month

FILES = {
    **{name: f"index/{name}" for name in ("russell_2000", "sp500", "dow_jones", "nasdaq_100")},
    **{name: f"index/{name}_etf" for name in ("iwm", "spy", "dia", "qqq")},
    **{name: f"metals/{name}_etf" for name in ("gld", "slv")},
    **{f"{name}_futures": f"metals/{name}_futures_nearest" for name in ("gold", "silver", "copper", "platinum", "palladium")},
    **{name: f"metals/{name}_lbma_pm" for name in ("gold", "platinum", "palladium")},
    "silver": "metals/silver_lbma",
    **{f"{coin}_usd{vendor}": f"crypto/{coin}_usd{vendor}" for coin in ("btc", "eth") for vendor in ("", "_kraken", "_coinmetrics")},
    **{f"{coin}_usd_coinbase": f"crypto/{coin}_usd_coinbase_close" for coin in ("btc", "eth")},
    "on_rrp_rate": "fred/ONRRP",
    "treasury_cash_daily": "treasury/tga_closing_balance",
    "treasury_outright_operations": "fed_operations/treasury_operations",
    "repo_operations": "fed_operations/standing_repo_usage",
}
FUTURES = "fed_funds_futures"
BARS = {"date": pl.Date, "open": pl.Float64, "high": pl.Float64, "low": pl.Float64, "close": pl.Float64, "volume": pl.Float64}
VALUES = {"date": pl.Date, "value": pl.Float64}
OPERATIONS = {
    "operation_id": pl.String,
    "date": pl.Date,
    "settlement_date": pl.Date,
    "operation_type": pl.String,
    "maturity_start": pl.Date,
    "maturity_end": pl.Date,
    "submitted_b": pl.Float64,
    "accepted_b": pl.Float64,
    "note": pl.String,
}
WEDNESDAY = 3
LAST_WINDOW_CLOSES = "13:45"  # of the standing repo facility, since its first day


class History(Rendered):
    """The tables of one folder. Files are read when their series is asked for, and once.

    Raises, when opened and when asked:
        TableError: a file is not the table it should be.
        FileNotFoundError, NotADirectoryError: the folder is not there, or holds none of the files.
    """

    name = "history"

    def __init__(self, folder: Path, now: datetime | None = None) -> None:
        if not folder.is_dir():
            raise NotADirectoryError(f"no history folder {folder}: give a folder with index/, metals/, crypto/, fred/ and so on")
        self.label = f"history in {folder}"
        self._folder = folder
        self._tables: dict[str, pl.DataFrame] = {}
        held = [series for series in catalog.load() if self.holds(series)]
        if not held:
            raise FileNotFoundError(
                f"{folder} holds no history: expected files such as index/sp500.csv.gz (date,open,high,low,close,volume) "
                "or fred/WALCL.csv.gz (date,value); pipelines/sources/history.py lists them all"
            )
        super().__init__(now or self._day_after_the_newest_bar(held))

    def holds(self, series: Series) -> bool:
        """Whether there is a file of that series."""
        return bool(self._paths(series))

    def table(self, series: Series) -> pl.DataFrame:
        """See `Rendered.table`.

        Raises:
            FileNotFoundError: the series is not held; names the file that would hold it.
            TableError: its file is not the table it should be.
        """
        if series.series_id not in self._tables:
            paths = self._paths(series)
            if not paths:
                raise FileNotFoundError(f"{self._folder} does not hold {series.series_id}: no file {_stem(series)}.csv.gz")
            self._tables[series.series_id] = self._read(series, paths)
        return self._tables[series.series_id]

    def published(self, series: Series) -> pl.DataFrame:
        """See `Rendered.published`; of federal funds futures only the months listed now, for Yahoo drops the expired."""
        rows = super().published(series)
        this_month = f"{self.now().astimezone(ZoneInfo(NEW_YORK)):%Y-%m}"
        return rows.filter(pl.col("contract_month") >= this_month) if series.series_id == FUTURES else rows

    def _paths(self, series: Series) -> list[Path]:
        if series.series_id == FUTURES:
            return sorted([*self._folder.glob(f"{FUTURES}/ZQ_??????.csv*"), *self._folder.glob(f"{FUTURES}/ZQ_contracts_*.parquet")])
        stem = self._folder / _stem(series)
        return [path for path in (stem.with_name(f"{stem.name}{ending}") for ending in (".csv.gz", ".csv")) if path.exists()][:1]

    def _read(self, series: Series, paths: list[Path]) -> pl.DataFrame:
        if series.series_id == FUTURES:
            contracts = [_contracts(path) if path.suffix == ".parquet" else _contract(path) for path in paths]
            return pl.concat(contracts).sort("session_date", "contract_month")
        if series.series_id == "treasury_general_account":
            return self._with_earlier_wednesdays(tables.read(paths[0], VALUES, {"date"}))
        if series.shape == "operations":
            return {"tsy": _outright, "rp": _standing_repo}[series.symbol](paths[0])
        return _bars(paths[0]) if series.shape == "price_bars" else tables.read(paths[0], VALUES, {"date"})

    def _with_earlier_wednesdays(self, levels: pl.DataFrame) -> pl.DataFrame:
        """The Wednesday levels, and before the first of them the closing balances of the Daily Treasury Statement.

        They are the same number. On a Wednesday without a statement (a bank holiday) the account stands where it closed
        the day before: of the seven since 2016, each then gives WTREGEN's average of the week to the million.
        """
        statements = catalog.by_id("treasury_cash_daily")
        if not self.holds(statements):
            return levels
        closings = self.table(statements)
        first, last = cast(date, closings["date"].min()), cast(date, levels["date"].min()) - timedelta(days=1)
        wednesdays = [day for day in calendars.sessions("24x7", first, last) if day.isoweekday() == WEDNESDAY]
        earlier = pl.DataFrame({"date": wednesdays}, schema={"date": pl.Date}).join_asof(closings, on="date", tolerance="1d")
        return pl.concat([earlier.drop_nulls(), levels])

    def _day_after_the_newest_bar(self, held: list[Series]) -> datetime:
        """Noon UTC of the day after the newest bar of an equity, or of anything where no equity is held."""
        equities = [series for series in held if series.release == "us_equity_close"]
        newest = max(cast(date, self.table(series)[DATED[series.shape]].max()) for series in equities or held)
        return datetime.combine(newest + timedelta(days=1), time(12), UTC)


def _stem(series: Series) -> str:
    return FILES.get(series.series_id) or f"{series.vendor}/{series.symbol}"


def _bars(path: Path) -> pl.DataFrame:
    """Bars of a file of bars, or of closes alone."""
    if "value" in tables.header(path):
        bars = tables.read(path, VALUES, {"date", "value"}).rename({"value": "close"})
    else:
        bars = tables.read(path, BARS, {"date", "close"})
    return as_bars(bars.rename({"date": "session_date"}))


def _contract(path: Path) -> pl.DataFrame:
    month = path.name[3:9]
    return as_bars(_bars(path).with_columns(contract_month=pl.lit(f"{month[:4]}-{month[4:]}")))


def _contracts(path: Path) -> pl.DataFrame:
    """The contracts from 2000 on; those before have no symbol: `contract_month` reads every two-digit year as 20yy."""
    found = pl.read_parquet(path, columns=["contract", "Date", "Open", "High", "Low", "Close", "Volume"])
    months = {code: contract_month(f"{code}.CBT") for code in found["contract"].unique()}
    bars = found.rename(str.lower).select(
        pl.col("contract").replace_strict(months, return_dtype=pl.String).alias("contract_month"),
        pl.col("date").cast(pl.Date).alias("session_date"),
        *(pl.col(name).cast(pl.Float64) for name in BARS if name != "date"),
    )
    return as_bars(bars.filter(pl.col("contract_month") < "2080"))


def _outright(path: Path) -> pl.DataFrame:
    operations = tables.read(path, OPERATIONS, {"operation_id", "date", "operation_type", "submitted_b", "accepted_b"})
    kind = pl.col("operation_type")
    return operations.sort("date", "operation_id").select(
        "operation_id",
        pl.col("date").alias("operation_date"),
        "settlement_date",
        "operation_type",
        pl.when(kind.str.ends_with("Purchase")).then(pl.lit("purchase")).otherwise(pl.lit("sale")).alias("direction"),
        *((pl.col(f"{name}_b") * 1e9).round().alias(f"{name}_usd") for name in ("submitted", "accepted")),
        "maturity_start",
        "maturity_end",
        "note",
    )


def _standing_repo(path: Path) -> pl.DataFrame:
    """One operation a day: the take-up of all its windows, known when the last of them is. All that is bid for is accepted.

    The facility lends overnight, from the day itself to the next on which the Fed is open. The ids are ours: the file has none.
    """
    days = tables.read(path, {"date": pl.Date, "SRF_USAGE": pl.Float64}, {"date", "SRF_USAGE"})
    day, dollars = pl.col("date"), (pl.col("SRF_USAGE") * 1e9).round()
    return days.select(
        day.dt.strftime("RP %m%d%y all").alias("operation_id"),
        day.alias("operation_date"),
        day.alias("settlement_date"),
        pl.Series("maturity_date", [calendars.next_session("FED", one) for one in days["date"]], dtype=pl.Date),
        pl.lit("Repo").alias("operation_type"),
        pl.lit("repo").alias("direction"),
        pl.lit("Overnight").alias("term"),
        dollars.alias("submitted_usd"),
        dollars.alias("accepted_usd"),
        pl.lit(LAST_WINDOW_CLOSES).alias("close_time"),
    )
