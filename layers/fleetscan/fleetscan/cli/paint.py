"""Lines as a terminal shows them: what a style means becomes a colour and a weight. Nothing else paints.

The sixteen colours of the terminal's own theme are used and no others, so that a report can be read on light and dark
ground alike. Text is never markup here: what is shown was taken apart and cleaned before it came.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.text import Text

from fleetscan.render.blocks import Line, Style

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
    canvas = io.StringIO()
    console = console_on(canvas, columns=max((_length(line) for line in lines), default=1), environment=environment)
    for line in lines:
        text = Text(no_wrap=True, overflow="ignore", end="\n")
        for span in line:
            text.append(span.text, _LOOKS[span.style])
        console.print(text, crop=False)
    return canvas.getvalue()


def console_on(canvas: io.StringIO, *, columns: int, environment: Mapping[str, str]) -> Console:
    """Return a console that interprets nothing: no markup, no emoji codes, no highlighter."""
    return Console(
        file=canvas,
        force_terminal=True,
        color_system="standard",
        legacy_windows=False,
        no_color=bool(environment.get("NO_COLOR")),
        width=columns,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )


def _length(line: Line) -> int:
    return max(sum(len(span.text) for span in line), 1)
