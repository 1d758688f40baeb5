"""A report in the schema that Amazon Q Developer in chat applications (once AWS Chatbot) shows in Slack and Teams.

    {"version": "1.0", "source": "custom", "content": {"textType": "client-markdown", "title", "description",
     "nextSteps", "keywords"}, "metadata": {"threadId", "summary", "eventType", "relatedResources"}}

It drops anything else that is published to its topic, without an error (Amazon Q Developer in chat applications,
administrator guide, "Custom notifications"). The text is in the markup of whichever chat shows it, so the markup
of both is taken out of untrusted text; updates of one problem share a ``threadId``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

from fleetscan.model import Report
from fleetscan.model.finding import Cause
from fleetscan.model.whereabouts import NOWHERE, Whereabouts
from fleetscan.render.message.digest import Compared, Digest, NodeLine
from fleetscan.render.message.mrkdwn import NOTHING, Mrkdwn, bold, code, joined, link, prose, spaced
from fleetscan.render.message.mrkdwn import lines as together
from fleetscan.render.message.selection import digest
from fleetscan.render.message.slack import SYMBOLS
from fleetscan.render.words.change_words import lead
from fleetscan.render.words.escape import SENTENCE_CHARACTERS, name

VERSION = "1.0"
EVENT_TYPE = "fleetscan.report"

TITLE_CHARACTERS = 250
DESCRIPTION_CHARACTERS = 2_900
STEPS = 5
STEP_CHARACTERS = 500
KEYWORDS = 10
RESOURCES = 20
"""The guide names no limits. These are our own: a chat's section takes 3,000 characters, and nobody reads ten steps."""

_HEADLINE_CHARACTERS = 900
_NODES = 5
_CHANGES = 5
_REASONS = 3
_TERMINATION_STEPS = 5
_BULLET = spaced("\N{BULLET} ")


def render(report: Report, whereabouts: Whereabouts = NOWHERE) -> str:
    """Return the notification as JSON."""
    content = digest(report, whereabouts)
    title = _plain(f"{content.label.capitalize()}: {content.subject}", TITLE_CHARACTERS - 2)
    notification: dict[str, object] = {
        "version": VERSION,
        "source": "custom",
        "id": name(report.scan_id),
        "content": {
            "textType": "client-markdown",
            "title": f"{SYMBOLS[content.label]} {title}",
            "description": _fitted(_description(content), _safe(f"{content.coverage}; {content.scan}")),
            "nextSteps": [step.text for step in _steps(content)] or None,
            "keywords": _keywords(report, content),
        },
        "metadata": {
            "threadId": thread(report),
            "summary": title,
            "eventType": EVENT_TYPE,
            "relatedResources": [
                name(one.node.instance_id) for one in report.diagnoses if one.findings and one.severity is not None
            ][:RESOURCES],
        },
    }
    return json.dumps(_without_nothing(notification), ensure_ascii=False)


def texts(report: Report, whereabouts: Whereabouts = NOWHERE) -> Mapping[str, str]:
    """Return SNS protocol -> text; all that subscribe to this topic get the same."""
    return {"default": render(report, whereabouts)}


def thread(report: Report) -> str:
    """Return what the updates of one problem have in common: cluster and cause, or the rule where no cause is known.

    The findings of one cause open, get worse and resolve one after the other; to a reader they are one problem.
    """
    first = lead(report.chronicle.reported) if report.chronicle else None
    if first is None:
        return f"fleetscan-{name(report.scan_id)}"
    print_ = first.episode.fingerprint
    about = print_.rule if print_.cause is Cause.UNATTRIBUTED else print_.cause.value
    words = f"{print_.cluster}#{about}#{print_.subject}"
    return f"fleetscan-{hashlib.sha256(words.encode(errors='replace')).hexdigest()[:24]}"


