"""The report: one HTML file made from the published file, to be opened without a network, on a screen, a phone or paper.

Owns which sections the page has and where it is put. What a section says belongs to its module (`standing`,
`records`, `lens`, `liquidity`, `claims`, `quality`), how it looks to `page.html` and `page.css`.
"""

from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from pipelines.report import claims, lens, liquidity, pictures, quality, records, standing, wording
from pipelines.report.published import Published

HERE = Path(__file__).parent
PAIR = pictures.PAIR


def write(market: Path, out: Path, as_of: datetime | None = None, pair: tuple[str, str] = PAIR) -> Path:
    """Write the report of a published file to `out`, by rename: a reader has the old page or the new one. Returns `out`.

    Raises:
        WarehouseError: there is no such file, or a table of it is missing.
        ValueError: the moment is later than what the file knows, or a series of the pair is not in it.
        OSError: `out` cannot be written.
    """
    with Published.opened(market, as_of) as published:
        html = page(published, pair)
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name(f".{out.name}.new")
    temporary.write_text(html, encoding="utf-8")
    temporary.replace(out)
    return out


def page(published: Published, pair: tuple[str, str] = PAIR) -> str:
    """The page as text.

    Raises:
        WarehouseError, ValueError: as `write`.
    """
    leader, laggard = (_known(name, published) for name in pair)
    if leader == laggard:
        raise ValueError(f"the pair is {leader} twice: name two different series")
    state = standing.state(published)
    sections = [
        standing.section(published, state),
        records.section(published, leader, laggard),
        lens.section(published, leader, laggard),
        liquidity.section(published),
    ]
    return _template().render(
        headline=standing.headline(state.rows, leader, laggard),
        moment=published.moment,
        run=published.run,
        label=published.label,
        sections=sections,
        articles=claims.articles(published),
        no_claims=claims.ABSENT,
        quality=quality.figure(published),
        style=Markup((HERE / "page.css").read_text(encoding="utf-8")),  # our own file
    )


def _known(name: str, published: Published) -> str:
    if name not in published.names:
        raise ValueError(f"no series {name!r} in {published.market}; `lockstep status` lists them")
    return name


def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(day=wording.day, instant=wording.instant)
    return environment.get_template("page.html")
