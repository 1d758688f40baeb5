"""Lines as a terminal shows them: what a style means becomes a colour and a weight. No other module makes colours.

The sixteen colours of the terminal's own theme are used and no others, so that a report can be read on light and dark
ground alike. Only styles of rich are used, none of its text: what is shown was sanitized before,
and nothing in it is markup, a link or the name of an emoji.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from rich.color import ColorSystem
from rich.style import Style as Look

from fleetscan.render.text.blocks import Line, Style

_LOOKS: Mapping[Style, str] = {
    Style.PLAIN: "",
    Style.STRONG: "bold",
    Style.QUIET: "dim",
    Style.HEADING: "bold underline",
    Style.COMMAND: "cyan",
    Style.ALARM: "bold reverse red",
    Style.CRITICAL: "bold red",
    Style.WARNING: "yellow",
    Style.INFO: "blue",
    Style.OK: "green",
    Style.UNKNOWN: "magenta",
}


def painted(lines: Sequence[Line], environment: Mapping[str, str] = os.environ) -> str:
    """Return lines with the escape sequences of their styles; with ``NO_COLOR`` set, of weights only."""
    looks = {style: Look.parse(words) for style, words in _LOOKS.items()}
    if environment.get("NO_COLOR"):
        looks = {style: look.without_color for style, look in looks.items()}
    return "".join(
        "".join(looks[span.style].render(span.text, color_system=ColorSystem.STANDARD) for span in line) + "\n"
        for line in lines
    )
