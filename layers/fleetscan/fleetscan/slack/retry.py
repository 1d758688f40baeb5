"""How long one call to Slack waits and tries again: as long as Slack asks for, and never beyond the function's time.

What does not fit into the time is not waited for: the error is raised, and the queue brings the message back later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from slack_sdk.http_retry.handler import RetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState

ATTEMPTS = 4
"""Calls for one post, the first included."""
CALL_SECONDS = 10
"""What one call may take: Slack answers within a second, and a connection that hangs is given up."""
DEFAULT_RETRY_AFTER_SECONDS = 30.0
"""Where Slack says 429 and no time, or none that is a number: it limits by the minute."""

_TOO_MANY = 429
_FIRST_SERVER_ERROR = 500


class DeadlineRetryHandler(RetryHandler):
    """Waits where waiting helps: 429, 5xx, and a connection that broke."""

    def __init__(self, seconds_left: Callable[[], float], sleep: Callable[[float], None]) -> None:
        super().__init__(max_retry_count=ATTEMPTS - 1)
        self._seconds_left = seconds_left
        self._sleep = sleep

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,  # noqa: ARG002 - the interface's; every request of ours is a post
        response: HttpResponse | None = None,
        error: Exception | None = None,  # noqa: ARG002 - without a response it is an error of the connection
    ) -> bool:
        seconds = pause(response, state.current_attempt)
        return seconds is not None and seconds + CALL_SECONDS <= self._seconds_left()

    def prepare_for_next_attempt(
        self,
        *,
        state: RetryState,
        request: HttpRequest,  # noqa: ARG002 - same
        response: HttpResponse | None = None,
        error: Exception | None = None,  # noqa: ARG002 - same
    ) -> None:
        """Wait, and let slack_sdk try again."""
        self._sleep(pause(response, state.current_attempt) or 0.0)
        state.next_attempt_requested = True
        state.increment_current_attempt()


def pause(response: HttpResponse | None, attempt: int) -> float | None:
    """Return how many seconds to wait before the next attempt; None where trying again changes nothing."""
    backoff_seconds = float(2**attempt)
    if response is None:
        return backoff_seconds
    if response.status_code == _TOO_MANY:
        return retry_after(response.headers)
    return backoff_seconds if response.status_code >= _FIRST_SERVER_ERROR else None


def retry_after(headers: Mapping[str, Sequence[str] | str]) -> float:
    """Return the seconds that Slack asks for (header ``Retry-After``, in seconds), whatever the header's case."""
    for name, values in headers.items():
        if name.lower() == "retry-after":
            value = (values if isinstance(values, str) else next(iter(values), "")).strip()
            if value.isascii() and value.isdigit():
                return float(value[:6])
    return DEFAULT_RETRY_AFTER_SECONDS
