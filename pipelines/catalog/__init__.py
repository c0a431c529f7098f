"""The catalog: one `[[series]]` block a series, in five TOML files by subject; the file's name is the group.

Owns what a series is and the strictness of its form. Vendor facts live in the vendor's module, release rules in
`pipelines.releases`; what a series looks like in SQL is `core.series`.
"""

import tomllib
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

FOLDER = Path(__file__).parent
GROUPS = {"indices": "index", "metals": "metals", "crypto": "crypto", "liquidity": "liquidity", "fed_operations": "fed_operations"}

Shape = Literal["price_bars", "observations", "operations"]


class CatalogError(ValueError):
    """A catalog file that does not load: names the file, the series, the key and what is wrong with it."""


class RecordSeed(BaseModel):
    """A cited record from before the days that are held: the highest close (and high) known on `made_on`, beaten on `beaten_on`.

    It stands for what a history that begins between the two days cannot show. Without `high` the close is taken for it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    made_on: date
    close: FiniteFloat
    high: FiniteFloat | None = None
    beaten_on: date
    source: str

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if not self.made_on < self.beaten_on:
            raise ValueError(f"the record of {self.made_on} was beaten on {self.beaten_on}, which is not later")
        if self.close <= 0 or (self.high is not None and self.high < self.close):
            raise ValueError(f"the record of {self.made_on}: 0 < close <= high must hold")
        return self


class Series(BaseModel):
    """One series, as its catalog block says it. Frozen, strict, no extra keys.

    `symbol` is the vendor's code. `unit` is the unit of every stored value; `vendor_unit` the unit on the wire where it
    differs ("USD millions" against "USD billions"). `release` names the rule of `pipelines.releases` that says when a
    value of a date can first be known. `minimum` and `maximum` bound a possible value, in `unit`. `max_staleness_days` is the
    age at which a series of events is stale (the others have expected dates). `days_ahead` is how
    far after the day of asking a date may lie. `history_start` is where the vendor's history begins; `record_claimable`
    is false where not even that history could call a high a record; `record_seeds` are cited records from before what may be
    held (`core.series` decides which one counts, and whether a record can be claimed). `second_reading_of` names the series that this
    one is another vendor's reading of. `nearest_future` marks the nearest listed month of a metal future, whose rolls
    nobody adjusts. `optional` series may stay silent without a red check.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    series_id: str
    title: str
    group: str
    vendor: str
    symbol: str
    shape: Shape
    unit: str
    vendor_unit: str | None = None
    frequency: Literal["daily", "weekly", "monthly", "event"]
    calendar: Literal["XNYS", "24x7", "XLON", "XCME", "SIFMA", "FED"]
    release: str
    publisher: str
    licence: str
    minimum: FiniteFloat | None = None
    maximum: FiniteFloat | None = None
    max_staleness_days: int | None = None
    days_ahead: int = 0
    history_start: date | None = None
    record_claimable: bool = True
    record_seeds: Annotated[tuple[RecordSeed, ...], Field(strict=False)] = ()  # TOML knows lists only
    second_reading_of: str | None = None
    nearest_future: bool = False
    optional: bool = False


@cache
def load(folder: Path = FOLDER) -> tuple[Series, ...]:
    """Every series of the catalog, in the order of the files and their blocks.

    Raises:
        CatalogError: a file is missing, belongs to no group or is not TOML; a block misses a key, has one too many or one
            of the wrong type; or two blocks share a series_id.
    """
    strange = {path.stem for path in folder.glob("*.toml")} ^ set(GROUPS)
    if strange:
        raise CatalogError(f"{', '.join(f'{stem}.toml' for stem in sorted(strange))}: the files of the catalog are those of GROUPS")
    found: dict[str, Series] = {}
    for stem, group in GROUPS.items():
        path = folder / f"{stem}.toml"
        for series in _read(path, group):
            if series.series_id in found:
                raise CatalogError(f"{path.name}: series {series.series_id} stands twice in the catalog")
            found[series.series_id] = series
    return tuple(found.values())


def by_id(series_id: str) -> Series:
    """The series of that id.

    Raises:
        KeyError: no such series; its first argument is `unknown` of it.
    """
    known = {series.series_id: series for series in load()}
    if series_id not in known:
        raise KeyError(unknown(series_id))
    return known[series_id]


def unknown(name: object) -> str:
    """The sentence for a name that is no series: which are near it, or where they are listed."""
    word, known = str(name).casefold(), load()
    titled = [series.series_id for series in known if word and word in series.title.casefold() and series.second_reading_of is None]
    near = titled[:3] or get_close_matches(word, [series.series_id for series in known], n=3, cutoff=0.4)
    advice = f"perhaps {', '.join(near)}" if near else "`lockstep status` lists them"
    return f"no series {name!r} in the catalog; {advice}"


def _read(path: Path, group: str) -> list[Series]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CatalogError(f"{path.name}: not TOML: {error}") from error
    defaults, blocks = document.pop("defaults", {}), document.pop("series", [])
    if document or not isinstance(defaults, dict) or not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise CatalogError(f"{path.name}: a file holds one [defaults] and [[series]] blocks, and no other table {sorted(document)}")
    return [_series(path, {**defaults, **block, "group": group}) for block in blocks]


def _series(path: Path, fields: dict[str, Any]) -> Series:
    try:
        series = Series(**fields)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise CatalogError(f"{path.name}: series {fields.get('series_id', '(no series_id)')}: {problems}") from error
    if series.minimum is not None and series.maximum is not None and series.minimum >= series.maximum:
        raise CatalogError(f"{path.name}: series {series.series_id}: maximum: {series.maximum:g} is not above {series.minimum:g}")
    return series
