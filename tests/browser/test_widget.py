"""The dashboard's widget in a browser, within a page that is somebody else's: it fits, it is silent, it can be read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe

from fleetscan.model import Report
from fleetscan.render.widget import widget
from fleetscan.render.widget.frame import Frame
from tests.browser.conftest import Opened

pytestmark = pytest.mark.browser

WIDTHS = (400, 760, 1275)
"""A quarter, half and three quarters of a dashboard, which is what the stack's own gives it."""
GROUNDS = {"light": "#ffffff", "dark": "#161d26"}
"""What the console puts a widget on (Cloudscape's containers)."""
INKS = {"light": "#0f141a", "dark": "#c6c6cd"}


def answers(report: Report, theme: str) -> dict[str, str]:
    """Return what the function answers: the overview, the worst node in a pop-up, and why there is nothing to show."""
    frame = Frame(
        endpoint="arn:aws:lambda:eu-west-1:123456789012:function:fleetscan-widget",
        now=report.started_at + timedelta(hours=1),
        old_after_seconds=900,
        theme=theme,
        bucket="fleetscan-reports",
        page_url="https://bucket.s3.eu-west-1.amazonaws.com/reports/x.html",
        page_scan_id=report.scan_id,
    )
    return {
        "overview": widget.overview(report, frame),
        "node": widget.of_node(report, report.diagnoses[0].node.instance_id, frame),
        "gone": widget.of_node(report, "i-0123456789abcdef0", frame),
    }


def page(answer: str, theme: str) -> str:
    """Return a page that is not ours with the answer inside, below the widget's title."""
    ground = f"background: {GROUNDS[theme]}; color: {INKS[theme]}; margin: 8px; font-family: sans-serif"
    head = '<html lang="en"><head><meta charset="utf-8"><title>CloudWatch</title></head>'
    main = f"<main><h1>fleetscan</h1><h2>The last report</h2>{answer}</main>"
    return f'<!doctype html>{head}<body style="{ground}">{main}</body></html>'


@pytest.mark.parametrize("answer", ["overview", "node", "gone"])
@pytest.mark.parametrize("name", ["drawn_report", "hostile_report"])
def test_nothing_is_wider_than_the_widget(
    answer: str, name: str, opened: Opened, request: pytest.FixtureRequest
) -> None:
    """With all that folds open, and names of 10,000 characters among it."""
    shown = opened(page(answers(request.getfixturevalue(name), "light")[answer], "light"))
    shown.open_all()
    beyond = {}
    for width in WIDTHS:
        shown.become(width=width)
        beyond[width] = shown.wider_than_the_window()

    assert beyond == {width: [] for width in WIDTHS}
    assert [shown.page.url] == shown.requests
    assert shown.complaints == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(theme: str, opened: Opened, drawn_report: Report) -> None:
    """On the console's ground, whatever the operating system's theme is; contrast among it."""
    shown = opened(page("".join(answers(drawn_report, theme).values()), theme))
    shown.become(scheme="light" if theme == "dark" else "dark")
    shown.open_all()
    found = Axe().run(shown.page, options={"resultTypes": ["violations", "passes"]}).response
    violations = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]]

    assert violations == []
    assert "color-contrast" in {one["id"] for one in found["passes"]}


def test_tiles_of_a_row_are_of_one_height(opened: Opened, drawn_report: Report) -> None:
    """A node with more words beside it is no smaller, and each fills its button."""
    shown = opened(page(answers(drawn_report, "light")["overview"], "light"))
    shown.become(width=760)
    rows = shown.page.evaluate(
        """() => {
            const rows = {};
            for (const one of document.querySelectorAll('.tiles.named .tile')) {
                const box = one.getBoundingClientRect();
                (rows[Math.round(box.top)] ??= new Set()).add(Math.round(box.height));
            }
            return Object.values(rows).map(heights => heights.size);
        }"""
    )

    assert len(rows) > 1
    assert set(rows) == {1}
