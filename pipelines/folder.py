"""The data folder: where the archive, the warehouse and the published file of one source lie.

Owns their names and the rule that a folder belongs to one source: rows of the sample never stand beside live ones.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from pipelines.alerts.journal import Journal
from pipelines.archive import Archive
from pipelines.warehouse import Warehouse


class WrongSource(ValueError):
    """The folder holds the rows of another source."""


@dataclass(frozen=True)
class DataFolder:
    """One data folder."""

    path: Path

    @property
    def archive(self) -> Archive:
        """The kept answers."""
        return Archive(self.path / "captures")

    @property
    def market(self) -> Path:
        """The published file, which people query."""
        return self.path / "market.duckdb"

    @property
    def report(self) -> Path:
        """The page made from the published file."""
        return self.path / "report.html"

    @property
    def journal(self) -> Journal:
        """The alerts that were raised."""
        return Journal(self.path / "alerts")

    @property
    def label(self) -> str:
        """What is printed beside every figure of this folder; empty for the vendors' own."""
        return self._stamp().get("label", "")

    @property
    def source(self) -> str | None:
        """Name of the source that this folder belongs to; None while nothing was captured into it."""
        return self._stamp().get("source")

    def warehouse(self) -> Warehouse:
        """The warehouse, to be opened by whoever writes or reads it."""
        return Warehouse(self.path / "warehouse.duckdb", self.label)

    def claim(self, source: str, label: str) -> None:
        """Make the folder (if need be) and stamp it with its source.

        Raises:
            WrongSource: the folder already belongs to another one.
        """
        if self.source not in (None, source):
            raise WrongSource(
                f"{self.path} holds {self.source} data; {source} rows cannot stand beside them. "
                f"Name another folder: --data {self.path}-{source} (or LOCKSTEP_DATA={self.path}-{source})"
            )
        self.path.mkdir(parents=True, exist_ok=True)
        if self.source is None:
            (self.path / "source.json").write_text(json.dumps({"source": source, "label": label}) + "\n", encoding="utf-8")

    def _stamp(self) -> dict[str, str]:
        stamp = self.path / "source.json"
        return json.loads(stamp.read_text(encoding="utf-8")) if stamp.exists() else {}
