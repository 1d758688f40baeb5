"""A report as a Slack message: Block Kit blocks, and the line for a lock screen.

Calm and short: the verdict, who is behind it and why, what to review and run, the nodes in the order in which they run
out, what changed, a link to everything else. Slack's limits hold by construction: every block is made by
``slack_blocks``, which knows them, and blocks that no longer fit are left out, least important first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from fleetscan.immutable import immutable
from fleetscan.model import Report
from fleetscan.model.whereabouts import NOWHERE, Whereabouts
from fleetscan.render.message import mail
from fleetscan.render.message.digest import Accused, ChangeLine, Compared, Digest, NodeLine, Task, digest
from fleetscan.render.message.mrkdwn import NOTHING, Mrkdwn, bold, code, fence, joined, lines, link, prose, spaced
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
"""A word stands beside each: nobody has to tell colours apart."""

_VERDICT_CHARACTERS = 900
_NODES = 5
_CHANGES = 6
_FEW = 4
_STEPS = 6
_TASKS = 2
_FENCE_CHARACTERS = 1_400
_MUTES = "Mutes that have run out"
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
    told = digest(report, whereabouts)
    title = f"{told.label.capitalize()}: {told.subject}"
    return SlackMessage(
        text=notification(SYMBOLS[told.label], title, *told.verdict),
        blocks=fitted(_blocks(told, title)),
        plain=plain(mail.text(told)),
    )


def _blocks(told: Digest, title: str) -> Sequence[Weighed]:
    """Return the blocks in the order in which they are read, each with what it weighs."""
    first, *others = told.verdict
    is_accused = bool(told.accused)
    compared = [Weighed(60, section(_compared(one))) for one in told.compared]
    changes = [Weighed(70, _section("What changed", told.changes, _CHANGES, _change))] if told.changes else []
    return [
        Weighed(100, header(SYMBOLS[told.label], title)),
        Weighed(100, section([bold(prose(first)), prose(" ".join(others), _VERDICT_CHARACTERS)])),
        *(Weighed(95, section(_accused(one, told.verdict))) for one in told.accused),
        *(
            Weighed(45, _section(f"Why pods died (UTC): {one.title}", one.steps, _STEPS, prose))
            for one in told.deaths[:1]
        ),
        *([Weighed(90, _section("Suspected, not proven", told.suspects, _FEW, prose))] if told.suspects else []),
        *(Weighed(85, _review(one.remedy)) for one in told.accused if one.remedy),
        *(Weighed(40 if is_accused else 85, _task(one)) for one in told.tasks[: 1 if is_accused else _TASKS]),
        *(compared if told.is_over else []),
        *([Weighed(80, _nodes(told))] if told.nodes else []),
        *changes,
        *([] if told.is_over else compared),
        *([Weighed(65, _section(_MUTES, told.expired_mutes, _FEW, prose))] if told.expired_mutes else []),
        *([Weighed(50, _section("Not looked at", told.gaps, _FEW, prose))] if told.gaps else []),
        *links(told.whereabouts),
        Weighed(100, context(joined(told.looked_at, _DOT, told.scan))),
    ]


def _section[T](title: str, every: Sequence[T], most: int, line: Callable[[T], Mrkdwn], unlisted: int = 0) -> Block:
    """Return a title and the first of many things, a line each, with a bullet; ``unlisted`` are more of them."""
    rest = max(len(every) - most, 0) + unlisted
    more = [spaced(f"and {rest:,} more")] if rest > 0 else []
    return section([bold(title), *(joined(_BULLET, line(one)) for one in every[:most]), *more])


def _accused(one: Accused, verdict: Sequence[str]) -> list[Mrkdwn]:
    """Return who it is and why, without the reason that the verdict has given."""
    where = joined(spaced(" in cluster "), code(one.cluster)) if one.cluster else NOTHING
    image = joined(spaced("image "), code(one.image)) if one.image else NOTHING
    affected = joined(_BULLET, spaced("affected: "), prose(one.affected)) if one.affected else NOTHING
    return [
        joined(bold("Culprit"), spaced(" "), code(one.who), where, spaced(" "), prose(f"({one.strength})")),
        image,
        *(joined(_BULLET, reason) for reason in one.reasons if not any(reason in part for part in verdict)),
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


def _nodes(told: Digest) -> Block:
    rest = told.nodes_total - len(told.nodes)
    return _section("Nodes, the worst first", told.nodes, _NODES, _node, rest)


def _change(one: ChangeLine) -> Mrkdwn:
    return prose(one.words)


def _compared(one: Compared) -> list[Mrkdwn]:
    """Return a node before and after as a table, for code stands in columns."""
    resolved = joined(spaced("Resolved: "), ", ".join(one.rules))
    if one.is_gone:
        return [joined(code(one.host), spaced(" is gone, so there is no after. "), resolved)]
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
    """Return a section for each address: links and no buttons, which want an app that answers when they are pressed."""
    named = (link(where.report_url, "Open the whole report"), link(where.dashboard_url, "Open the dashboard"))
    return [Weighed(98, section([one])) for one in named if one.text]
