"""A desk at which to run passes: one archive, one warehouse, and a source that says what a test told it to say.

Questions and answers go through the real modules of FRED and Yahoo: the answers are in their shape, the values made up.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from pipelines import catalog, ingest, schemas
from pipelines.archive import Archive
from pipelines.catalog import Series
from pipelines.ingest import Loaded
from pipelines.sources import Unreachable
from pipelines.vendors import Answer, Request
from pipelines.warehouse import Warehouse

MORNING = datetime(2025, 12, 12, 10, 50, tzinfo=UTC)  # a Friday, before New York opens
DAY = timedelta(days=1)
REPO = {date(2025, 12, 9): 2.1, date(2025, 12, 10): 2.5, date(2025, 12, 11): 3.0}
INDEX = {date(2025, 12, 9): 6840.5, date(2025, 12, 10): 6886.75, date(2025, 12, 11): 6901.0}

Say = Callable[[Request], Answer]


class Vendors:
    """A source that answers from what a test told it to say, series by series, and remembers what it was asked."""

    name, label = "history", ""

    def __init__(self, **say: Say) -> None:
        self.clock, self.say, self.asked = MORNING, say, list[Request]()

    def now(self) -> datetime:
        return self.clock

    def holds(self, series: Series) -> bool:
        return series.series_id in self.say

    def send(self, request: Request) -> Answer:
        self.asked.append(request)
        return self.say[request.series_id](request)


class Desk:
    """One archive and one warehouse, and passes over them."""

    def __init__(self, folder: Path) -> None:
        self.archive, self.warehouse, self.told = Archive(folder / "captures"), Warehouse(folder / "warehouse.duckdb"), list[str]()

    def run(self, source: Vendors) -> dict[str, Loaded]:
        """One pass: capture, then load. What became of the last answer of each series."""
        ingest.capture(source, self.archive, self.warehouse, [catalog.by_id(name) for name in source.say], self.told.append)
        return {item.series_id: item for item in self.load()}

    def load(self, **kinds: Any) -> list[Loaded]:
        return ingest.load(self.archive, self.warehouse, self.told.append, **kinds)

    def held(self, table: str = "observations", what: str = "value") -> list[Any]:
        return self.warehouse.frame(f"select {what} as v from raw.{table} order by known_at, series_id, v")["v"].to_list()

    def everything(self) -> list[pl.DataFrame]:
        return [self.warehouse.frame(f"select * from raw.{table} order by all") for table in (*schemas.SHAPES, "captures")]


def fred(values: Mapping[date, float | None]) -> Say:
    """FRED's keyless CSV of these values, from the asked date on."""

    def say(request: Request) -> Answer:
        since = date.fromisoformat(request.param("cosd") or "0001-01-01")
        lines = [f"{day},{'' if value is None else value}" for day, value in values.items() if day >= since]
        return Answer(200, "\n".join([f"observation_date,{request.param('id')}", *lines, ""]).encode(), {"Content-Type": "text/csv"})

    return say


def yahoo(closes: Mapping[date, float], zone: str = "America/New_York", opens: time = time(14, 30)) -> Say:
    """Yahoo's chart of these closes, between the asked instants."""

    def say(request: Request) -> Answer:
        stamps = {int(datetime.combine(day, opens, UTC).timestamp()): close for day, close in closes.items()}
        asked = range(int(request.param("period1") or 0), int(request.param("period2") or 0))
        bars = {stamp: close for stamp, close in stamps.items() if stamp in asked}
        quote = {name: list(bars.values()) for name in ("open", "high", "low", "close")} | {"volume": [10] * len(bars)}
        meta = {"symbol": symbol(request), "exchangeTimezoneName": zone, "dataGranularity": "1d"}
        result = {"meta": meta, "indicators": {"quote": [quote if bars else {}]}} | ({"timestamp": list(bars)} if bars else {})
        return Answer(200, json.dumps({"chart": {"result": [result], "error": None}}).encode())

    return say


def symbol(request: Request) -> str:
    return request.url.rpartition("/")[2].replace("%5E", "^")


def silent(request: Request) -> Answer:
    raise Unreachable(f"no answer for {request.series_id} in 5 attempts")


def answers(status: int, body: bytes) -> Say:
    return lambda request: Answer(status, body)


def futures(*listed: str, others: Say) -> Say:
    """The chain of fed funds futures, where only `listed` contracts have traded."""
    traded = yahoo({date(2025, 12, 10): 96.2, date(2025, 12, 11): 96.3}, "America/Chicago", time(6))
    return lambda request: traded(request) if symbol(request) in listed else others(request)


def times(values: Mapping[date, float], factor: float) -> dict[date, float]:
    return {day: value * factor for day, value in values.items()}
