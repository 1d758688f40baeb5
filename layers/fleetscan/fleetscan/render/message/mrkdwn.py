"""Slack's markup without templates: text that has been escaped exactly once, and the few ways to make it bold or code.

Slack obeys ``<!channel>``, ``<https://...|words>``, ``*bold*``, ``_italic_``, ``~struck~``, back quotes, ``:emoji:``
and a ``>`` at the beginning of a line. Three characters have an escape (``&``, ``<``, ``>``: "Formatting text for app
surfaces", Slack developer docs) and the others have none: those are replaced by characters that look like them, where
Slack would obey them, and an address gets a space before its slashes. In code nothing is obeyed but the three and the
back quote.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from fleetscan.immutable import immutable
from fleetscan.render.words.escape import (
    CUT_MARK,
    NAME_CHARACTERS,
    SENTENCE_CHARACTERS,
    sanitized,
    unlinked,
    unmentioned,
)

COMMAND_CHARACTERS = 800
"""A longer command is not one that anybody reviews."""
URL_CHARACTERS = 2_500
"""A presigned URL with a session token takes about 1,700; a section has room for 3,000."""

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_LOOKALIKES = {"*": "\u2217", "~": "\u223c", "`": "\u02cb"}
"""ASTERISK OPERATOR, TILDE OPERATOR, MODIFIER LETTER GRAVE ACCENT."""
_LOW_LINE = "\u02cd"
"""MODIFIER LETTER LOW MACRON, for an underscore at the edge of a word; inside of one Slack obeys none."""
_RATIO = "\u2236"
_QUOTE_MARK = "\u203a"
"""SINGLE RIGHT-POINTING ANGLE QUOTATION MARK: ``&gt;`` at the beginning of a line is a quotation to Slack as well."""
_EDGE_LOW_LINE = re.compile(r"(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
_EMOJI = re.compile(r":(?=(?:[+-]1|100|1234|[0-9_+'-]*[A-Za-z][0-9A-Za-z_+'-]*):)")
"""Not ``06:05:11``: no emoji has a name of two digits."""
_URL = re.compile(r"https://[0-9A-Za-z.-]+(?::[0-9]+)?(?:[/?#][!#$%&'()*+,/0-9:;=?@A-Za-z\[\]._~-]*)?")


@immutable(kw_only=False)
class Mrkdwn:
    """Markup that Slack may be given as it is. Only this module makes it."""

    text: str

    def __len__(self) -> int:
        return len(self.text)


type Piece = Mrkdwn | str
"""A plain string is foreign text and gets escaped; markup is not escaped again."""

NOTHING = Mrkdwn("")


def prose(text: str, limit: int = SENTENCE_CHARACTERS) -> Mrkdwn:
    """Return untrusted text as one line that Slack shows without markup, at most ``limit`` characters as escaped."""
    shown = unlinked(unmentioned(sanitized(text, limit)))
    shown = _EMOJI.sub(_RATIO, _EDGE_LOW_LINE.sub(_LOW_LINE, shown))
    if shown.startswith(">"):
        shown = _QUOTE_MARK + shown[1:]
    return Mrkdwn(_fitted(shown, limit, _ENTITIES | _LOOKALIKES))


def code(text: str, limit: int = NAME_CHARACTERS) -> Mrkdwn:
    """Return an untrusted name as code, between back quotes: exactly as it is, to be copied."""
    shown = _fitted(_uncoded(text, limit - 2), limit - 2, _ENTITIES)
    return Mrkdwn(f"`{shown}`") if shown else NOTHING


def fence(lines: Iterable[str], *, limit: int) -> Mrkdwn:
    """Return lines as a block of code of at most ``limit`` characters; those that no longer fit are counted."""
    kept: list[str] = []
    room = limit - len("```\n\n```") - len(f"{CUT_MARK} and 1,000,000 more lines\n")
    every = list(lines)
    for line in every:
        shown = _fitted(_columns(line[: COMMAND_CHARACTERS + 1]), COMMAND_CHARACTERS, _ENTITIES)
        if len(shown) + 1 > room:
            kept.append(f"{CUT_MARK} and {len(every) - len(kept):,} more lines")
            break
        kept.append(shown)
        room -= len(shown) + 1
    return Mrkdwn("```\n" + "\n".join(kept) + "\n```") if kept else NOTHING


def link(url: str, words: str) -> Mrkdwn:
    """Return the project's own words as a link; nothing where the address is no plain https address, or too long."""
    if len(url) > URL_CHARACTERS or not _URL.fullmatch(url):
        return NOTHING
    return Mrkdwn(f"<{url.replace('&', '&amp;')}|{prose(words).text}>")


def bold(*pieces: Piece) -> Mrkdwn:
    """Return the pieces in bold; nothing for nothing, because two asterisks alone would be shown."""
    inner = joined(*pieces).text.strip()
    return Mrkdwn(f"*{inner}*") if inner else NOTHING


def joined(*pieces: Piece) -> Mrkdwn:
    """Return the pieces one after the other, on one line."""
    return Mrkdwn("".join(piece.text if isinstance(piece, Mrkdwn) else prose(piece).text for piece in pieces))


def spaced(text: str) -> Mrkdwn:
    """Return the project's own words and emoji with the space at their ends kept."""
    return Mrkdwn(text)


def lines(every: Iterable[Mrkdwn]) -> Mrkdwn:
    """Return each on a line of its own."""
    return Mrkdwn("\n".join(one.text for one in every))


def _columns(text: str) -> str:
    """Return one sanitized line without what ends code, with its spaces as they are: in a block they mean something."""
    return " ".join(_uncoded(word, len(word)) for word in text.rstrip(" ").split(" "))


def _uncoded(text: str, limit: int) -> str:
    """Return one sanitized line without what ends code."""
    return sanitized(text, limit).replace("`", "'")


def _fitted(text: str, limit: int, replaced: dict[str, str]) -> str:
    """Return the text with characters replaced, cut before the one that no longer fits; never within an entity."""
    units = [replaced.get(character, character) for character in text]
    if sum(map(len, units)) <= limit:
        return "".join(units)
    kept: list[str] = []
    room = limit - len(CUT_MARK)
    for unit in units:
        if len(unit) > room:
            break
        kept.append(unit)
        room -= len(unit)
    return "".join(kept) + CUT_MARK
