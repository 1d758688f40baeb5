"""What goes to standard output and standard error: the report on one, everything else on the other."""

from __future__ import annotations

import sys

from fleetscan.render.words.escape import sanitized

_COMPLAINT_CHARACTERS = 1_000


def put(text: str) -> None:
    """Write a text to standard output as it is. A character that the terminal cannot show is written as its number."""
    encoding = sys.stdout.encoding or "ascii"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()


def say(text: str) -> None:
    """Write one line to standard error; untrusted text in it is sanitized."""
    sys.stderr.write(f"fleetscan: {sanitized(text, _COMPLAINT_CHARACTERS)}\n")
    sys.stderr.flush()
