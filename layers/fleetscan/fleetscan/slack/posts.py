"""Which posts a message becomes: what is new goes into the channel, updates of a known incident into its thread.

The rule (docs/adr/0015): a change of an incident that a thread of this channel already tells of is an update; all
others, and whatever has no incident, make one post in the channel, whose thread tells of them from then on. Updates are
gathered by thread. An update that somebody must not miss (worse, back, over) is shown in the channel as well; that an
incident is still there is not.
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
from fleetscan.slack.incoming import Alarm, Words

_LOUD = frozenset({ChangeKind.RECURRED, ChangeKind.WORSE, ChangeKind.RESOLVED})


@immutable
class Post:
    """One message to Slack."""

    key: str
    """Distinguishes it from the other posts of its message; the same when the message is delivered again."""
    message: SlackMessage
    incidents: tuple[str, ...] = ()
    """What its thread tells of."""
    thread: str = ""
    """The thread it belongs into; empty for the channel."""
    is_shown_in_channel: bool = False
    """Whether a reply is shown in the channel too."""


def of_report(report: Report, whereabouts: Whereabouts, threads: Mapping[str, str]) -> tuple[Post, ...]:
    """Return the posts of a report: at most one for the channel, before one for each thread that hears news."""
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
        """Return the message of a part of the changes; what other posts tell of is not "unchanged" in this one."""
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
            is_shown_in_channel=any(event.kind in _LOUD for event in events),
        )
        for thread, events in updates.items()
    ]
    return tuple(posts)


def _incidents(events: Sequence[Event]) -> tuple[str, ...]:
    return tuple(str(event.episode.fingerprint) for event in events)


def of_envelope(envelope: Envelope) -> tuple[Post, ...]:
    """Return the post of a report that cannot be had: its words, so that nothing is lost."""
    message = slack_words.words(envelope.subject, envelope.text, envelope.whereabouts, envelope.severity)
    return (Post(key="channel", message=message),)


def of_alarm(alarm: Alarm, threads: Mapping[str, str]) -> tuple[Post, ...]:
    """Return the post of an alarm: into the channel when it rings, into the thread of that when it is over."""
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


def of_words(words: Words) -> tuple[Post, ...]:
    """Return the post of anything else."""
    return (Post(key="channel", message=slack_words.words(words.subject, words.text)),)
