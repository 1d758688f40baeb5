"""The report's page in Debian's Chromium: what a reader's browser makes of it, not what we meant.

Chromium is the one of the machine (Playwright brings its driver and no browser); without it these tests are skipped.
Nothing leaves the machine: the browser is offline, and whatever a page asks for besides itself is noted.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from fleetscan.diagnosis.order import worst_first
from fleetscan.model import Diagnosis, Report
from fleetscan.model.picture import Picture
from fleetscan.render.html import page as html
from tests.fixtures.pictures import AFFECTED, HEALTHY, RUNWAY
from tests.unit.render.conftest import hostile_report, report, resolved_report, solved_report

__all__ = ["hostile_report", "report", "resolved_report", "solved_report"]
"""The reports of the faces' tests are shown here too: pytest finds a fixture by its name in this module."""

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""No sandbox, for CI runs as root in a container, which is one; and nothing that would ask for a network."""

WIDTHS = (390, 768, 1280)
"""A telephone, a tablet, a desk."""
HEIGHT = 900


@dataclass(slots=True)
class Shown:
    """A page in the browser, with all that it complained about or asked for since it was opened."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open_all(self) -> None:
        """Open every card and every batch of the table."""
        self.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")

    def become(self, *, width: int = 0, scheme: Literal["light", "dark"] | None = None) -> None:
        """Let the window be of another width, or the operating system in another theme, without loading it again."""
        if width:
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
        if scheme:
            self.page.emulate_media(color_scheme=scheme)

    def wider_than_the_window(self) -> list[str]:
        """Return how each element begins that stands out of the window on one side."""
        found: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll('body *')].filter(one => {
                if (one.closest('.unseen, svg, thead')) return false;
                const box = one.getBoundingClientRect();
                return box.right > document.documentElement.clientWidth + 0.5 || box.left < -0.5;
            }).map(one => one.outerHTML.slice(0, 120))"""
        )
        return found


type Opened = Callable[[str], Shown]
type Show = Callable[..., Shown]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is; skips what needs it where it is not."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not installed (apt-get install chromium fonts-dejavu-core)")
    return path


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The driver of the browser."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    """One browser for all tests; each page has a context of its own."""
    started = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
    yield started
    started.close()


@pytest.fixture(scope="module")
def opened(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """Return a function that writes a page and opens it, on a desk and in the light theme."""
    contexts: list[BrowserContext] = []
    folder = tmp_path_factory.mktemp("pages")

    def open_page(text: str) -> Shown:
        file = folder / f"{len(contexts)}.html"
        file.write_text(text, encoding="utf-8")
        context = browser.new_context(
            offline=True, viewport={"width": WIDTHS[-1], "height": HEIGHT}, color_scheme="light"
        )
        contexts.append(context)
        context.set_default_timeout(60_000)
        shown = Shown(context.new_page())
        shown.page.on("console", lambda message: shown.complaints.append(message.text))
        shown.page.on("pageerror", lambda error: shown.complaints.append(str(error)))
        shown.page.on("dialog", lambda dialog: shown.complaints.append(dialog.message))
        shown.page.on("request", lambda request: shown.requests.append(request.url))
        shown.page.goto(file.as_uri())
        return shown

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def show(opened: Opened) -> Show:
    """Return a function that opens a report's page."""

    def show_report(given: Report, after: Report | None = None) -> Shown:
        return opened(html.render(given, after))

    return show_report


@pytest.fixture(scope="session")
def drawn_report(solved_report: Report) -> Report:
    """The incident with all that a picture is drawn from."""
    failing, affected, warning, *others = solved_report.diagnoses
    return replace(
        solved_report,
        diagnoses=(
            replace(failing, picture=AFFECTED, runway=RUNWAY),
            replace(affected, picture=replace(AFFECTED, past=None)),
            replace(warning, picture=Picture(caches=AFFECTED.caches)),
            *(replace(one, picture=HEALTHY) for one in others),
        ),
    )


@pytest.fixture(scope="session")
def fleet(drawn_report: Report) -> Callable[[int], Report]:
    """Return a function that makes a fleet of so many nodes, worst first, of which a tenth is critical."""
    failing, affected, healthy = (drawn_report.diagnoses[place] for place in (0, 1, 6))

    def node(number: int) -> Diagnosis:
        one = failing if number == 0 else affected if number % 10 == 0 else healthy
        name = f"ip-10-{number // 65_536}-{number // 256 % 256}-{number % 256}.eu-west-1.compute.internal"
        return replace(one, node=replace(one.node, instance_id=f"i-{number:017x}", private_dns_name=name))

    return lambda count: replace(drawn_report, diagnoses=worst_first(node(number) for number in range(count)))
