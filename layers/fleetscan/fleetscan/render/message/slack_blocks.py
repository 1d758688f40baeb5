"""Block Kit's blocks, kept within Block Kit's limits.

The limits are Slack's (Block Kit reference; chat.postMessage): 50 blocks, 150 characters of a header, 3,000 of a
section, 2,000 of a text in a context. That all text together must stay under about 13,000 characters stands in no
reference; beyond it Slack answers ``msg_blocks_too_long``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from fleetscan.immutable import immutable
from fleetscan.render.message.mrkdwn import Mrkdwn, fence, joined, lines, prose, spaced
from fleetscan.render.words.escape import CUT_MARK, sanitized, unmentioned

MOST_BLOCKS = 50
MOST_HEADER_CHARACTERS = 150
MOST_SECTION_CHARACTERS = 3_000
MOST_CONTEXT_CHARACTERS = 2_000
MOST_CHARACTERS = 12_000
"""Of all blocks together, somewhat below what Slack was seen to refuse."""
MOST_TEXT_CHARACTERS = 4_000
"""Of the text beside the blocks: Slack cuts it at 40,000 and asks for no more than this."""
NOTIFICATION_CHARACTERS = 300
"""Of each sentence in a notification; a lock screen shows the first 100 to 180 of all."""

_MORE_CHARACTERS = 40

type Block = dict[str, Any]


@immutable(kw_only=False)
class Weighed:
    """A block and its weight: the lightest are left out first."""

    weight: int
    block: Block


def header(symbol: str, title: str) -> Block:
    """Return a header: plain text, without markup."""
    shown = sanitized(unmentioned(title), MOST_HEADER_CHARACTERS - len(symbol) - 1)
    return {"type": "header", "text": {"type": "plain_text", "text": f"{symbol} {shown}", "emoji": False}}


def section(every: Iterable[Mrkdwn]) -> Block:
    """Return a section of as many of these lines as fit, and a last one that counts the others.

    ``verbatim``: Slack makes no links and no mentions out of what merely looks like them.
    """
    given = [line for line in every if line.text]
    kept: list[Mrkdwn] = []
    room = MOST_SECTION_CHARACTERS - _MORE_CHARACTERS
    for line in given:
        if len(line) + 1 > room:
            kept.append(spaced(f"{CUT_MARK} and {len(given) - len(kept):,} more"))
            break
        kept.append(line)
        room -= len(line) + 1
    text = lines(kept).text or "-"
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def plain_section(text: str) -> Block:
    """Return a section of several lines in plain text, without markup."""
    shown = [f"{_indent(line)}{unmentioned(sanitized(line, MOST_SECTION_CHARACTERS))}" for line in text.splitlines()]
    whole = "\n".join(shown).strip("\n") or "-"
    if len(whole) > MOST_SECTION_CHARACTERS:
        whole = whole[: MOST_SECTION_CHARACTERS - len(CUT_MARK)] + CUT_MARK
    return {"type": "section", "text": {"type": "plain_text", "text": whole, "emoji": False}}


def _indent(line: str) -> str:
    """Return the spaces before a command; no more than a terminal's tab."""
    return " " * min(len(line) - len(line.lstrip(" ")), 8) if line.strip() else ""


def context(words: Mrkdwn) -> Block:
    """Return a line in small grey letters."""
    fit = words if len(words) <= MOST_CONTEXT_CHARACTERS else prose(CUT_MARK)
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": fit.text or "-", "verbatim": True}]}


def fitted(every: Sequence[Weighed]) -> tuple[Block, ...]:
    """Return the blocks without those that no longer fit: the lightest are left out, of equals the last one first."""
    kept = list(every)
    while len(kept) > MOST_BLOCKS or sum(characters(one.block) for one in kept) > MOST_CHARACTERS:
        lightest = min(one.weight for one in kept)
        kept.pop(max(index for index, one in enumerate(kept) if one.weight == lightest))
    return tuple(one.block for one in kept)


def characters(block: Block) -> int:
    """Return how much text is in a block."""
    texts = [block["text"]] if "text" in block else block.get("elements", [])
    return sum(len(text["text"]) for text in texts)


def notification(symbol: str, title: str, *sentences: str) -> str:
    """Return what a locked phone shows: title and headline, escaped."""
    first = joined(spaced(f"{symbol} "), prose(title, NOTIFICATION_CHARACTERS))
    return lines([first, *(prose(sentence, NOTIFICATION_CHARACTERS) for sentence in sentences[:2])]).text


def plain(text: str) -> str:
    """Return a whole message as text in a block of code, for the case that Slack refuses the blocks."""
    return fence(text.splitlines(), limit=MOST_TEXT_CHARACTERS).text
