"""Slack messages that are not reports: an alarm, published text, a report that cannot be read."""

from __future__ import annotations

from fleetscan.model.whereabouts import NOWHERE, Whereabouts
from fleetscan.render.message.mrkdwn import bold, joined, prose, spaced
from fleetscan.render.message.slack import SYMBOLS, SlackMessage, links
from fleetscan.render.message.slack_blocks import (
    Weighed,
    context,
    fitted,
    header,
    notification,
    plain,
    plain_section,
    section,
)

_STATES = {"ALARM": "critical", "OK": "resolved"}
_PIECES = 4
"""Sections of plain text: 8,000 characters take three."""
_PIECE_CHARACTERS = 2_800


def alarm(*, name: str, state: str, reason: str, description: str, footer: str) -> SlackMessage:
    """Return an alarm of CloudWatch: its name and state, what it means, why it changed."""
    symbol = SYMBOLS[_STATES.get(state, "none")]
    title = f"{state}: {name}"
    return SlackMessage(
        text=notification(symbol, title, description),
        blocks=fitted(
            [
                Weighed(100, section([joined(spaced(f"{symbol} "), bold(prose(title, 400))), prose(description)])),
                Weighed(90, section([prose(reason, 1_000)])),
                Weighed(100, context(prose(footer))),
            ]
        ),
        plain=plain(f"{title}\n{description}\n{reason}\n{footer}"),
    )


def words(subject: str, text: str, whereabouts: Whereabouts = NOWHERE, severity: str = "none") -> SlackMessage:
    """Return published text exactly as it is, in sections without markup."""
    symbol = SYMBOLS.get(severity, SYMBOLS["none"])
    title = subject or "A message on fleetscan's topic"
    return SlackMessage(
        text=notification(symbol, title, *text.splitlines()[:1]),
        blocks=fitted(
            [
                Weighed(100, header(symbol, title)),
                *(Weighed(90, plain_section(piece)) for piece in pieces(text)),
                *links(whereabouts),
            ]
        ),
        plain=plain(f"{title}\n\n{text}"),
    )


def pieces(text: str) -> list[str]:
    """Return a text in pieces that fit a section each, cut between lines where there are any."""
    rest = text.strip()
    found: list[str] = []
    while rest and len(found) < _PIECES:
        end = len(rest) if len(rest) <= _PIECE_CHARACTERS else rest.rfind("\n", 1, _PIECE_CHARACTERS)
        end = end if end > 0 else _PIECE_CHARACTERS
        found.append(rest[:end])
        rest = rest[end:].strip("\n")
    return found
