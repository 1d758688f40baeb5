"""Deadline and circuit breaker for the retries of a service.

botocore limits retries by attempts and not by time: ten throttled attempts take a minute, and more if the service does
not respond. After collection a scan has half a minute in all, so one service that is down would use up the time for the
notification and the metrics before Lambda ends the function.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Any

from botocore.exceptions import HTTPClientError

from fleetscan.aws.errors import PASSING_CODES, THROTTLED_CODES
from fleetscan.immutable import immutable
from fleetscan.ports import Clock

if TYPE_CHECKING:
    from botocore.client import BaseClient

LONGEST_BACKOFF_SECONDS = 20
"""botocore's modes "standard" and "adaptive" wait a random part of 1, 2, 4, 8, 16, 20, 20 s between attempts; newer
versions wait less after a server error."""
FAILURES_IN_A_ROW = 5
"""The breaker opens after this many failed attempts in a row, at least one of them an error or a timeout ..."""
THROTTLED_IN_A_ROW = 12
"""... or this many if all were throttled: a service that lets half of all calls through rarely throttles twelve in a
row ..."""
FAILURES_SECONDS = 5.0
"""... if they are spread over at least this long: a short failure does not open it."""
REST_SECONDS = 30.0
"""How long an open breaker blocks an action. Then one attempt is allowed (half-open)."""

OUT = "every {action} of the last {seconds:.0f} s failed, so it is not called for a while"
TOO_LATE = "the time for calls to this service is used up"

_FIRST_SERVER_ERROR = 500


class CallSkippedError(HTTPClientError):
    """A call was not made: the deadline of its service has passed, or the circuit breaker is open."""

    fmt = "{reason}"


@immutable
class _FailureRun:
    """Failed attempts in a row."""

    count: int = 0
    since: float = math.inf
    last: float = -math.inf
    is_throttled: bool = True
    """Whether all of them were throttled."""

    @property
    def is_outage(self) -> bool:
        """Whether there are enough failures over enough time to open the breaker."""
        most = THROTTLED_IN_A_ROW if self.is_throttled else FAILURES_IN_A_ROW
        return self.count >= most and self.last - self.since >= FAILURES_SECONDS

    def longer(self, now: float, *, is_throttled: bool) -> _FailureRun:
        """Return the failures with one more."""
        return _FailureRun(
            count=self.count + 1,
            since=min(self.since, now),
            last=now,
            is_throttled=self.is_throttled and is_throttled,
        )


class CircuitBreaker:
    """Deadline and circuit breaker of one scan for one service, for each client given to ``guard``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._until = math.inf
        self._failures: dict[str, _FailureRun] = {}
        """Per action: a table that throttles writes may still be readable."""

    def begin(self, until: float) -> None:
        """Set the deadline of a new scan (seconds of the clock) and reset the failures."""
        with self._lock:
            self._until = until
            self._failures = {}

    def guard(self, client: BaseClient) -> None:
        """Register the hooks on a client."""
        service = client.meta.service_model.service_id.hyphenize()
        # Before botocore's own handler: it uses the first result that is not None, and False means "do not retry".
        client.meta.events.register_first(f"needs-retry.{service}", self._stops_retry)  # type: ignore[arg-type]  # it answers
        client.meta.events.register(f"before-send.{service}", self._check)

    def _check(self, *, event_name: str, **_: object) -> None:
        """Raise if the deadline has passed, or if the breaker of the action is open."""
        now = self._clock()
        action = _action(event_name)
        with self._lock:
            failures = self._failures.get(action, _FailureRun())
            if now >= self._until:
                raise CallSkippedError(reason=TOO_LATE)
            if failures.is_outage and now - failures.last < REST_SECONDS:
                raise CallSkippedError(reason=OUT.format(action=action, seconds=now - failures.since))

    def _stops_retry(
        self,
        *,
        event_name: str,
        attempts: int,
        response: tuple[Any, dict[str, Any]] | None,
        caught_exception: Exception | None,
        **_: object,
    ) -> bool | None:
        """Return False if the call must not be retried, None if botocore decides."""
        if isinstance(caught_exception, CallSkippedError):
            return False
        now = self._clock()
        action = _action(event_name)
        with self._lock:
            if not _has_failed(response, caught_exception):
                self._failures.pop(action, None)
                return None
            is_throttled = response is not None and _code(response) in THROTTLED_CODES
            failures = self._failures[action] = self._failures.get(action, _FailureRun()).longer(
                now, is_throttled=is_throttled
            )
            longest = min(2 ** (attempts - 1), LONGEST_BACKOFF_SECONDS)
            return False if failures.is_outage or now + longest >= self._until else None


def _action(event_name: str) -> str:
    """Return the action of ``before-send.dynamodb.PutItem``."""
    return event_name.rpartition(".")[2]


def _has_failed(response: tuple[Any, dict[str, Any]] | None, error: Exception | None) -> bool:
    """Whether an attempt failed for a transient reason; a definite error shows that the service works."""
    if response is None:
        return error is not None
    return response[0].status_code >= _FIRST_SERVER_ERROR or _code(response) in PASSING_CODES


def _code(response: tuple[Any, dict[str, Any]]) -> str:
    return str(response[1].get("Error", {}).get("Code", ""))
