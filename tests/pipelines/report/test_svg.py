"""What becomes of a chart on the way into the page."""

import pytest

from pipelines import charts
from pipelines.report import svg

DOCUMENT = """<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="10pt" viewBox="0 0 10 5" version="1.1">
<defs><style type="text/css">*{{stroke-linejoin: round}}</style></defs>
<g id="axes_1"><path id="mark" d="M 0 0" style="stroke: {colour}; fill: #000000"/><use xlink:href="#mark" clip-path="url(#cut)"/></g>
<defs><clipPath id="cut"><rect width="1" height="1"/></clipPath></defs>
<text>a &lt;b&gt; #d55e00</text>
</svg>"""


def test_colours_become_variables_and_names_are_told_apart():
    drawn = svg.inline(DOCUMENT.format(colour=charts.COLOURS[1].lower()), "pair-wide", 'two "lines"')
    assert 'style="stroke: var(--c2); fill: var(--ink)"' in drawn
    assert 'id="pair-wide-mark"' in drawn and 'href="#pair-wide-mark"' in drawn and 'clip-path="url(#pair-wide-cut)"' in drawn
    assert "axes_1" not in drawn and "<style" not in drawn and 'width="10pt"' not in drawn and "xlink" not in drawn
    assert drawn.startswith('<svg viewBox="0 0 10 5" role="img" aria-label="two &quot;lines&quot;" class="chart">')
    assert "<text>a &lt;b&gt; #d55e00</text>" in drawn  # what is said stays as it is


def test_a_colour_that_would_not_follow_the_scheme_is_refused():
    with pytest.raises(svg.UnknownColour, match="#123456"):
        svg.inline(DOCUMENT.format(colour="#123456"), "pair-wide", "text")
