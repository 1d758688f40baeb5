"""Posting by a bot token, over real HTTP."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetscan.errors import SlackError
from fleetscan.slack.bot import Bot
from fleetscan.slack.posts import Post
from tests.fixtures.slack_server import CHANNEL, TOKEN, Answer, SlackServer, refusal
from tests.unit.slack.conftest import Time

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:slack"  # noqa: S105 - a name


def bot(slack: SlackServer, time: Time, *, token: str = TOKEN, channel: str = CHANNEL) -> Bot:
    """Return a bot that talks to the stand-in."""
    return Bot(token, channel, api_url=slack.api_url, secret=SECRET, seconds_left=lambda: time.left, sleep=time.sleep)


def test_a_post_goes_into_the_channel_and_begins_a_thread(slack: SlackServer, time: Time, post: Post) -> None:
    """Whole, with nothing that Slack might unfurl or link."""
    thread = bot(slack, time).send(post)
    (call,) = slack.calls

    assert thread == "1768457103.000001"
    assert call["authorization"] == f"Bearer {TOKEN}"
    assert call["blocks"] == list(post.message.blocks)
    assert call["text"] == post.message.text
    assert {key: call[key] for key in ("unfurl_links", "unfurl_media", "link_names", "parse")} == {
        "unfurl_links": False,
        "unfurl_media": False,
        "link_names": False,
        "parse": "none",
    }
    assert "thread_ts" not in call


@pytest.mark.parametrize("is_shown", [True, False])
def test_an_update_goes_into_its_thread(slack: SlackServer, time: Time, post: Post, is_shown: bool) -> None:  # noqa: FBT001 - a case
    """And into the channel as well where somebody must not miss it."""
    update = replace(post, thread="1700000000.000001", is_shown_in_channel=is_shown)

    assert bot(slack, time).send(update) == "1700000000.000001"
    assert (slack.calls[0]["thread_ts"], slack.calls[0]["reply_broadcast"]) == ("1700000000.000001", is_shown)


def test_too_many_requests_are_waited_for_as_long_as_slack_asks(slack: SlackServer, time: Time, post: Post) -> None:
    """429 with Retry-After, then it is taken."""
    slack.answers = [Answer(status=429, body='{"ok": false, "error": "ratelimited"}', headers={"Retry-After": "7"})]

    bot(slack, time).send(post)

    assert (len(slack.calls), len(slack.posts), time.slept) == (2, 1, [7.0])


def test_what_does_not_fit_into_the_time_is_left_to_the_queue(slack: SlackServer, time: Time, post: Post) -> None:
    """Nobody sleeps into a timeout."""
    slack.answers = [Answer(status=429, body='{"ok": false, "error": "ratelimited"}', headers={"Retry-After": "55"})]

    with pytest.raises(SlackError, match="ratelimited; too many messages; the queue tries again later"):
        bot(slack, time).send(post)

    assert (len(slack.calls), time.slept) == (1, [])


def test_a_server_s_error_is_tried_again_and_again_and_then_raised(slack: SlackServer, time: Time, post: Post) -> None:
    """Four calls in all, seven seconds between them."""
    slack.answers = [Answer(status=503, body="upstream connect error")] * 9

    with pytest.raises(SlackError, match="Slack did not accept the message"):
        bot(slack, time).send(post)

    assert (len(slack.calls), time.slept) == (4, [1.0, 2.0, 4.0])


def test_a_slack_that_is_not_there_is_an_error_without_the_token(time: Time, post: Post) -> None:
    """Nobody listens on port 9 of this machine."""
    nowhere = SlackServer(url="http://127.0.0.1:9")

    with pytest.raises(SlackError, match="Slack could not be reached: URLError") as caught:
        bot(nowhere, time).send(post)

    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("opens", "expected"),
    [
        (("xoxb-wrong-token-0000", CHANNEL), f"invalid_auth; the secret holds no valid bot token; .* {SECRET}"),
        ((TOKEN, "C9"), "channel_not_found; there is no such channel, or the app cannot see it"),
    ],
)
def test_a_refusal_says_what_to_do_and_no_secret(
    slack: SlackServer, time: Time, post: Post, opens: tuple[str, str], expected: str
) -> None:
    """One clear error, and no second try."""
    token, channel = opens
    with pytest.raises(SlackError, match=expected) as caught:
        bot(slack, time, token=token, channel=channel).send(post)

    assert token not in str(caught.value)
    assert len(slack.calls) == 1


@pytest.mark.parametrize("error", ["thread_not_found", "cannot_reply_to_message"])
def test_where_the_thread_is_gone_the_channel_hears_it(slack: SlackServer, time: Time, post: Post, error: str) -> None:
    """Somebody deleted it; the update begins another."""
    slack.answers = [refusal(error)]

    assert bot(slack, time).send(replace(post, thread="1.1")) == "1768457103.000001"
    assert "thread_ts" not in slack.posts[0]


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long"])
def test_blocks_that_slack_refuses_are_posted_as_text(slack: SlackServer, time: Time, post: Post, error: str) -> None:
    """A bug in a layout must not cost the message."""
    slack.answers = [refusal(error)]

    bot(slack, time).send(replace(post, thread="1.1"))

    assert slack.posts[0]["text"] == post.message.plain
    assert "blocks" not in slack.posts[0]
    assert slack.posts[0]["thread_ts"] == "1.1"


def test_an_answer_of_somebody_else_is_an_error(slack: SlackServer, time: Time, post: Post) -> None:
    """A proxy's page, with status 200."""
    slack.answers = [Answer(body="<html>Sign in to the guest network</html>")]

    with pytest.raises(SlackError, match="Slack did not accept the message"):
        bot(slack, time).send(post)
