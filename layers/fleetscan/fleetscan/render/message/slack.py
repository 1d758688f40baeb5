"""A report as a Slack message: Block Kit blocks, and the line for a lock screen.

Calm and short: the headline, the probable root cause and why, what to review and run, the nodes worst first,
what changed, a link to everything else. Slack's limits hold by construction: every block is made by
``slack_blocks``, which knows them, and blocks that no longer fit are left out, least important first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from fleetscan.immutable import immutable
from fleetscan.model import Report
from fleetscan.model.whereabouts import NOWHERE, Whereabouts
from fleetscan.render.message import mail
from fleetscan.render.message.digest import ChangeLine, Compared, Digest, NodeLine, RootCauseLines, Task
from fleetscan.render.message.mrkdwn import NOTHING, Mrkdwn, bold, code, fence, joined, lines, link, prose, spaced
from fleetscan.render.message.selection import digest
from fleetscan.render.message.slack_blocks import (
    Block,
    Weighed,
    context,
    fitted,
    header,
    notification,
    plain,
    section,
)
from fleetscan.render.words.before_after import AFTER, BEFORE
from fleetscan.render.words.remedy import Part

SYMBOLS: Mapping[str, str] = {
    "critical": "\N{LARGE RED CIRCLE}",
    "warning": "\N{LARGE YELLOW CIRCLE}",
    "info": "\N{LARGE BLUE CIRCLE}",
    "resolved": "\N{WHITE HEAVY CHECK MARK}",
    "none": "\N{MEDIUM WHITE CIRCLE}",
}
"""A word stands beside each: nobody has to know colours."""

_HEADLINE_CHARACTERS = 900
_NODES = 5
_CHANGES = 6
_FEW = 4
_STEPS = 6
_TASKS = 2
_FENCE_CHARACTERS = 1_400
_MUTES = "Expired mutes"
_BULLET = spaced("\N{BULLET} ")
_DOT = spaced(" \N{MIDDLE DOT} ")
_LABEL_CHARACTERS = 18
_VALUE_CHARACTERS = 11


@immutable
class SlackMessage:
    """What Slack is given."""

    text: str
    """What a notification shows, and a reader for whom blocks are no use; escaped."""
    blocks: tuple[Block, ...]
    plain: str
    """All of it as text, for the case that Slack should refuse the blocks; escaped."""


def render(report: Report, whereabouts: Whereabouts = NOWHERE) -> SlackMessage:
    """Return the message of a report."""
    content = digest(report, whereabouts)
    title = f"{content.label.capitalize()}: {content.subject}"
    return SlackMessage(
        text=notification(SYMBOLS[content.label], title, *content.headline),
        blocks=fitted(_blocks(content, title)),
        plain=plain(mail.text(content)),
    )


def _blocks(content: Digest, title: str) -> Sequence[Weighed]:
    """Return the blocks in the order in which they are read, each with its weight."""
    first, *others = content.headline
    has_root_cause = bool(content.root_causes)
    compared = [Weighed(60, section(_compared(one))) for one in content.compared]
    changes = [Weighed(70, _section("Changes", content.changes, _CHANGES, _change))] if content.changes else []
    return [
        Weighed(100, header(SYMBOLS[content.label], title)),
        Weighed(100, section([bold(prose(first)), prose(" ".join(others), _HEADLINE_CHARACTERS)])),
        *(Weighed(95, section(_root_cause(one))) for one in content.root_causes),
        *(
            Weighed(45, _section(f"Pod terminations (UTC): {one.title}", one.steps, _STEPS, prose))
            for one in content.terminations[:1]
        ),
        *(
            [Weighed(90, _section("Likely cause, not confirmed", content.likely_causes, _FEW, prose))]
            if content.likely_causes
            else []
        ),
        *(Weighed(85, _review(one.remedy)) for one in content.root_causes if one.remedy),
        *(
            Weighed(40 if has_root_cause else 85, _task(one))
            for one in content.tasks[: 1 if has_root_cause else _TASKS]
        ),
        *(compared if content.is_over else []),
        *([Weighed(80, _nodes(content))] if content.nodes else []),
        *changes,
        *([] if content.is_over else compared),
        *([Weighed(65, _section(_MUTES, content.expired_mutes, _FEW, prose))] if content.expired_mutes else []),
        *([Weighed(50, _section("Coverage gaps", content.gaps, _FEW, prose))] if content.gaps else []),
        *links(content.whereabouts),
        Weighed(100, context(joined(content.coverage, _DOT, content.scan))),
    ]


def _section[T](title: str, every: Sequence[T], most: int, line: Callable[[T], Mrkdwn], unlisted: int = 0) -> Block:
    """Return a title and the first of many things, a line each, with a bullet; ``unlisted`` are more of them."""
    rest = max(len(every) - most, 0) + unlisted
    more = [spaced(f"and {rest:,} more")] if rest > 0 else []
    return section([bold(title), *(joined(_BULLET, line(one)) for one in every[:most]), *more])


def _root_cause(one: RootCauseLines) -> list[Mrkdwn]:
    """Return the root cause and why, without the reason that the headline has given."""
    where = joined(spaced(" in cluster "), code(one.cluster)) if one.cluster else NOTHING
    image = joined(spaced("image "), code(one.image)) if one.image else NOTHING
    affected = joined(_BULLET, spaced("affected: "), prose(one.affected)) if one.affected else NOTHING
    return [
        joined(bold(one.heading), spaced(" "), code(one.who), where, spaced(" "), prose(f"({one.confidence})")),
        image,
        *(joined(_BULLET, reason) for reason in one.new_reasons),
        affected,
    ]


def _review(remedy: Sequence[Part]) -> Block:
    """Return the words and commands of a remedy; each run of commands is one block of code."""
    return section([bold("Review, then run"), *_instructions(remedy)])


def _task(one: Task) -> Block:
    where = joined(spaced(" on "), prose(one.where)) if one.where else NOTHING
    return section([joined(bold(one.title), where), *_instructions(one.remedy)])


def _instructions(remedy: Sequence[Part]) -> list[Mrkdwn]:
    return [
        fence([part.text for part in run], limit=_FENCE_CHARACTERS) if is_command else lines(prose(p.text) for p in run)
        for is_command, run in ((key, list(group)) for key, group in groupby(remedy, key=lambda part: part.is_command))
    ]


def _node(one: NodeLine) -> Mrkdwn:
    return joined(code(one.name), spaced(" "), one.words)


def _nodes(content: Digest) -> Block:
    rest = content.nodes_total - len(content.nodes)
    return _section("Nodes, worst first", content.nodes, _NODES, _node, rest)


def _change(one: ChangeLine) -> Mrkdwn:
    return prose(one.words)


def _compared(one: Compared) -> list[Mrkdwn]:
    """Return a node before and after as a table, for code stands in columns."""
    resolved = joined(spaced("Resolved: "), ", ".join(one.rules))
    if one.is_gone:
        return [joined(code(one.host), spaced(" is gone, so there are no readings after. "), resolved)]
    table = [
        f"{label:<{_LABEL_CHARACTERS}}{before:>{_VALUE_CHARACTERS}}{after:>{_VALUE_CHARACTERS}}"
        for label, before, after in (("", BEFORE, AFTER), *one.rows)
    ]
    return [
        joined(bold("Before and after"), spaced(" on "), code(one.host)),
        fence(table, limit=_FENCE_CHARACTERS),
        resolved,
    ]


def links(where: Whereabouts) -> list[Weighed]:
    """Return a section for each address: links and no buttons, because a button needs an app that responds to it."""
    named = (link(where.report_url, "Open the full report"), link(where.dashboard_url, "Open the dashboard"))
    return [Weighed(98, section([one])) for one in named if one.text]
