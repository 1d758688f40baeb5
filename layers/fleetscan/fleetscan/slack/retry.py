"""Retries of calls to Slack, within the time that the function has left.

A retry that does not fit into that time is not made: the error is raised, and the queue redelivers the message later.
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
"""Timeout of one call; Slack usually responds within a second."""
DEFAULT_RETRY_AFTER_SECONDS = 30.0
"""Used after a 429 without a valid Retry-After; Slack limits by the minute."""

_TOO_MANY = 429
_FIRST_SERVER_ERROR = 500


class DeadlineRetryHandler(RetryHandler):
    """Retries after 429, 5xx and connection errors, if the function has time left."""

    def __init__(self, seconds_left: Callable[[], float], sleep: Callable[[float], None]) -> None:
        super().__init__(max_retry_count=ATTEMPTS - 1)
        self._seconds_left = seconds_left
        self._sleep = sleep

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,  # noqa: ARG002 - part of the interface
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
        """Wait, and let slack_sdk retry."""
        self._sleep(pause(response, state.current_attempt) or 0.0)
        state.next_attempt_requested = True
        state.increment_current_attempt()


def pause(response: HttpResponse | None, attempt: int) -> float | None:
    """Return how many seconds to wait before the next attempt; None if a retry cannot help."""
    backoff_seconds = float(2**attempt)
    if response is None:
        return backoff_seconds
    if response.status_code == _TOO_MANY:
        return retry_after(response.headers)
    return backoff_seconds if response.status_code >= _FIRST_SERVER_ERROR else None


def retry_after(headers: Mapping[str, Sequence[str] | str]) -> float:
    """Return the seconds of the header ``Retry-After``, whatever its case."""
    for name, values in headers.items():
        if name.lower() == "retry-after":
            value = (values if isinstance(values, str) else next(iter(values), "")).strip()
            if value.isascii() and value.isdigit():
                return float(value[:6])
    return DEFAULT_RETRY_AFTER_SECONDS
