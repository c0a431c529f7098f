"""The page as a document: alone, in order, every text escaped, every query to be asked again, every section with its words."""

import html
import re
from collections import Counter
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from pipelines import report
from pipelines.report.published import Published
from pipelines.warehouse import query

MORNING = datetime(2025, 12, 12, 10, 50, tzinfo=UTC)
Pair = tuple[str, str]
VOID = {"meta", "link", "wbr", "img", "br"}


def page_of(market: Path, as_of: datetime | None = None, pair: Pair = report.PAIR) -> str:
    """The page, with plain spaces and characters."""
    with Published.opened(market, as_of) as published:
        return html.unescape(report.page(published, pair)).replace("\u00a0", " ")


class Outline(HTMLParser):
    """Element names with their attributes in order; fails where one is closed that is not open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, tag


@pytest.fixture(scope="session")
def text(page_of_sample: Path) -> str:
    return page_of_sample.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def outline(text: str) -> Outline:
    return Outline(text)


def test_it_stands_alone_and_is_small(text, outline):
    assert len(text.encode()) < 3_000_000
    assert {tag for tag, _ in outline.found} & {"script", "iframe", "img", "object", "embed", "form"} == set()
    leading = [value for _, attributes in outline.found for key, value in attributes.items() if key in ("href", "src", "xlink:href")]
    assert {value for value in leading if value and not value.startswith("#")} == {"data:,", "https://example.org/story"}
    assert "url(http" not in text and "@import" not in text
    policy = [attributes["content"] for tag, attributes in outline.found if attributes.get("http-equiv") == "Content-Security-Policy"]
    assert policy and policy[0] and "default-src 'none'" in policy[0]


def test_it_is_well_formed_every_id_once_and_every_reference_leads_somewhere(text, outline):
    assert outline.open == []
    ids = Counter(attributes["id"] for _, attributes in outline.found if "id" in attributes)
    assert [name for name, times in ids.items() if times > 1] == []
    references = set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"|aria-labelledby="([^"]+)"', text))
    named = {name for groups in references for name in groups if name}
    assert len(named) > 20 and named - set(ids) == set()


def test_headings_are_in_order_and_tables_say_what_they_hold(outline):
    levels = [int(tag[1]) for tag, _ in outline.found if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    tags = Counter(tag for tag, _ in outline.found)
    assert tags["table"] == tags["caption"] == tags["thead"] > 8 and tags["main"] == tags["nav"] == 1
    assert all("scope" in attributes for tag, attributes in outline.found if tag == "th")


def test_every_chart_has_a_text_in_its_place_and_is_drawn_for_two_widths(outline):
    charts = [attributes for tag, attributes in outline.found if tag == "svg"]
    assert len(charts) == 14 and all(len(each["aria-label"] or "") > 20 and each["role"] == "img" for each in charts)
    widths = [attributes["class"] for tag, attributes in outline.found if (attributes.get("class") or "").startswith("drawing")]
    assert Counter(widths) == {"drawing wide": 7, "drawing narrow": 7}


def test_every_figure_says_how_old_it_is_and_its_queries_can_be_asked_again(text, claimed):
    figures = text.split("<figure")[1:]
    assert len(figures) >= 9
    assert [each[:80] for each in figures if 'class="age"' not in each or "behind it" not in each] == []
    for asked in re.findall(r"<pre><code>(.*?)</code></pre>", text, re.DOTALL):
        assert query(claimed, html.unescape(asked)).width > 0


def test_the_sample_is_called_so_on_the_page_and_in_every_chart(text):
    assert text.count("SAMPLE: ") >= 14 and "<strong>SAMPLE</strong>" in text


def test_claims_stand_side_by_side_with_words_and_are_escaped(text):
    section = text.split('<section id="claims"')[1].split("</section>")[0]
    assert "As of 2025-12-12 10:50 UTC" in section and "As of 2026-03-31 22:00 UTC" in section
    assert "&lt;on Thursday&gt;" in section and "<on Thursday>" not in text
    assert "Of 4 claims 1 holds, 1 depends on the definition, 1 does not hold, 1 cannot be told; 1 verdict changed" in section
    assert '<a href="https://example.org/story" rel="noreferrer">Small &lt;caps&gt; lead</a>, A paper, 2025-12-12' in section
    assert section.count("verdict changed</span>") == 1 and "RESOLVED_<wbr>FALSE" in section and "another" not in section


def test_as_of_a_moment_it_says_what_was_known_then(claimed):
    then = page_of(claimed, MORNING)
    assert "As of <time" in then and "2025-12-12 10:50 UTC</time>" in then
    assert "Russell 2000 closed at a record, Bitcoin 25.8 % below its record" in then
    levels = "select definition, change_usd_bn from mart.net_liquidity_as_of(timestamptz '2025-12-12 10:50+00') where date = '2025-12-10'"
    changes = {name: f"{change:+.1f}" for name, change in query(claimed, levels).iter_rows()}
    assert f"by {changes['wednesday']} bn USD from Wednesday to Wednesday and by {changes['week_average']} bn as an average" in then
    assert "No bill of the programme was bought by this moment; bills for 40 bn USD were announced" in then
    assert "As of 2026-03-31" not in then  # a verdict of a later moment
    assert "_as_of(timestamptz" in then


def test_another_pair_may_stand_under_the_lens_and_a_file_may_have_no_claims(sample_day, monkeypatch):
    monkeypatch.setattr(report.claims, "TABLES", ("mart.nonsuch",))
    page = page_of(sample_day.market, pair=("gold", "silver"))
    assert "Gold, LBMA afternoon fix and Silver, LBMA fix</h2>" in page and "Silver, LBMA fix stood 20 % or more below its own" in page
    assert report.claims.ABSENT in page


def test_before_anything_was_known_the_page_says_so(sample_day):
    page = page_of(sample_day.market, datetime(1960, 1, 1, tzinfo=UTC))
    assert "Nothing is known of the pair at this moment" in page and "No price was known at this moment" in page
    assert page.count("No row was known at 1960-01-01 00:00 UTC.") >= 5 and "<svg" not in page


@pytest.mark.parametrize(
    ("as_of", "pair", "said"),
    [
        (datetime(2027, 1, 1, tzinfo=UTC), report.PAIR, "name an earlier --as-of"),
        (None, ("russell_2000", "x' or true --"), "no series"),
        (None, ("gold", "gold"), "two different series"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_a_sentence(sample_day, as_of, pair, said):
    with pytest.raises(ValueError, match=said):
        page_of(sample_day.market, as_of, pair)


def test_the_old_page_stands_until_the_new_one_is_whole(sample_day, tmp_path, monkeypatch):
    out, pages = tmp_path / "deep" / "report.html", ["old", "new", ""]
    monkeypatch.setattr(report, "page", lambda published, pair: pages.pop() or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        report.write(sample_day.market, out)
    assert not out.exists()
    report.write(sample_day.market, out)
    with out.open() as reader:
        report.write(sample_day.market, out)
        assert reader.read() == "new" and out.read_text() == "old"
    assert [path.name for path in out.parent.iterdir()] == ["report.html"]
