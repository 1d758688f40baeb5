"""One message of the queue, from its arrival to the channel: nothing is posted twice, nothing is given up quietly."""

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
    """One Slack channel, by whichever way."""

    has_threads: bool

    def send(self, post: Post) -> str:
        """Post, and return the thread that the post began or went into; empty where there are no threads.

        Raises SlackError when Slack does not take it.
        """


@immutable
class MessageDelivery:
    """Where messages arrive and posts leave."""

    channel: Channel
    once: Once
    threads: Threads
    reader: ReportReader | None = None
    """None where no reports are kept: then an envelope's words are posted."""

    def handle(self, body: str, record_id: str) -> int:
        """Make every post of one record that is not made yet; return how many posts the record has.

        Raises what goes wrong. The record then goes back into the queue, and the posts that are made stay made.
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
        """Return the whole report; None where there is none to be had. An error that may pass is raised."""
        if self.reader is None or not envelope.whereabouts.key:
            return None
        try:
            return self.reader.load(envelope.whereabouts.key)
        except (StoredReportError, AccessError) as error:
            logger.warning("The report could not be had, so its words are posted: %s", in_words(error))
            return None

    def _threads(self, received: ReceivedMessage) -> Mapping[str, str]:
        """Return the threads as they were before this message: it becomes the same posts however often it comes."""
        return self.threads.load(excluding=received.key) if self.channel.has_threads else {}
