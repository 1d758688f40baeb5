# ruff: noqa: INP001 - docs/ holds pages and what writes them and is no package
"""How many words a reader is asked to read: README.md and the hand-written pages of docs/, counted as ``wc -w`` does.

Pages and blocks that a program writes are left out, because their length is that of the data; so are the decision
records and the pages of the rules, which are read one at a time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
MOST_WORDS = 18_100
"""A limit, so that a page that grows makes room for itself; format 2 of the capture has eleven sections more."""

_WRITTEN_PAGE = re.compile(r"^<!-- Written by ", re.MULTILINE)
"""The mark of a page that is written whole."""
_WRITTEN_BLOCK = re.compile(
    r"^<!-- The (\w+) begins\. Written by .*?^<!-- The \1 ends\. -->$", re.MULTILINE | re.DOTALL
)


def hand_written(root: Path = ROOT) -> Mapping[str, str]:
    """Return path -> text of the pages that count, without what is written into them."""
    pages = {path: path.read_text(encoding="utf-8") for path in (root / "README.md", *(root / "docs").glob("*.md"))}
    return {
        str(path.relative_to(root)): _WRITTEN_BLOCK.sub("", text)
        for path, text in sorted(pages.items())
        if not _WRITTEN_PAGE.search(text)
    }


def count(pages: Mapping[str, str]) -> int:
    """Return the words of all pages: whatever blanks separate, code and tables included."""
    return sum(len(text.split()) for text in pages.values())
