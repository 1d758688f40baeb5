# ruff: noqa: INP001 - docs/ holds pages and what writes them and is no package
"""The pictures of the README: ``make screenshots``.

The demonstration runs, its page is opened in Debian's Chromium, and what a reader sees first is photographed, by day,
by night and on a telephone. Look at each of them before you commit it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from fleetscan.render.html import page as html
from simulator import demo

IMAGES = Path(__file__).with_name("images")
MOST_BYTES = 250_000
"""A README is read on trains."""

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture of a part of the page, with a margin around it."""

    name: str
    first: str
    """What is at the top."""
    last: str
    """What is at the bottom; the height of the screen where it is empty."""
    width: int = 1120
    scale: float = 1.25


PAIR = "section:has(> h2:text('In a later scan')) article"
SHOTS = (
    Shot(name="report", first="header", last="article.headline", scale=1.0),
    Shot(name="node", first=".node-card", last=".node-card .side"),
    Shot(name="before-after", first=PAIR, last=PAIR),
    Shot(name="phone", first="header", last="", width=390, scale=1.5),
    Shot(name="phone-node", first=".node-card", last="", width=390, scale=1.5),
)
MARGIN = 10
PHONE_HEIGHT = 844


def main() -> int:
    """Write all pictures; exit code 1 where one is too large."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stderr.write("chromium is not installed (apt-get install chromium fonts-dejavu-core)\n")
        return 2
    first, *_, last = demo.run(fix=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        page = Path(folder) / "report.html"
        page.write_text(html.render(first, last), encoding="utf-8")
        browser = driver.chromium.launch(executable_path=chromium, args=list(FLAGS))
        sizes = {
            f"{shot.name}-{scheme}": _taken(browser, page, shot, scheme)
            for shot in SHOTS
            for scheme in ("light", "dark")
        }
        browser.close()
    for name, size_bytes in sizes.items():
        sys.stdout.write(f"{name:<20} {size_bytes:>8,} bytes{'' if size_bytes <= MOST_BYTES else '  TOO LARGE'}\n")
    return 0 if max(sizes.values()) <= MOST_BYTES else 1


def _taken(browser: Browser, page: Path, shot: Shot, scheme: str) -> int:
    context = browser.new_context(
        offline=True,
        viewport={"width": shot.width, "height": PHONE_HEIGHT},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=shot.scale,
    )
    opened = context.new_page()
    opened.goto(page.as_uri())
    top = _edges(opened, shot.first)[0] - MARGIN
    bottom = _edges(opened, shot.last)[1] + MARGIN if shot.last else top + PHONE_HEIGHT
    written = opened.screenshot(
        path=IMAGES / f"{shot.name}-{scheme}.png",
        full_page=True,
        clip={"x": 0, "y": max(0.0, top), "width": shot.width, "height": bottom - max(0.0, top)},
    )
    context.close()
    return len(written)


def _edges(opened: Page, selector: str) -> tuple[float, float]:
    """Return where the first element of a selector begins and ends."""
    box = opened.locator(selector).first.bounding_box()
    if box is None:
        raise LookupError(f"the page has no {selector}")
    return box["y"], box["y"] + box["height"]


if __name__ == "__main__":
    sys.exit(main())
