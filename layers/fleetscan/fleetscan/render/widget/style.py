"""The report's style sheet inside somebody else's page: for one element only, in the theme that the page is in.

A widget shares its page with CloudWatch and with other widgets. So each rule is narrowed to what is inside the widget;
the colours are those of the dashboard's theme, not of the operating system's; and what the sheet does on a narrow
screen it does in a narrow widget.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from fleetscan.render.elements.palette import DARK, LIGHT, variables
from fleetscan.render.elements.style import SHEET

ROOM = "fleetscan"
"""The class of the one element that holds a widget."""

_RULE = re.compile(r"(?P<head>[^{}]+)\{(?P<body>(?:[^{}]|\{[^{}]*\})*)\}")
"""A rule, or an at-rule with rules inside; the sheet nests no deeper (a test says so)."""
_COMMA = re.compile(r",(?![^(]*\))")
_NARROW = re.compile(r"\(max-width: [^)]+\)")
_PAGE = re.compile(r":root|html|body|main|\*?::?(?:before|after)|@page")
"""Selectors of what a widget has none of: the page is CloudWatch's."""

_OWN = f"""
.{ROOM} {{ color: var(--ink); container-type: inline-size; font-size: 14px; line-height: 1.45;
  overflow-wrap: anywhere; }}
.{ROOM} > h3 {{ color: inherit; font-size: 15px; margin: 18px 0 6px; }}
.{ROOM} .headline h2 {{ color: inherit; font-size: 20px; line-height: 1.25; margin: 0 0 6px; }}
.{ROOM} .age {{ margin: 0 0 8px; }}
.{ROOM} .old {{ background: var(--critical-tint); border-left: 5px solid var(--critical); border-radius: 6px;
  color: var(--critical); font-weight: 600; margin: 0 0 12px; padding: 10px 14px; }}
.{ROOM} .opens {{ background: none; border: 0; color: inherit; cursor: pointer; font: inherit; margin: 0; padding: 0;
  text-align: left; text-decoration: underline; text-decoration-color: var(--line); text-underline-offset: 3px; }}
.{ROOM} .opens:hover {{ text-decoration-color: currentColor; }}
.{ROOM} .opens:focus-visible {{ outline: 2px solid var(--info); outline-offset: 2px; }}
.{ROOM} .map .opens {{ text-decoration: none; }}
.{ROOM} .named .opens {{ display: block; height: 100%; width: 100%; }}
.{ROOM} .map .opens:hover .tile {{ outline: 2px solid var(--tone); }}
.{ROOM} .notice {{ background: var(--info-tint); border-left: 5px solid var(--info); border-radius: 6px; margin: 0;
  padding: 10px 14px; }}
.{ROOM} > details > summary {{ cursor: pointer; display: list-item; font-weight: 600; margin: 18px 0 8px;
  list-style: disclosure-closed inside; }}
.{ROOM} > details[open] > summary {{ list-style-type: disclosure-open; }}
.{ROOM} cwdb-action {{ display: none; }}
"""


@functools.cache
def sheet(theme: str) -> str:
    """Return the style sheet of a widget in a theme of CloudWatch: ``dark``, or anything else for light."""
    colours = variables(DARK if theme == "dark" else LIGHT)
    scheme = "dark" if theme == "dark" else "light"
    return f".{ROOM} {{ color-scheme: {scheme}; {colours} }}\n{scoped(SHEET)}{_OWN}"


def scoped(text: str, room: str = ROOM) -> str:
    """Return a style sheet whose rules reach only what is inside an element of a class."""
    return "".join(_scoped(text, f".{room}"))


def _scoped(text: str, room: str) -> Iterator[str]:
    for rule in _RULE.finditer(re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)):
        head, body = " ".join(rule["head"].split()), rule["body"].strip()
        if head.startswith("@media") and (narrow := _NARROW.search(head)):
            # The widget's own width, for the page around it is wide.
            yield f"@container {narrow[0]} {{\n{''.join(_scoped(body, room))}}}\n"
        elif not head.startswith("@"):
            kept = [f"{room} {one.strip()}" for one in _COMMA.split(head) if not _PAGE.match(one.strip())]
            if kept:
                yield f"{', '.join(kept)} {{ {body} }}\n"
