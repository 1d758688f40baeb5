"""The page in a browser: it fits, it is silent, it can be read, heard, printed and used by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe

from fleetscan.model import Report
from fleetscan.render.elements.palette import DARK, LIGHT
from tests.browser.conftest import WIDTHS, Show, Shown
from tests.fixtures.pictures import HEALTHY

pytestmark = pytest.mark.browser

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture(scope="module")
def fixed(resolved_report: Report) -> Report:
    """The incident after the fix, with the ledgers of all nodes."""
    return replace(resolved_report, diagnoses=tuple(replace(one, picture=HEALTHY) for one in resolved_report.diagnoses))


@pytest.fixture(scope="module")
def incident(show: Show, drawn_report: Report, fixed: Report) -> Shown:
    """The page of the incident and its fix with everything open, loaded once for all who look and change nothing."""
    shown = show(drawn_report, fixed)
    shown.open_all()
    return shown


@pytest.fixture(scope="module")
def hostile(show: Show, hostile_report: Report, fixed: Report) -> Shown:
    """The same of nodes that call themselves what no node is called."""
    shown = show(hostile_report, fixed)
    shown.open_all()
    return shown


@pytest.mark.parametrize("name", ["incident", "hostile"])
def test_it_fits_every_screen_asks_for_nothing_and_complains_of_nothing(
    name: str, request: pytest.FixtureRequest
) -> None:
    """With everything open, names of 10,000 characters among it; and no words are cut off by what they stand in.

    One request, the file itself; no word in the console, no dialog, no element that came out of a name.
    """
    shown: Shown = request.getfixturevalue(name)
    beyond = {}
    for width in WIDTHS:
        shown.become(width=width)
        wide = shown.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        beyond[width] = (shown.wider_than_the_window(), wide)
    smuggled = shown.page.locator("script, img, iframe, object, embed, form, link, base, [onclick], [onload]").count()

    assert beyond == dict.fromkeys(WIDTHS, ([], 0))
    assert [shown.page.url] == shown.requests
    assert (shown.complaints, smuggled) == ([], 0)


def test_the_policy_holds(show: Show, drawn_report: Report) -> None:
    """What the page itself does not have would be neither loaded nor run: the test above can fail."""
    shown = show(drawn_report)
    shown.page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.ran = true;';
            const picture = document.createElement('img');
            picture.src = 'http://127.0.0.1:9/x.png';
            document.body.append(script, picture);
        }"""
    )
    shown.page.wait_for_function("document.images[0].complete")

    assert shown.page.evaluate("window.ran") is None
    assert len([one for one in shown.complaints if "Content Security Policy" in one]) == 2


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing(scheme: Literal["light", "dark"], width: int, incident: Shown) -> None:
    """No violation of any weight, and contrast was looked at: computed from the styles that are in force."""
    incident.become(scheme=scheme, width=width)
    found = Axe().run(incident.page, options={"resultTypes": ["violations", "passes"]}).response
    violations = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]]
    contrast = [len(one["nodes"]) for one in found["passes"] if one["id"] == "color-contrast"]

    assert violations == []
    assert contrast[0] > 100


@pytest.mark.parametrize("scheme", SCHEMES)
def test_each_theme_is_in_force(scheme: Literal["light", "dark"], incident: Shown) -> None:
    """Page, card and ink are the palette's."""
    incident.become(scheme=scheme)
    theme = DARK if scheme == "dark" else LIGHT
    expected = [theme["page"], theme["card"], theme["ink"], theme["slab-1"]]
    found = incident.page.evaluate(
        """() => [
            getComputedStyle(document.body).backgroundColor,
            getComputedStyle(document.querySelector('.card')).backgroundColor,
            getComputedStyle(document.body).color,
            getComputedStyle(document.querySelector('rect.slab-1')).fill,
        ]"""
    )

    assert expected == [hexadecimal(one) for one in found]


def hexadecimal(colour: str) -> str:
    """Return ``rgb(1, 2, 3)`` as ``#010203``."""
    return "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", colour)[:3])


def test_a_card_opens_by_keyboard(show: Show, drawn_report: Report) -> None:
    """Tab leads to it, the focus is seen, Enter opens it and closes it again."""
    shown = show(drawn_report)
    second = shown.page.locator(".node-card").nth(1)
    links = shown.page.locator("a[href]").count()
    for _ in range(links + 5):
        shown.page.keyboard.press("Tab")
        if second.locator("summary").evaluate("one => one === document.activeElement"):
            break
    outline = second.locator("summary").evaluate("one => getComputedStyle(one).outlineWidth")
    states = []
    for _ in range(2):
        shown.page.keyboard.press("Enter")
        states.append(second.evaluate("one => one.open"))

    assert (outline, states) == ("3px", [True, False])


