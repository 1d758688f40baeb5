"""One message, start to end: posted once, its thread remembered, its failures seen."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

import pytest

from fleetscan.errors import AccessError, SlackError, StoredReportError
from fleetscan.model import Report
from fleetscan.model.episode import ChangeKind
from fleetscan.model.whereabouts import Whereabouts
from fleetscan.render.message import envelope
from fleetscan.render.message.envelope import Envelope
from fleetscan.slack.delivery import MessageDelivery
from fleetscan.slack.posts import Post
from tests.unit.slack.conftest import MemoryOnce, MemoryThreads
from tests.unit.slack.test_incoming import wrapped
from tests.unit.slack.test_posts import names, reported


@dataclass
class FakeChannel:
    """Keeps posts; may refuse the next ones."""

    has_threads: bool = True
    refusals: int = 0
    posts: list[Post] = field(default_factory=list)

    def send(self, post: Post) -> str:
        """Take it, or not."""
        if self.refusals:
            self.refusals -= 1
            raise SlackError("no")
        self.posts.append(post)
        return (post.thread or f"{len(self.posts)}.0") if self.has_threads else ""


@dataclass
class FakeReader:
    """Gives one report, or an error."""

    found: Report | Exception

    def load(self, key: str) -> Report:
        """Return it."""
        assert key == "k"
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def body(scan_id: str = "1", *, key: str = "k") -> str:
    """Return a record around an envelope."""
    where = Whereabouts(bucket="b", key=key)
    return wrapped(envelope.write(Envelope(scan_id=scan_id, subject="s", text="t", severity="none", whereabouts=where)))


def message_delivery(
    channel: FakeChannel, found: Report | Exception | None, threads: MemoryThreads | None = None
) -> MessageDelivery:
    """Return a desk with fakes."""
    return MessageDelivery(
        channel=channel,
        once=MemoryOnce(),
        threads=threads or MemoryThreads(),
        reader=None if found is None else FakeReader(found),
    )


def test_a_report_is_posted_and_its_thread_remembered() -> None:
    """The next message of the incident goes into it."""
    channel, threads = FakeChannel(), MemoryThreads()
    opened, worse = reported(ChangeKind.OPENED), reported(ChangeKind.WORSE)

    first = message_delivery(channel, opened, threads).handle(body("1"), "r-1")
    second = message_delivery(channel, worse, threads).handle(body("2"), "r-2")

    assert (first, second) == (1, 1)
    assert [post.thread for post in channel.posts] == ["", "1.0"]
    assert threads.kept == {names(opened)[0]: ("1.0", "scan#1")}


def test_what_is_delivered_twice_is_posted_once() -> None:
    """Although the first delivery has made its incident a known one."""
    channel = FakeChannel()
    one = message_delivery(channel, reported(ChangeKind.OPENED, ChangeKind.WORSE))

    assert [one.handle(body(), record) for record in ("r-1", "r-1", "r-2")] == [1, 1, 1]
    assert len(channel.posts) == 1


def test_after_half_a_message_only_the_other_half_is_posted() -> None:
    """The digest got out, the update of another thread did not: it comes again, and the digest does not."""
    report = reported(ChangeKind.OPENED, ChangeKind.WORSE)
    channel, threads = FakeChannel(), MemoryThreads(kept={names(report)[1]: ("0.5", "scan#0")})
    one = message_delivery(channel, report, threads)
    real_send = channel.send

    def once_only(post: Post) -> str:
        if post.thread:
            raise SlackError("no")
        return real_send(post)

    channel.send = once_only  # type: ignore[method-assign]  # the channel breaks between two posts
    with pytest.raises(SlackError):
        one.handle(body(), "r-1")
    channel.send = real_send  # type: ignore[method-assign]  # and is mended

    assert one.handle(body(), "r-1") == 2
    assert [post.key for post in channel.posts] == ["channel", "thread#0.5"]


def test_a_post_that_failed_is_tried_again() -> None:
    """Nothing is remembered of it."""
    channel = FakeChannel(refusals=1)
    one = message_delivery(channel, reported(ChangeKind.OPENED))
    with pytest.raises(SlackError):
        one.handle(body(), "r-1")

    assert one.handle(body(), "r-1") == 1
    assert len(channel.posts) == 1


@pytest.mark.parametrize("found", [None, StoredReportError("expired"), AccessError("s3:GetObject")])
def test_without_the_report_its_words_are_posted(found: Exception | None) -> None:
    """No bucket, an expired or damaged report, a missing permission: nothing is lost."""
    channel = FakeChannel()
    message_delivery(channel, found).handle(body(), "r-1")

    assert channel.posts[0].message.blocks[1]["text"]["text"] == "t"


def test_an_envelope_without_a_key_asks_nobody() -> None:
    """The bucket could not be written to when the message was sent."""
    channel = FakeChannel()
    message_delivery(channel, TimeoutError()).handle(body(key=""), "r-1")

    assert len(channel.posts) == 1


def test_an_error_that_may_pass_is_raised() -> None:
    """The queue brings the message back, and then with the whole report."""
    channel = FakeChannel()
    with pytest.raises(TimeoutError):
        message_delivery(channel, TimeoutError()).handle(body(), "r-1")

    assert channel.posts == []


def test_a_channel_without_threads_gets_single_messages() -> None:
    """And no thread is asked for or kept."""
    channel, threads = FakeChannel(has_threads=False), MemoryThreads(kept={"x": ("1.0", "y")})
    message_delivery(channel, reported(ChangeKind.OPENED), threads).handle(body("1"), "r-1")
    message_delivery(channel, reported(ChangeKind.RESOLVED), threads).handle(body("2"), "r-2")

    assert [post.thread for post in channel.posts] == ["", ""]
    assert threads.kept == {"x": ("1.0", "y")}


def test_where_the_thread_is_gone_the_new_one_is_remembered() -> None:
    """The channel has answered with another thread than was asked for."""
    report = reported(ChangeKind.WORSE)
    channel, threads = FakeChannel(), MemoryThreads(kept={names(report)[0]: ("0.5", "scan#0")})
    real_send = channel.send
    channel.send = lambda post: real_send(replace(post, thread=""))  # type: ignore[method-assign]  # as the bot does
    message_delivery(channel, report, threads).handle(body("1"), "r-1")

    assert threads.kept == {names(report)[0]: ("1.0", "scan#1")}


def test_alarms_and_words_are_posted_too() -> None:
    """An alarm that is over finds the thread of its ringing."""
    channel = FakeChannel()
    one = message_delivery(channel, None)
    for number, (state, at) in enumerate((("ALARM", "1"), ("OK", "2"))):
        alarm = json.dumps({"AlarmName": "a", "AlarmArn": "arn:a", "NewStateValue": state, "StateChangeTime": at})
        one.handle(wrapped(alarm).replace("m-1", f"m-{number}"), f"r-{number}")
    one.handle(wrapped("Hello.").replace("m-1", "m-9"), "r-9")

    assert [post.thread for post in channel.posts] == ["", "1.0", ""]
