"""The report's style sheet inside somebody else's page."""

from __future__ import annotations

import re

import pytest

from fleetscan.render.elements.style import SHEET
from fleetscan.render.widget.style import scoped, sheet


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (".a { color: red; }", ".fleetscan .a { color: red; }\n"),
        (".a, b > c { x: y }", ".fleetscan .a, .fleetscan b > c { x: y }\n"),
        (".a:is(b, c) { x: y }", ".fleetscan .a:is(b, c) { x: y }\n"),
        (":root { --a: b; } body { margin: 0 } html, .a { x: y }", ".fleetscan .a { x: y }\n"),
        ("@media (prefers-color-scheme: dark) { :root { --a: b } }", ""),
        ("@media print { .a { display: none } }", ""),
        ("@page { margin: 0 }", ""),
        (
            "@media (max-width: 9px) { .a { x: y } body { z: z } }",
            "@container (max-width: 9px) {\n.fleetscan .a { x: y }\n}\n",
        ),
        (
            "@media screen and (max-width: 9px) { .a { x: y } }",
            "@container (max-width: 9px) {\n.fleetscan .a { x: y }\n}\n",
        ),
        ("/* .a { x: y } */ .b { x: y }", ".fleetscan .b { x: y }\n"),
    ],
)
def test_rules_reach_only_what_is_inside_the_widget(text: str, expected: str) -> None:
    """What is about the page, the system's theme or paper is left out; narrow is what the widget is."""
    assert expected == scoped(text)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_rule_of_the_real_sheet_reaches_the_page_around_it(theme: str) -> None:
    """Every selector begins with the widget's class, and no rule was lost to a brace."""
    text = sheet(theme)
    heads = [head.strip() for head in re.findall(r"([^{}]+)\{", text)]
    selectors = [one.strip() for head in heads if not head.startswith("@") for one in re.split(r",(?![^(]*\))", head)]

    assert text.count("{") == text.count("}")
    assert [one for one in selectors if not re.match(r"\.fleetscan\b", one)] == []
    narrow = [head for head in heads if head.startswith("@")]
    assert narrow
    assert all(re.fullmatch(r"@container \(max-width: \d+px\)", head) for head in narrow)


def test_every_class_of_the_report_s_sheet_is_in_the_widget_s() -> None:
    """Nothing that the report's elements need is lost on the way; what is only for paper or a theme is not needed."""
    needed = re.sub(r"@media (?:print|\(prefers).*?\n\}", "", SHEET, flags=re.DOTALL)
    classes = set(re.findall(r"\.([a-z][a-z0-9-]*)(?=[^{}]*\{)", needed))

    assert classes
    assert not {one for one in classes if f".{one}" not in sheet("light")}


def test_a_theme_that_is_unknown_is_light() -> None:
    """CloudWatch may invent one."""
    assert sheet("light") == sheet("sepia") != sheet("dark")
