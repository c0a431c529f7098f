"""Claims: what an article says, as data. One `<article>.toml` an article, each claim a template and its parameters.

Owns the form of such a file and the sentence that says what is wrong with one: the file, the line, what to write instead.
What a template asks stands in `templates/`, its binding in `template.py`; how the answers become a verdict in `verdict.py`;
when claims are evaluated in `evaluation.py`. The source's sentences are told in our own words, never copied.
"""

import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from pipelines.claims import template
from pipelines.claims.template import ParameterError, Template

FOLDER = Path(__file__).parent
CITATIONS = FOLDER / "analyst_claims.toml"  # beside the articles, and none

Words = Annotated[str, StringConstraints(min_length=8)]
Url = Annotated[str, StringConstraints(pattern=r"^https://[^\s/]+\.[^\s]+$")]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]


class ClaimsError(ValueError):
    """An article that does not load: names the file, the line, what is wrong there and what to write instead."""


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Article(_Form):
    """Who said it, when and where; `as_of` is the moment at which its reader stood, with its zone."""

    article_id: Id
    title: Words
    published_on: date
    publisher: str
    url: Url
    as_of: AwareDatetime

    @field_validator("as_of")
    @classmethod
    def _in_utc(cls, moment: datetime) -> datetime:
        return moment.astimezone(UTC)


class Claim(_Form):
    """One claim in our own words. A `claimed_value` was printed with `claimed_decimals` (-3: to the thousand)."""

    claim_id: Id
    text: Words
    template: str
    claimed_value: float | None = None
    claimed_decimals: int | None = Field(default=None, ge=-9, le=9)
    params: dict[str, Any] = {}


@dataclass(frozen=True)
class Checked:
    """A claim that can be asked: its template, and its parameters complete and checked."""

    claim: Claim
    template: Template
    params: dict[str, Any]


@dataclass(frozen=True)
class Story:
    """An article and its claims, in their order in the file."""

    article: Article
    claims: tuple[Checked, ...]


@cache
def load() -> tuple[Story, ...]:
    """Every article that comes with the product, in the order of their ids.

    Raises:
        ClaimsError: one of them does not load.
    """
    return tuple(read(path) for path in sorted(FOLDER.glob("*.toml")) if path != CITATIONS)


def find(name: str) -> Story:
    """The article of that id, or of the file at that path.

    Raises:
        ClaimsError: neither; or the file does not load.
    """
    if name.endswith(".toml"):
        if not Path(name).is_file():
            raise ClaimsError(f"{name}: there is no such file; `lockstep claims new {name}` writes one to fill in")
        return read(Path(name))
    found = {story.article.article_id: story for story in load()}
    if name not in found:
        raise ClaimsError(f"no article {name!r}: there are {', '.join(found)}, or name a file of your own that ends in .toml")
    return found[name]


def read(path: Path) -> Story:
    """The article in a file.

    Raises:
        ClaimsError: not TOML; a key too many, too few or of the wrong form; an unknown template; a parameter out of range.
    """
    text = path.read_text(encoding="utf-8")
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ClaimsError(f"{path.name}: not TOML: {error}") from error
    lines = _Lines(path.name, text)
    unknown = set(document) - {"article", "claim"}
    if unknown or "article" not in document or not isinstance(document.get("claim"), list):
        raise ClaimsError(f"{path.name}:1: an article is one [article] table and [[claim]] blocks; see `lockstep claims new --help`")
    article = _form(Article, document["article"], lines, "[article]", 0)
    claims = tuple(_claim(fields, lines, number) for number, fields in enumerate(document["claim"]))
    ids = [each.claim.claim_id for each in claims]
    for number, claim_id in enumerate(ids):
        if claim_id in ids[:number]:
            raise ClaimsError(f"{lines.place('[[claim]]', number, 'claim_id')}: {claim_id} stands twice; give each claim an id of its own")
    return Story(article, claims)


def reads() -> frozenset[str]:
    """Every table that a claim of these articles is asked of (`schema.table`)."""
    return frozenset().union(*(each.template.reads(each.params) for story in load() for each in story.claims))


def frame() -> pl.DataFrame:
    """Every claim as the rows of raw.claims; a claim is known from the moment its article's reader stood at."""
    rows = [
        {
            "article_id": story.article.article_id,
            "article_title": story.article.title,
            "published_on": story.article.published_on,
            "publisher": story.article.publisher,
            "source_url": story.article.url,
            "article_as_of": story.article.as_of,
            "claim_id": each.claim.claim_id,
            "text": each.claim.text,
            "template": each.claim.template,
            "params": template.told(each.params),
            "claimed_value": each.claim.claimed_value,
            "claimed_decimals": each.claim.claimed_decimals,
            "known_at": story.article.as_of,
        }
        for story in load()
        for each in story.claims
    ]
    instants = {name: pl.Datetime("us", "UTC") for name in ("article_as_of", "known_at")}
    return pl.DataFrame(rows, schema_overrides={**instants, "claimed_value": pl.Float64, "claimed_decimals": pl.Int32})


def _claim(fields: dict[str, Any], lines: "_Lines", number: int) -> Checked:
    claim = _form(Claim, fields, lines, "[[claim]]", number)
    if (claim.claimed_value is None) != (claim.claimed_decimals is None):
        raise ClaimsError(
            f"{lines.place('[[claim]]', number, 'claimed_value')}: {claim.claim_id}: a claimed_value goes with claimed_decimals, "
            'the places it was printed with: 0 for "27 %", 1 for "8.2 billion", -3 for "126,000"'
        )
    try:
        asked = template.named(claim.template)
        return Checked(claim, asked, template.complete(asked, claim.params, claim.claimed_value, claim.claimed_decimals))
    except ParameterError as error:
        raise ClaimsError(f"{lines.place('[[claim]]', number, error.key)}: {claim.claim_id}: {error}") from error


def _form(model: Any, fields: Any, lines: "_Lines", header: str, number: int) -> Any:
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0]) if first["loc"] else ""
        known = ", ".join(model.model_fields)
        said = {"missing": f"{key} is missing", "extra_forbidden": f"there is no key {key!r}; the keys are {known}"}
        problem = said.get(first["type"], f"{key}: {first['msg']}")
        raise ClaimsError(f"{lines.place(header, number, key)}: {problem}") from error


class _Lines:
    """Where a key of a TOML text stands: tomllib keeps no lines."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._lines = text.splitlines()

    def place(self, header: str, number: int, key: str) -> str:
        """`file:line` of `key` in the block that the header opens for the (number + 1)th time; of the header, if it has none."""
        starts = [at for at, line in enumerate(self._lines) if line.split("#")[0].strip() == header]
        start = starts[number] if number < len(starts) else 0
        end = next((at for at in starts[number + 1 :]), len(self._lines))
        asked = re.compile(rf"(params\.)?{re.escape(key)}\s*=|\[\w+\.{re.escape(key)}\]|.*[{{,]\s*{re.escape(key)}\s*=")
        at = next((at for at in range(start, end) if key and asked.match(self._lines[at].strip())), start)
        return f"{self._name}:{at + 1}"
