# ruff: noqa: INP001 - docs/ holds pages and what writes them and is no package
"""The terminal of the README: what `fleetscan demo` shows on one of 100 columns, by ``make screenshots``.

The simulated fleet is scanned as in the demo, and the report painted as on a terminal. The picture needs no font from
the network, and is written anew when the report has changed: times and durations in it differ each time.
"""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from fleetscan.cli.paint import painted
from fleetscan.render.text import report as text
from fleetscan.render.text.blocks import plain
from fleetscan.render.text.detail import Detail
from fleetscan.render.text.page import Page, lines
from simulator import demo

PICTURE = Path(__file__).parent / "images" / "terminal.svg"
COLUMNS = 100
_ENDS_BEFORE = "Other nodes with findings"
"""Shown are the verdict, what to do, the worst node and how it was found."""

_THEME = TerminalTheme(
    (22, 26, 32),
    (215, 220, 226),
    [
        (60, 66, 74),
        (240, 104, 92),
        (127, 211, 160),
        (240, 189, 91),
        (138, 180, 248),
        (197, 150, 232),
        (116, 199, 210),
        (215, 220, 226),
    ],
)
_FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {terminal_width} {terminal_height}" role="img">
<title>The incident's fleet, as fleetscan shows it on a terminal</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; \
font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">\
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>{lines}</defs>
<rect width="{terminal_width}" height="{terminal_height}" rx="8" fill="#161a20"/>
<g>{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


def main() -> None:
    """Scan the simulated fleet, and draw the report."""
    (report,) = demo.run()
    page = Page(columns=COLUMNS, is_screen=True, is_unicode=True)
    face = lines(text.blocks(report, Detail.BRIEF), page)
    face = face[: next(number for number, line in enumerate(face) if plain(line).startswith(_ENDS_BEFORE))]
    # Two spaces and an empty line are the picture's margin.
    console = Console(record=True, width=COLUMNS + 4, file=sys.stderr, color_system="standard", force_terminal=True)
    for line in ("", *painted(face, {}).splitlines()):
        console.print(Text.assemble("  ", Text.from_ansi(line)), no_wrap=True, overflow="ignore", crop=False)
    PICTURE.parent.mkdir(exist_ok=True)
    picture = console.export_svg(theme=_THEME, code_format=_FRAME, unique_id="fleetscan")
    PICTURE.write_text(picture, encoding="utf-8")
    sys.stdout.write(f"wrote {PICTURE}\n")


if __name__ == "__main__":
    main()
