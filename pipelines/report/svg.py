"""A chart as a part of the page: its colours follow the page's, its names clash with none, and text stands in its place.

Owns what becomes of an SVG document of `pipelines.charts` on the way into HTML.
"""

import re
from xml.etree import ElementTree

from markupsafe import Markup

from pipelines import charts

VARIABLES = {
    **{colour.lower(): f"var(--c{number})" for number, colour in enumerate(charts.COLOURS[:-1], start=1)},
    charts.INK.lower(): "var(--ink)",
    charts.GREY.lower(): "var(--muted)",
    charts.GRID.lower(): "var(--grid)",
    charts.SHADE.lower(): "var(--shade)",
}
REFERENCE = re.compile(r"url\(#([^)]+)\)|^#(.+)$")


class UnknownColour(ValueError):
    """A chart uses a colour that the page has no variable for: it would not follow the colour scheme."""


def inline(document: str, name: str, text: str) -> Markup:
    """The document as one inline element with `text` as its alternative; `name` is told apart from every other on the page.

    Raises:
        UnknownColour: see there.
    """
    root = ElementTree.fromstring(document)
    used = {reference for element in root.iter() for value in element.attrib.values() for reference in _references(value)}
    for element in root.iter():
        element.tag = _plain(element.tag)
        for key, value in list(element.attrib.items()):
            del element.attrib[key]
            if key != "id" or value in used:
                element.set(_plain(key), _told_apart(_coloured(value), name, key))
    for child in [child for child in root if child.tag == "defs" and any(each.tag == "style" for each in child)]:
        root.remove(child)  # a rule for every element of the page; the page's own style sheet has it for charts
    view = root.get("viewBox", "")
    root.attrib.clear()
    root.attrib.update({"viewBox": view, "role": "img", "aria-label": text, "class": "chart"})
    # From ElementTree, which escapes every text and attribute.
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _plain(name: str) -> str:
    """The name without its namespace: HTML knows which elements are SVG."""
    return name.rpartition("}")[2]


def _references(value: str) -> list[str]:
    return [first or second for first, second in REFERENCE.findall(value)]


def _told_apart(value: str, name: str, key: str) -> str:
    if key == "id":
        return f"{name}-{value}"
    return REFERENCE.sub(lambda found: f"url(#{name}-{found[1]})" if found[1] else f"#{name}-{found[2]}", value)


def _coloured(value: str) -> str:
    return re.sub(r"#[0-9a-f]{6}\b(?![\w-])", _variable, value)


def _variable(found: re.Match[str]) -> str:
    try:
        return VARIABLES[found[0]]
    except KeyError as error:
        raise UnknownColour(
            f"a chart uses the colour {found[0]}, which the page has no variable for; use one of pipelines.charts"
        ) from error
