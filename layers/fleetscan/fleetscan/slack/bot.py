"""Posts to Slack with a bot token: ``chat.postMessage``, with threads."""

from __future__ import annotations

import http.client
import urllib.error
from collections.abc import Callable
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from fleetscan.errors import SlackError
from fleetscan.slack import errors
from fleetscan.slack.posts import Post
from fleetscan.slack.retry import CALL_SECONDS, DeadlineRetryHandler

_UNREACHED = (urllib.error.URLError, http.client.HTTPException, OSError, SlackClientError)
"""Errors that slack_sdk raises if the server does not respond or is not Slack."""


class Bot:
    """One channel, for an app whose bot token has the scope ``chat:write``."""

    has_threads = True

    def __init__(
        self,
        token: str,
        channel: str,
        *,
        api_url: str,
        secret: str,
        seconds_left: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._channel = channel
        self._secret = secret
        self._client = WebClient(
            token=token,
            base_url=api_url,
            timeout=CALL_SECONDS,
            retry_handlers=[DeadlineRetryHandler(seconds_left, sleep)],
        )

    def send(self, post: Post) -> str:
        """Post, and return the thread's timestamp.

        Posts to the channel if the thread is gone, and as plain text if Slack rejects the blocks.
        """
        try:
            return self._posted(post, thread=post.thread, has_blocks=True)
        except SlackError as error:
            refused = _code(error.__cause__) if isinstance(error.__cause__, SlackApiError) else ""
            if refused in errors.THREAD and post.thread:
                return self._posted(post, thread="", has_blocks=True)
            if refused in errors.FORM:
                return self._posted(post, thread=post.thread, has_blocks=False)
            raise

    def _posted(self, post: Post, *, thread: str, has_blocks: bool) -> str:
        message = post.message
        request: dict[str, Any] = {
            "channel": self._channel,
            "text": message.text if has_blocks else message.plain,
            "unfurl_links": False,
            "unfurl_media": False,
            "link_names": False,
            "parse": "none",
        }
        if has_blocks:
            request["blocks"] = list(message.blocks)
        if thread:
            request |= {"thread_ts": thread, "reply_broadcast": post.is_shown_in_channel}
        try:
            answer = self._client.chat_postMessage(**request)
        except SlackApiError as error:
            raise SlackError(errors.words(_code(error), self._secret)) from error
        except _UNREACHED as error:
            raise SlackError(f"Slack could not be reached: {type(error).__name__}") from error
        return thread or str(answer.get("ts") or "")


def _code(error: SlackApiError) -> str:
    """Return Slack's error code, or the HTTP status if a proxy responded instead."""
    response = error.response
    status = response.status_code if isinstance(response, SlackResponse) else response.get("status")
    return str(response.get("error") or f"status_{status}")
