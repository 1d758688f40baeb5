"""Delivers one message of the queue to Slack: each post is made once, and every failure is raised."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import Protocol

from fleetscan.errors import AccessError, StoredReportError, in_words
from fleetscan.immutable import immutable
from fleetscan.model import Report
from fleetscan.ports import Once, ReportReader, Threads
from fleetscan.render.message.envelope import Envelope
from fleetscan.slack import incoming, posts
from fleetscan.slack.incoming import Alarm, ReceivedMessage
from fleetscan.slack.posts import Post

logger = logging.getLogger(__name__)


class Channel(Protocol):
    """A client that posts to one Slack channel."""

    has_threads: bool

    def send(self, post: Post) -> str:
        """Post, and return the thread that the post started or was added to; empty if threads are not supported.

        Raises SlackError if Slack does not accept it.
        """


@immutable
class MessageDelivery:
    """Turns records of the queue into posts."""

    channel: Channel
    once: Once
    threads: Threads
    reader: ReportReader | None = None
    """None where no reports are stored: then the text of the envelope is posted."""

    def handle(self, body: str, record_id: str) -> int:
        """Make every post of one record that was not made yet; return how many posts the record has.

        Errors are raised: the record then returns to the queue, and posts already made are not repeated.
        """
        received = incoming.read(body, record_id)
        made = self._posts(received)
        for post in made:
            thread = self.once(f"{received.key}#{post.key}", partial(self.channel.send, post))
            if post.incidents and thread and thread != post.thread:
                self.threads.keep(post.incidents, thread, by=received.key)
        return len(made)

    def _posts(self, received: ReceivedMessage) -> tuple[Post, ...]:
        content = received.content
        if isinstance(content, Envelope):
            report = self._report(content)
            if report is None:
                return posts.of_envelope(content)
            return posts.of_report(report, content.whereabouts, self._threads(received))
        if isinstance(content, Alarm):
            return posts.of_alarm(content, self._threads(received))
        return posts.of_words(content)

    def _report(self, envelope: Envelope) -> Report | None:
        """Return the whole report; None if it is not available. Transient errors are raised."""
        if self.reader is None or not envelope.whereabouts.key:
            return None
        try:
            return self.reader.load(envelope.whereabouts.key)
        except (StoredReportError, AccessError) as error:
            logger.warning("The report could not be loaded, so the text of its envelope is posted: %s", in_words(error))
            return None

    def _threads(self, received: ReceivedMessage) -> Mapping[str, str]:
        """Return the threads as they were before this message, so that a redelivery makes the same posts."""
        return self.threads.load(excluding=received.key) if self.channel.has_threads else {}
