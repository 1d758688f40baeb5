"""Posts to Slack through an incoming webhook: to the channel of the webhook, without threads."""

from __future__ import annotations

import http.client
import urllib.error
from collections.abc import Callable

from slack_sdk.errors import SlackClientError
from slack_sdk.webhook import WebhookClient
from slack_sdk.webhook.webhook_response import WebhookResponse

from fleetscan.errors import SlackError
from fleetscan.slack import errors
from fleetscan.slack.posts import Post
from fleetscan.slack.retry import CALL_SECONDS, DeadlineRetryHandler

_UNREACHED = (urllib.error.URLError, http.client.HTTPException, OSError, SlackClientError)
_TAKEN = 200
_CODE_CHARACTERS = 60


class Webhook:
    """One incoming webhook."""

    has_threads = False

    def __init__(
        self, url: str, *, secret: str, seconds_left: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self._secret = secret
        self._client = WebhookClient(
            url, timeout=CALL_SECONDS, retry_handlers=[DeadlineRetryHandler(seconds_left, sleep)]
        )

    def send(self, post: Post) -> str:
        """Post, as plain text if Slack rejects the blocks; return an empty thread."""
        answer = self._answer(post, has_blocks=True)
        if answer.status_code != _TAKEN and answer.body.strip() in errors.FORM:
            answer = self._answer(post, has_blocks=False)
        if answer.status_code != _TAKEN:
            code = answer.body.strip()[:_CODE_CHARACTERS] or f"status {answer.status_code}"
            raise SlackError(errors.words(code, self._secret))
        return ""

    def _answer(self, post: Post, *, has_blocks: bool) -> WebhookResponse:
        message = post.message
        try:
            return self._client.send(
                text=message.text if has_blocks else message.plain,
                blocks=list(message.blocks) if has_blocks else None,
                unfurl_links=False,
                unfurl_media=False,
            )
        except _UNREACHED as error:
            # The message of such an error may contain the URL, which is the secret.
            raise SlackError(f"Slack could not be reached: {type(error).__name__}") from None
