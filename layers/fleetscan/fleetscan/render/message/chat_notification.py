"""A report in the schema that Amazon Q Developer in chat applications (once AWS Chatbot) shows in Slack and Teams.

    {"version": "1.0", "source": "custom", "content": {"textType": "client-markdown", "title", "description",
     "nextSteps", "keywords"}, "metadata": {"threadId", "summary", "eventType", "relatedResources"}}

Anything else that is published to its topic it drops without a word (Amazon Q Developer in chat applications,
administrator guide, "Custom notifications"). The text is in the markup of whichever chat reads it, so what either
obeys is taken out of foreign words; updates of one trouble share a ``threadId``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

from fleetscan.model import Report
from fleetscan.model.finding import Cause
from fleetscan.model.whereabouts import NOWHERE, Whereabouts
from fleetscan.render.message.digest import Compared, Digest, NodeLine, digest
from fleetscan.render.message.mrkdwn import NOTHING, Mrkdwn, bold, code, joined, link, prose, spaced
from fleetscan.render.message.mrkdwn import lines as together
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

_VERDICT_CHARACTERS = 900
_NODES = 5
_CHANGES = 5
_REASONS = 3
_STEPS_OF_DEATH = 5
_BULLET = spaced("\N{BULLET} ")


def render(report: Report, whereabouts: Whereabouts = NOWHERE) -> str:
    """Return the notification as JSON."""
    told = digest(report, whereabouts)
    title = _plain(f"{told.label.capitalize()}: {told.subject}", TITLE_CHARACTERS - 2)
    notification: dict[str, object] = {
        "version": VERSION,
        "source": "custom",
        "id": name(report.scan_id),
        "content": {
            "textType": "client-markdown",
            "title": f"{SYMBOLS[told.label]} {title}",
            "description": _fitted(_description(told), _safe(f"{told.looked_at}; {told.scan}")),
            "nextSteps": [step.text for step in _steps(told)] or None,
            "keywords": _keywords(report, told),
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
    """Return what the updates of one trouble have in common: cluster and cause, or the rule where no cause is known.

    The findings of one cause open, get worse and resolve one after the other; to a reader they are one story.
    """
    first = lead(report.chronicle.told) if report.chronicle else None
    if first is None:
        return f"fleetscan-{name(report.scan_id)}"
    print_ = first.episode.fingerprint
    about = print_.rule if print_.cause is Cause.UNATTRIBUTED else print_.cause.value
    words = f"{print_.cluster}#{about}#{print_.subject}"
    return f"fleetscan-{hashlib.sha256(words.encode(errors='replace')).hexdigest()[:24]}"


def _description(told: Digest) -> Iterable[Mrkdwn]:
    first, *others = told.verdict
    yield bold(_safe(first))
    yield _safe(" ".join(others), _VERDICT_CHARACTERS)
    for one in told.accused:
        where = joined(spaced(" in cluster "), code(one.cluster)) if one.cluster else NOTHING
        yield joined(bold("Culprit"), spaced(" "), code(one.who), where, spaced(" "), _safe(f"({one.strength})"))
        new = [reason for reason in one.reasons if not any(reason in part for part in told.verdict)]
        yield from (joined(_BULLET, _safe(reason)) for reason in new[:_REASONS])
    yield from _titled("Suspected, not proven", map(_safe, told.suspects))
    yield from _titled("Nodes, the worst first", map(_node, told.nodes[:_NODES]), told.nodes_total - _NODES)
    for death in told.deaths[:1]:
        yield from _titled(f"Why pods died (UTC): {death.title}", map(_safe, death.steps[:_STEPS_OF_DEATH]))
    yield from _titled(
        "What changed", (_safe(one.words) for one in told.changes[:_CHANGES]), len(told.changes) - _CHANGES
    )
    yield from _titled("Before and after", map(_compared, told.compared))
    yield from _titled("Mutes that have run out", map(_safe, told.expired_mutes))


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


def _steps(told: Digest) -> Sequence[Mrkdwn]:
    """Return what to do: the commands against each culprit, else of each task; then where to read on."""
    remedies = [one.remedy for one in told.accused] or [one.remedy for one in told.tasks]
    commands = [
        code(part.text, STEP_CHARACTERS) if part.is_command else _safe(part.text, STEP_CHARACTERS)
        for remedy in remedies
        for part in remedy
    ]
    where = told.whereabouts
    links = [link(where.report_url, "Open the whole report"), link(where.dashboard_url, "Open the dashboard")]
    return [*commands[:STEPS], *(one for one in links if one.text)]


def _keywords(report: Report, told: Digest) -> list[str]:
    clusters = sorted({name(one.node.cluster) for one in report.diagnoses if one.node.cluster})
    return ["fleetscan", told.label, *(_plain(cluster, 60) for cluster in clusters)][:KEYWORDS]


def _node(one: NodeLine) -> Mrkdwn:
    return joined(code(one.name), spaced(" "), _safe(one.words))


def _safe(text: str, limit: int = SENTENCE_CHARACTERS) -> Mrkdwn:
    """Return foreign words that neither Slack nor Teams obeys: Teams makes links of ``[words](address)``."""
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