def _description(content: Digest) -> Iterable[Mrkdwn]:
    first, *others = content.headline
    yield bold(_safe(first))
    yield _safe(" ".join(others), _HEADLINE_CHARACTERS)
    for one in content.root_causes:
        where = joined(spaced(" in cluster "), code(one.cluster)) if one.cluster else NOTHING
        yield joined(bold(one.heading), spaced(" "), code(one.who), where, spaced(" "), _safe(f"({one.confidence})"))
        yield from (joined(_BULLET, _safe(reason)) for reason in one.new_reasons[:_REASONS])
    yield from _titled("Likely cause, not confirmed", map(_safe, content.likely_causes))
    yield from _titled("Nodes, worst first", map(_node, content.nodes[:_NODES]), content.nodes_total - _NODES)
    for termination in content.terminations[:1]:
        yield from _titled(
            f"Pod terminations (UTC): {termination.title}", map(_safe, termination.steps[:_TERMINATION_STEPS])
        )
    yield from _titled(
        "Changes", (_safe(one.words) for one in content.changes[:_CHANGES]), len(content.changes) - _CHANGES
    )
    yield from _titled("Before and after", map(_compared, content.compared))
    yield from _titled("Expired mutes", map(_safe, content.expired_mutes))


def _titled(title: str, every: Iterable[Mrkdwn], unlisted: int = 0) -> Iterable[Mrkdwn]:
    """Yield a title and a bullet for each; nothing where there is nothing. ``unlisted`` are more of them."""
    items = [joined(_BULLET, one) for one in every]
    if not items:
        return
    yield bold(_safe(title))
    yield from items
    if unlisted > 0:
        yield spaced(f"and {unlisted:,} more")


def _compared(one: Compared) -> Mrkdwn:
    figures = "; ".join(f"{label} {before} \N{RIGHTWARDS ARROW} {after}" for label, before, after in one.rows)
    return joined(code(one.host), spaced(" "), _safe("gone" if one.is_gone else figures))


def _steps(content: Digest) -> Sequence[Mrkdwn]:
    """Return what to do: the commands for each root cause, else of each task; then where to read on."""
    remedies = [one.remedy for one in content.root_causes] or [one.remedy for one in content.tasks]
    commands = [
        code(part.text, STEP_CHARACTERS) if part.is_command else _safe(part.text, STEP_CHARACTERS)
        for remedy in remedies
        for part in remedy
    ]
    where = content.whereabouts
    links = [link(where.report_url, "Open the full report"), link(where.dashboard_url, "Open the dashboard")]
    return [*commands[:STEPS], *(one for one in links if one.text)]


def _keywords(report: Report, content: Digest) -> list[str]:
    clusters = sorted({name(one.node.cluster) for one in report.diagnoses if one.node.cluster})
    return ["fleetscan", content.label, *(_plain(cluster, 60) for cluster in clusters)][:KEYWORDS]


def _node(one: NodeLine) -> Mrkdwn:
    return joined(code(one.name), spaced(" "), _safe(one.words))


def _safe(text: str, limit: int = SENTENCE_CHARACTERS) -> Mrkdwn:
    """Return untrusted text without the markup of Slack and Teams: Teams makes links of ``[words](address)``."""
    return prose(text.replace("](", "] ("), limit)


def _plain(text: str, limit: int) -> str:
    return _safe(text, limit).text


def _fitted(every: Iterable[Mrkdwn], last: Mrkdwn) -> str:
    """Return as many whole lines as fit, without empty ones, and the last one whatever is before it."""
    kept: list[Mrkdwn] = []
    room = DESCRIPTION_CHARACTERS - len(last)
    for line in (one for one in every if one.text):
        if len(line) + 1 > room:
            break
        kept.append(line)
        room -= len(line) + 1
    return together([*kept, last]).text


def _without_nothing(value: dict[str, object]) -> dict[str, object]:
    """Return an object without the keys that have no value, at every depth."""
    return {
        key: _without_nothing(one) if isinstance(one, dict) else one for key, one in value.items() if one is not None
    }
