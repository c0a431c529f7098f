"""What a vendor module offers, and the types that travel between a question and its answer.

A vendor module (`pipelines/vendors/<vendor>.py`, named by `vendor = "<vendor>"` in a catalog row) knows how to ask and
how to read, and touches no network, no clock, no file and no environment. It offers:

    VENDOR: Vendor
    requests(series, since, until, *, keyed) -> list[Request]
    parse(body, series, request) -> polars.DataFrame        raises Refused
    following(request, body) -> Request | None              only where one answer leads to the next question

Sending belongs to `pipelines.sources`, keeping to `pipelines.archive`, the columns of the frames to `pipelines.schemas`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from importlib import import_module
from typing import Protocol, cast

import polars as pl

from pipelines.catalog import Series


class Refused(ValueError):
    """An answer that is not what the vendor documents. Its text is the reason people read in `core.captures`."""


@dataclass(frozen=True)
class Vendor:
    """Facts about a vendor that hold for every one of its series.

    `overlap_days`: how far before the newest stored date a re-read begins, because the vendor restates that far back.
    `pace_seconds`: the least time between two requests. `key`: the name of the environment variable of its key, if any.
    `key_param`: the query parameter in which the key is sent. `attribution`: the line its terms ask for.
    """

    name: str
    title: str
    site: str
    terms: str
    attribution: str
    pace_seconds: float
    overlap_days: int
    key: str | None = None
    key_param: str | None = None


@dataclass(frozen=True)
class Request:
    """One question to a vendor, without its key (the network door adds it last).

    `params` in the order in which they are sent. `notes` carry what an earlier answer said and the reading of this one
    needs (FRED's units); they are kept beside the answer and never sent.
    """

    vendor: str
    series_id: str
    url: str
    params: tuple[tuple[str, str], ...] = ()
    key: str | None = None
    notes: tuple[tuple[str, str], ...] = ()

    def param(self, name: str) -> str | None:
        """The value of the query parameter `name`, or None."""
        return dict(self.params).get(name)

    def note(self, name: str) -> str | None:
        """What an earlier answer said under `name`, or None."""
        return dict(self.notes).get(name)

    def with_param(self, name: str, value: str) -> "Request":
        """The same question with one parameter replaced in its place, or appended."""
        pairs = [(n, value if n == name else v) for n, v in self.params]
        if self.param(name) is None:
            pairs.append((name, value))
        return replace(self, params=tuple(pairs))


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers that matter and the body, decompressed."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class VendorModule(Protocol):
    """The shape of a module in this package."""

    VENDOR: Vendor

    def requests(self, series: Series, since: date | None, until: date, *, keyed: bool) -> list[Request]: ...

    def parse(self, body: bytes, series: Series, request: Request) -> pl.DataFrame: ...


def module(name: str) -> VendorModule:
    """The vendor module of that name.

    Raises:
        LookupError: no such module; a catalog row names a vendor that nobody wrote.
    """
    try:
        return cast(VendorModule, import_module(f"pipelines.vendors.{name}"))
    except ModuleNotFoundError as error:
        raise LookupError(f"no vendor module pipelines/vendors/{name}.py") from error


def following(request: Request, body: bytes) -> Request | None:
    """The question that the answer `body` to `request` leads to (next page, the observations after their units), if any."""
    ask_next = getattr(module(request.vendor), "following", None)
    return ask_next(request, body) if ask_next else None
