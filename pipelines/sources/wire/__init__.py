"""Writing tables down as the vendors send them: one module a vendor, the counterpart of `pipelines.vendors.<vendor>`.

Each offers

    answer(table, series, request) -> Answer

and owns the layout, the window parameters, the pages and the errors that its vendor documents. `table` is what was
published by the clock, see `pipelines.sources.rendered.Rendered.table`; nothing here knows where it comes from.
"""

import json
from datetime import UTC, date, datetime, time
from importlib import import_module
from typing import Any, Protocol, cast

import polars as pl

from pipelines.catalog import Series
from pipelines.vendors import Answer, Request


class WireModule(Protocol):
    """The shape of a module in this package."""

    def answer(self, table: pl.DataFrame, series: Series, request: Request) -> Answer: ...


def module(vendor: str) -> WireModule:
    """The module that writes as that vendor does.

    Raises:
        LookupError: nobody wrote it.
    """
    try:
        return cast(WireModule, import_module(f"{__name__}.{vendor}"))
    except ModuleNotFoundError as error:
        raise LookupError(f"no module pipelines/sources/wire/{vendor}.py: this vendor can only be asked live") from error


def as_json(document: Any, status: int = 200) -> Answer:
    """An answer whose body is `document`, written compactly."""
    return Answer(status, json.dumps(document, separators=(",", ":"), allow_nan=False).encode(), {"content-type": "application/json"})


def plain(value: float) -> str:
    """The shortest decimal that reads back as `value`; whole numbers without a point."""
    return str(int(value)) if value.is_integer() else repr(value)


def whole(value: float | None) -> float | int | None:
    """The number as JSON writes counts: without a point where it is whole."""
    return int(value) if value is not None and value.is_integer() else value


def midnight(day: date) -> int:
    """The start of a UTC day in unix seconds."""
    return int(datetime.combine(day, time(), UTC).timestamp())


def instant(text: str) -> datetime:
    """A moment that a request states, ISO 8601; without a zone it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
