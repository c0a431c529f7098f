"""The page as a person opens it: on a screen and a phone, light and dark, by keyboard, on paper."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

SCREENS = {"screen": (1280, 900), "phone": (390, 844)}
# Every text of a visible chart, and every mark in one of the palette's colours: its contrast with the page behind it.
CONTRAST = """() => {
    const channels = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(Number)
    const linear = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
    const luminance = colour => channels(colour).map(linear).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0)
    const ratio = (a, b) => { const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y); return (high + 0.05) / (low + 0.05) }
    const paper = getComputedStyle(document.body).backgroundColor
    const found = []
    for (const each of document.querySelectorAll('svg.chart *')) {
        if (!each.checkVisibility()) continue
        const style = getComputedStyle(each)
        if (each.tagName === 'text') found.push(['text', each.textContent, ratio(style.fill, paper)])
        const used = (each.getAttribute('style') || '').match(/(fill|stroke): var\\(--(c\\d|ink|muted)\\)/)
        if (used && each.tagName !== 'text') found.push(['mark', used[0], ratio(style[used[1]], paper)])
    }
    return found
}"""

Open = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, page_of_sample: Path) -> Iterator[Open]:
    """Opens the page; a message on the console, a failure or a request for anything but the file fails the test."""
    told: list[str] = []
    pages: list[Page] = []

    def visit(screen: str = "screen", scheme: str = "light", path: Path = page_of_sample) -> Page:
        width, height = SCREENS[screen]
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        page.on("console", lambda message: told.append(message.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("request", lambda request: told.append(request.url))
        page.goto(path.as_uri())
        pages.append(page)
        return page

    yield visit
    for page in pages:
        page.close()
    assert set(told) <= {page_of_sample.as_uri(), "data:,"}


@pytest.fixture(params=[(screen, scheme) for screen in SCREENS for scheme in ("light", "dark")], ids=lambda pair: "-".join(pair))
def page(request: pytest.FixtureRequest, opened: Open) -> Page:
    return opened(*request.param)


def test_no_rule_of_accessibility_is_broken(page):
    for details in page.locator("details").all():
        details.evaluate("element => element.open = true")
    found = Axe().run(page).response
    assert [(rule["id"], [node["html"][:120] for node in rule["nodes"][:3]]) for rule in found["violations"]] == []
    assert "color-contrast" in {rule["id"] for rule in found["passes"]}


def test_charts_can_be_read_and_their_marks_told_from_the_paper(page):
    found = page.evaluate(CONTRAST)
    assert {kind for kind, _, _ in found} == {"text", "mark"} and len(found) > 100
    least = {"text": 4.5, "mark": 3.0}
    assert sorted({(kind, what, round(ratio, 2)) for kind, what, ratio in found if ratio < least[kind]}) == []


def test_nothing_is_wider_than_the_screen_and_no_letter_too_small(page):
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    sizes = page.evaluate("""() => [...document.querySelectorAll('svg.chart text')].filter(each => each.checkVisibility()).map(
        each => parseFloat(getComputedStyle(each).fontSize) * each.ownerSVGElement.getScreenCTM().a)""")
    assert len(sizes) > 50 and min(sizes) >= 9.5


def test_both_verdicts_of_a_claim_are_on_the_screen_and_say_of_which_moment(page):
    cells = page.locator(".claims [role=cell]")
    assert cells.count() == 8
    moments = {each.get_attribute("data-moment") for each in cells.all()}
    assert moments == {"As of 2025-12-12 10:50 UTC", "As of 2026-03-31 22:00 UTC"}
    reach = page.evaluate("[...document.querySelectorAll('.claims [role=cell]')].map(each => each.getBoundingClientRect().right)")
    assert max(reach) <= page.evaluate("window.innerWidth")


def test_every_text_can_be_selected_that_of_the_charts_too(opened):
    page = opened()
    page.keyboard.press("Control+A")
    selected = page.evaluate("window.getSelection().toString()")
    assert "SAMPLE" in selected and "Against the record" in selected
    unselectable = "[...document.querySelectorAll('body, body *')].filter(each => getComputedStyle(each).userSelect === 'none').length"
    assert page.evaluate(unselectable) == 0
    letters = page.locator("#standing .wide text").get_by_text("Russell 2000", exact=True)
    letters.evaluate("element => window.getSelection().selectAllChildren(element)")
    assert page.evaluate("window.getSelection().toString()") == "Russell 2000"


def test_the_keyboard_reaches_everything(opened):
    page = opened("phone")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the figures"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    reached = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("[document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle].join(' ')"))
        if page.evaluate("document.activeElement === document.body"):
            break
    assert {"SUMMARY solid", "DIV solid"} <= reached  # what folds and what scrolls, each with a ring around it
    summary = page.locator("summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("details").first.evaluate("element => element.open")


def test_on_paper_it_is_dark_on_light_without_what_only_a_screen_needs(opened):
    page = opened("phone", "dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--ink')") == "#1b1d1f"
    assert not page.locator("nav").is_visible() and not page.locator(".narrow").first.is_visible()
    assert page.locator(".wide").first.is_visible()
    assert page.pdf().startswith(b"%PDF")
