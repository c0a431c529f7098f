"""Where an answer to a request can come from: the vendors, the embedded sample, a folder of history.

Owns what the three have in common. Nothing after a source can tell them apart: all answer in the vendor's wire format,
and all go by a clock of their own, so that a past day can be run as it was. `live` asks the vendors, `sample` renders the
anchors that come with the product, `history` renders a folder of tables.
"""

from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from pipelines.catalog import Series
from pipelines.vendors import Answer, Request

NAMES = ("sample", "history", "live")


class Unreachable(Exception):
    """No answer came at all, or one that must not be read. Its text is a sentence for people: who, what, what to do."""


class Source(Protocol):
    """A place that answers requests.

    `name` is one of `NAMES`; `label` is printed wherever results are shown, and starts with SAMPLE for the sample.
    """

    name: str
    label: str

    def now(self) -> datetime:
        """The moment this source takes for now, in UTC."""
        ...

    def holds(self, series: Series) -> bool:
        """Whether this source can answer for that series at all."""
        ...

    def send(self, request: Request) -> Answer:
        """The answer to one request, whatever its status.

        Raises:
            Unreachable: no answer came at all.
        """
        ...


def open_source(name: str, folder: Path | None = None, now: datetime | None = None) -> Source:
    """The source of that name; `folder` is the history to read, `now` the moment to take for now (the clock's, if None).

    Raises:
        ValueError: no such source, no zone on `now`, or no folder for the one that reads a folder.
    """
    if name not in NAMES:
        raise ValueError(f"no source {name!r}; there are {', '.join(NAMES)}")
    if now is not None and now.tzinfo is None:
        raise ValueError(f"now must know its time zone, got {now}")
    if name != "history":
        return cast(Source, getattr(import_module(f"{__name__}.{name}"), name.capitalize())(now))
    if folder is None:
        raise ValueError("the history source reads a folder: give it as `history DIR` or set LOCKSTEP_HISTORY")
    return cast(Source, import_module(f"{__name__}.history").History(folder, now))