def test_a_tile_of_the_map_opens_its_card(show: Show, drawn_report: Report) -> None:
    """Without a script: the browser opens what the mark is in, and the card's line stays in sight."""
    shown = show(drawn_report)
    card = shown.page.locator(".node-card").nth(2)
    was_open = card.evaluate("one => one.open")
    shown.page.locator(".map a").nth(2).focus()
    shown.page.keyboard.press("Enter")
    shown.page.wait_for_function("document.querySelectorAll('.node-card')[2].open")
    top = card.evaluate("one => one.getBoundingClientRect().top")

    assert was_open is False
    assert 0 <= top < 900


def test_headings_and_landmarks_are_in_order(incident: Shown) -> None:
    """One main, one first heading, and no level is left out on the way down."""
    levels = [
        int(one)
        for one in incident.page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5')].map(h => h.tagName[1])")
    ]
    skipped = [(before, after) for before, after in pairwise(levels) if after > before + 1]

    assert (incident.page.locator("main").count(), levels.count(1), skipped) == (1, 1, [])
    assert levels[0] == 1


def test_each_drawing_has_words(incident: Shown) -> None:
    """A picture by its role, with a name for ears; what is inside is not read out again."""
    drawings = incident.page.locator("svg[role=img]")
    nameless = incident.page.evaluate(
        "[...document.querySelectorAll('svg:not(svg svg)')].filter(one => !one.getAttribute('aria-label')).length"
    )

    assert drawings.count() > 30
    assert nameless == 0


def test_nothing_moves(incident: Shown) -> None:
    """No animation and no transition, so nobody has to ask for less of it."""
    moving = incident.page.evaluate(
        """() => [...document.querySelectorAll('*')].filter(one => {
            const style = getComputedStyle(one);
            return style.animationName !== 'none' || style.transitionDuration !== '0s';
        }).length"""
    )

    assert (moving, incident.page.evaluate("document.getAnimations().length")) == (0, 0)


def test_it_prints_on_a4(show: Show, drawn_report: Report, fixed: Report) -> None:
    """On white in either theme, with the bars' colours though backgrounds are off, on a handful of pages.

    Of the cards those that a reader has opened are what he wants on paper; a closed one is printed by its line.
    """
    shown = show(drawn_report, fixed)
    shown.page.emulate_media(media="print")
    cards = shown.page.locator(".node-card")
    visible = [cards.nth(place).locator(".inside").is_visible() for place in range(3)]
    lines = [cards.nth(place).locator("summary").is_visible() for place in range(3)]
    adjust = shown.page.evaluate("getComputedStyle(document.querySelector('.swatch')).printColorAdjust")
    bars = shown.page.evaluate("getComputedStyle(document.querySelector('.node svg.bar')).breakInside")
    grounds = []
    for scheme in SCHEMES:
        shown.become(scheme=scheme)
        grounds.append(shown.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    printed = shown.page.pdf(print_background=False, prefer_css_page_size=True)
    pages = re.findall(rb"/MediaBox \[([0-9. ]+)\]", printed)

    assert (visible, lines) == ([True, False, False], [True] * 3)
    assert (grounds, adjust, bars) == (["rgb(255, 255, 255)"] * 2, "exact", "avoid")
    assert 2 <= len(pages) <= 10
    assert {(595, 842)} == {(round(float(one.split()[2])), round(float(one.split()[3]))) for one in pages}


def test_hostile_names_are_words_and_nothing_else(hostile: Shown) -> None:
    """Shown as they are but for what turns a line round or moves a cursor, and left to right."""
    text = hostile.page.evaluate("document.body.textContent")
    turned = hostile.page.evaluate(
        "[...document.querySelectorAll('body *')].filter(one => getComputedStyle(one).direction !== 'ltr').length"
    )

    assert "<script>alert(1)</script>\"'&amp; ?[31mred?[0m" in text
    assert re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\u0590-\u08ff]", text) == []
    assert (hostile.complaints, turned) == ([], 0)


@pytest.mark.parametrize(
    ("count", "most_elements", "most_layouts"),
    [(1, 400, 10), (200, 9_000, 10), (5_000, 110_000, 10)],
)
def test_a_fleet_of_any_size_opens_at_once(
    count: int, most_elements: int, most_layouts: int, show: Show, fleet: Callable[[int], Report]
) -> None:
    """Counted, not timed: elements of the document, how often it was laid out, and how much of it had to be."""
    shown = show(fleet(count))
    session = shown.page.context.new_cdp_session(shown.page)
    session.send("Performance.enable")
    shown.page.reload()
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    cards = shown.page.locator(".node-card").count()
    laid_out = shown.page.evaluate(
        """() => [...document.querySelectorAll('.node-card > summary')].filter(
            one => one.checkVisibility({contentVisibilityAuto: true})).length"""
    )

    elements = shown.page.evaluate("document.querySelectorAll('*').length")

    assert 0 < elements <= most_elements
    assert 0 < metrics["LayoutCount"] <= most_layouts
    assert cards == max(1, count // 10 + (count % 10 > 0))
    assert laid_out <= 30
