"""Turns a message into posts: new incidents go to the channel, updates of a known incident to its thread.

The rule (docs/adr/0015): a change of an incident that has a thread in this channel is an update; all others, and
messages without an incident, make one post in the channel, whose thread they use from then on. Updates are grouped by
thread. Important updates (escalated, reopened, resolved) are also broadcast to the channel; ongoing incidents are not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fleetscan.immutable import immutable
from fleetscan.model import Report
from fleetscan.model.episode import ChangeKind, Event
from fleetscan.model.whereabouts import Whereabouts
from fleetscan.render.message import slack, slack_words
from fleetscan.render.message.envelope import Envelope
from fleetscan.render.message.slack import SlackMessage
from fleetscan.slack.incoming import Alarm, PlainText

_BROADCAST_KINDS = frozenset({ChangeKind.RECURRED, ChangeKind.WORSE, ChangeKind.RESOLVED})


@immutable
class Post:
    """One message to Slack."""

    key: str
    """Unique within its message; the same when the message is redelivered."""
    message: SlackMessage
    incidents: tuple[str, ...] = ()
    """The incidents of its thread."""
    thread: str = ""
    """The thread to post to; empty for the channel."""
    is_shown_in_channel: bool = False
    """Whether a reply is also broadcast to the channel."""


def of_report(report: Report, whereabouts: Whereabouts, threads: Mapping[str, str]) -> tuple[Post, ...]:
    """Return the posts of a report: at most one for the channel, then one per thread with updates."""
    chronicle = report.chronicle
    if chronicle is None:
        return (Post(key="channel", message=slack.render(report, whereabouts)),)
    updates: dict[str, list[Event]] = {}
    news: list[Event] = []
    for event in chronicle.reported:
        known = threads.get(str(event.episode.fingerprint))
        (news if known is None else updates.setdefault(known, [])).append(event)

    told = {event.episode.fingerprint for event in chronicle.reported}

    def message(events: Sequence[Event], *, is_channel: bool) -> SlackMessage:
        """Return the message for some of the changes; incidents of other posts are not listed as unchanged."""
        part = replace(
            chronicle,
            events=tuple(events),
            episodes=tuple(one for one in chronicle.episodes if one.fingerprint not in told),
            expired_mutes=chronicle.expired_mutes if is_channel else (),
        )
        return slack.render(replace(report, chronicle=part), whereabouts)

    posts = []
    if news or chronicle.expired_mutes or not updates:
        posts.append(
            Post(
                key="channel",
                message=message(news, is_channel=True),
                incidents=_incidents(news),
            )
        )
    posts += [
        Post(
            key=f"thread#{thread}",
            message=message(events, is_channel=False),
            incidents=_incidents(events),
            thread=thread,
            is_shown_in_channel=any(event.kind in _BROADCAST_KINDS for event in events),
        )
        for thread, events in updates.items()
    ]
    return tuple(posts)


def _incidents(events: Sequence[Event]) -> tuple[str, ...]:
    return tuple(str(event.episode.fingerprint) for event in events)


def of_envelope(envelope: Envelope) -> tuple[Post, ...]:
    """Return the post for a report that cannot be loaded: the text of its envelope."""
    message = slack_words.words(envelope.subject, envelope.text, envelope.whereabouts, envelope.severity)
    return (Post(key="channel", message=message),)


def of_alarm(alarm: Alarm, threads: Mapping[str, str]) -> tuple[Post, ...]:
    """Return the post of an alarm: to the channel when it fires, to that thread when it is resolved."""
    incident = f"alarm#{alarm.arn or alarm.name}"
    message = slack_words.alarm(
        name=alarm.name,
        state=alarm.state,
        reason=alarm.reason,
        description=alarm.description,
        footer=", ".join(word for word in ("CloudWatch alarm", alarm.region, alarm.at) if word),
    )
    thread = "" if alarm.state == "ALARM" else threads.get(incident, "")
    return (
        Post(key="channel", message=message, incidents=(incident,), thread=thread, is_shown_in_channel=bool(thread)),
    )


def of_words(words: PlainText) -> tuple[Post, ...]:
    """Return the post of a plain text."""
    return (Post(key="channel", message=slack_words.words(words.subject, words.text)),)
