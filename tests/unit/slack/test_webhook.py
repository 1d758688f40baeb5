"""Posting by an incoming webhook, over real HTTP."""

from __future__ import annotations

import pytest

from fleetscan.errors import SlackError
from fleetscan.slack.posts import Post
from fleetscan.slack.webhook import Webhook
from tests.fixtures.slack_server import Answer, SlackServer
from tests.unit.slack.conftest import Time

SECRET = "arn:aws:ssm:eu-west-1:123456789012:parameter/slack"  # noqa: S105 - a name


def hook(slack: SlackServer, time: Time, url: str = "") -> Webhook:
    """Return a webhook of the stand-in."""
    return Webhook(url or slack.hook_url, secret=SECRET, seconds_left=lambda: time.left, sleep=time.sleep)


def test_a_post_is_taken_and_has_no_thread(slack: SlackServer, time: Time, post: Post) -> None:
    """A webhook says ok and nothing else."""
    assert hook(slack, time).send(post) == ""
    assert slack.posts == [
        {
            "text": post.message.text,
            "blocks": list(post.message.blocks),
            "unfurl_links": False,
            "unfurl_media": False,
        }
    ]


def test_too_many_requests_are_waited_for(slack: SlackServer, time: Time, post: Post) -> None:
    """429 twice, then it is taken."""
    slack.answers = [Answer(status=429, body="rate_limited", headers={"Retry-After": "3"})] * 2

    hook(slack, time).send(post)

    assert (len(slack.posts), time.slept) == (1, [3.0, 3.0])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(status=404, body="no_service"), f"no_service; the incoming webhook was removed .* {SECRET}"),
        (Answer(status=403, body="action_prohibited"), "action_prohibited; a workspace policy"),
        (Answer(status=410, body="channel_is_archived"), "channel_is_archived; the channel is archived"),
        (Answer(status=418, body=""), "'status 418'; the queue retries it"),
        (Answer(status=403, body="<html>" + "x" * 500), "html"),
    ],
)
def test_a_refusal_says_what_to_do(slack: SlackServer, time: Time, post: Post, answer: Answer, expected: str) -> None:
    """And never the URL, which is the secret."""
    slack.answers = [answer]

    with pytest.raises(SlackError, match=expected) as caught:
        hook(slack, time).send(post)

    assert "/services/" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_blocks_that_slack_refuses_are_posted_as_text(slack: SlackServer, time: Time, post: Post) -> None:
    """A bug in a layout must not cost the message."""
    slack.answers = [Answer(status=400, body="invalid_blocks")]

    hook(slack, time).send(post)

    assert slack.posts[0]["text"] == post.message.plain
    assert "blocks" not in slack.posts[0]


def test_a_slack_that_is_not_there_is_an_error_without_the_url(slack: SlackServer, time: Time, post: Post) -> None:
    """Nobody listens on port 9 of this machine; the cause would name the URL, so there is none."""
    with pytest.raises(SlackError, match="Slack could not be reached: URLError") as caught:
        hook(slack, time, "http://127.0.0.1:9/services/T0/B0/secret").send(post)

    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
