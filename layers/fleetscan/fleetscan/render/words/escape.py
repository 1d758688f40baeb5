"""Untrusted text made safe to show: anybody may have written the names of pods, images and nodes.

A terminal interprets escape sequences, a chat interprets markup, and a right-to-left mark reverses a sentence. Nothing
from a node is shown before it was sanitized here; HTML and JSON then add their own quoting.
"""

from __future__ import annotations

import re
import unicodedata

REPLACEMENT = "?"
"""Stands for each character that is not shown, so that a reader sees that something was there."""

CUT_MARK = "..."

NAME_CHARACTERS = 100
"""Pod and image names are cut to 100 characters on the node already; the rest of the world is not."""

SENTENCE_CHARACTERS = 600
"""Evidence and reasons are one sentence; a longer one is somebody's attempt to fill the screen."""

_HIDDEN_CATEGORIES = frozenset({"Mn", "Me"})
_SHOWN_DIRECTIONS = frozenset({"L", "EN", "ES", "ET", "CS", "ON", "WS"})
"""Bidirectional classes that read left to right or take the direction of their neighbours (Unicode Annex 9)."""
_MENTION = re.compile(r"<[!@#]|@(?=everyone|here|channel|all)", re.IGNORECASE)
_WIDE = frozenset({"W", "F"})
_NOT_PLAIN = re.compile(r"[^ -~]+(?:[ -~]{1,9}[^ -~]+)*")
"""What is looked up character by character: a run of others with what is plain in between, so that runs are few."""


def sanitized(text: str, limit: int = SENTENCE_CHARACTERS) -> str:
    """Return one line of at most ``limit`` characters, each printable, one column wide and read left to right.

    White space becomes single spaces; controls, bidirectional marks and scripts, combining and double-width characters
    become ``?``. A cut text ends in ``...``.
    """
    # A text of megabytes is cut before it is processed; white space may make it shorter, never longer.
    cut = text[: limit * 4]
    # Nearly all texts are plain, and a large report has hundreds of thousands of them.
    is_plain = cut.isascii() and cut.isprintable()
    cleaned = " ".join((cut if is_plain else _NOT_PLAIN.sub(_shown_of, cut)).split())
    if len(cleaned) <= limit and len(cut) == len(text):
        return cleaned
    return cleaned[: max(limit - len(CUT_MARK), 0)].rstrip() + CUT_MARK[: max(limit, 0)]


def name(text: str, limit: int = NAME_CHARACTERS) -> str:
    """Return the text as a name: printable, without spaces, at most ``limit`` characters."""
    return sanitized(text, limit).replace(" ", "_")


def ascii_only(text: str) -> str:
    """Return the text with everything outside printable ASCII replaced, for places that take nothing else."""
    return "".join(character if " " <= character <= "~" else REPLACEMENT for character in text)


def unmentioned(text: str) -> str:
    """Return the text without mentions that notify everybody in a chat: ``@everyone``, ``<!channel>``, ``<@U1>``.

    A lone ``@`` stays, since image digests are written with it.
    """
    return _MENTION.sub(lambda match: match[0].replace("@", REPLACEMENT).replace("!", REPLACEMENT), text)


def unlinked(text: str) -> str:
    """Return the text without an address that a mail program or a chat would make a link of: ``http: //x``.

    An image's own name, such as ``docker.io/library/x``, stays as it is, so that it can be copied.
    """
    return text.replace("://", ": //")


class _Shown(dict[int, str]):
    """Code point -> what is shown for it, for ``str.translate``; found out when a text first has the character."""

    MOST = 4_096
    """Characters that are remembered: there are a million, and whoever sends all of them takes no memory by it."""

    def __missing__(self, code_point: int) -> str:
        if len(self) == self.MOST:
            self.clear()
        self[code_point] = _shown(chr(code_point))
        return self[code_point]


_SHOWN = _Shown()


def _shown_of(found: re.Match[str]) -> str:
    return found[0].translate(_SHOWN)


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    is_shown = (
        character.isprintable()
        and unicodedata.category(character) not in _HIDDEN_CATEGORIES
        and unicodedata.bidirectional(character) in _SHOWN_DIRECTIONS
        and unicodedata.east_asian_width(character) not in _WIDE
    )
    return character if is_shown else REPLACEMENT
