"""What the page is made of: sections of figures and tables, each with its query and the age of its rows.

Owns their shape and how a picture becomes one of them; what they say belongs to the module of each section.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl
from markupsafe import Markup

from pipelines import charts
from pipelines.report import svg, wording
from pipelines.report.pictures import Picture
from pipelines.report.published import Answer, Published

WIDTHS = {"wide": 8.2, "narrow": 3.75}  # inches: at these widths nine points can be read on a screen and on a phone


@dataclass(frozen=True)
class Table:
    """Rows of text under columns; each column by name is of a kind: text, prose (which takes room), number or day."""

    caption: str
    columns: dict[str, str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Figure:
    """One thing to be seen: what it says, the picture in both widths, the tables in sight and folded, queries, age.

    `drawings` is empty where there is nothing to draw; then `note` says so.
    """

    key: str
    title: str
    age: str
    queries: tuple[str, ...]
    drawings: dict[str, Markup] = field(default_factory=dict)
    note: str = ""
    tables: tuple[Table, ...] = ()
    folded: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Section:
    """A heading, its figures, and for a section that cannot be shown the sentence that says why."""

    key: str
    heading: str
    figures: tuple[Figure, ...] = ()
    note: str = ""


def asked(published: Published, picture: Picture) -> tuple[Answer, ...]:
    """The rows of a picture, one answer for each of its queries."""
    return tuple(published.ask(query) for query in picture.queries)


def drawn(picture: Picture, frames: Sequence[pl.DataFrame], key: str, text: str, label: str) -> dict[str, Markup]:
    """The picture in both widths, with `text` in its place; nothing where its first frame has no row."""
    if frames[0].is_empty():
        return {}
    return {
        name: svg.inline(charts.svg(picture.draw(*frames, label, width=width)), f"{key}-{name}", text) for name, width in WIDTHS.items()
    }


def age(answers: Sequence[Answer], day: str, published: Published) -> str:
    """How old the rows are: the newest day among them, when they were known, how long before the moment of the page."""
    days = [value for each in answers for value in each.rows[day].drop_nulls()]
    if not days:
        return f"No row was known at {wording.instant(published.moment)}."
    known = max(value for each in answers for value in each.rows["known_at"].drop_nulls())
    ago = wording.span(published.moment - known)
    return f"Newest day {wording.day(max(days))}, known since {wording.instant(known)}: {ago} before the moment of this page."
