"""How long a service is asked again: never beyond a time, and not for long where nothing it is asked works.

botocore's retries know attempts and no clock: ten of them take a minute where each is throttled, and more where none is
answered. What a scan does after collecting has half a minute in all, so one service that is out would
take the message and the metrics of every other with it, when Lambda ends the function.
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
"""botocore's modes "standard" and "adaptive" wait a random part of 1, 2, 4, 8, 16, 20, 20 s before they ask again;
newer ones wait less where a service has failed."""
FAILURES_IN_A_ROW = 5
"""Attempts without one success, of which any was a failure or silence, after which an action is taken to be out ..."""
THROTTLED_IN_A_ROW = 12
"""... and so many where all were throttled: who lets half of all calls through seldom refuses twelve in a row ..."""
FAILURES_SECONDS = 5.0
"""... when they were spread over so long: everybody may stumble for a moment."""
REST_SECONDS = 30.0
"""How long an action that is out is left alone. Then one attempt may find it at work again."""

OUT = "no {action} of the last {seconds:.0f} s has worked, so it is left alone for a while"
TOO_LATE = "the time for calls to this service was used up"

_FIRST_SERVER_ERROR = 500


class GivenUpError(HTTPClientError):
    """A call was not made, because its service has had the time that it may take."""

    fmt = "{reason}"


@immutable
class _Row:
    """Attempts that failed, one after the other."""

    count: int = 0
    since: float = math.inf
    last: float = -math.inf
    is_throttled: bool = True
    """Whether all of them were."""

    @property
    def is_outage(self) -> bool:
        """Whether nothing but an outage explains it."""
        most = THROTTLED_IN_A_ROW if self.is_throttled else FAILURES_IN_A_ROW
        return self.count >= most and self.last - self.since >= FAILURES_SECONDS

    def longer(self, now: float, *, is_throttled: bool) -> _Row:
        """Return the row with one attempt more."""
        return _Row(
            count=self.count + 1,
            since=min(self.since, now),
            last=now,
            is_throttled=self.is_throttled and is_throttled,
        )


class Patience:
    """The patience of one scan with one service, for each of its clients that is ``guard``ed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._until = math.inf
        self._rows: dict[str, _Row] = {}
        """Of each action by itself: a table that takes no writes may well be read."""

    def begin(self, until: float) -> None:
        """Let a new scan ask until a time of the clock; what failed in an earlier one is forgotten."""
        with self._lock:
            self._until = until
            self._rows = {}

    def guard(self, client: BaseClient) -> None:
        """Watch a client's attempts."""
        service = client.meta.service_model.service_id.hyphenize()
        # Before botocore's own: of several answers it takes the first one that is not None, and False is "enough".
        client.meta.events.register_first(f"needs-retry.{service}", self._is_enough)  # type: ignore[arg-type]  # it answers
        client.meta.events.register(f"before-send.{service}", self._check)

    def _check(self, *, event_name: str, **_: object) -> None:
        """Raise where an attempt would come too late, or too early for an action that is out."""
        now = self._clock()
        action = _action(event_name)
        with self._lock:
            row = self._rows.get(action, _Row())
            if now >= self._until:
                raise GivenUpError(reason=TOO_LATE)
            if row.is_outage and now - row.last < REST_SECONDS:
                raise GivenUpError(reason=OUT.format(action=action, seconds=now - row.since))

    def _is_enough(
        self,
        *,
        event_name: str,
        attempts: int,
        response: tuple[Any, dict[str, Any]] | None,
        caught_exception: Exception | None,
        **_: object,
    ) -> bool | None:
        """Return False where the call is not to be tried again, None where botocore decides."""
        if isinstance(caught_exception, GivenUpError):
            return False
        now = self._clock()
        action = _action(event_name)
        with self._lock:
            if not _has_failed(response, caught_exception):
                self._rows.pop(action, None)
                return None
            is_throttled = response is not None and _code(response) in THROTTLED_CODES
            row = self._rows[action] = self._rows.get(action, _Row()).longer(now, is_throttled=is_throttled)
            longest = min(2 ** (attempts - 1), LONGEST_BACKOFF_SECONDS)
            return False if row.is_outage or now + longest >= self._until else None


def _action(event_name: str) -> str:
    """Return the action of ``before-send.dynamodb.PutItem``."""
    return event_name.rpartition(".")[2]


def _has_failed(response: tuple[Any, dict[str, Any]] | None, error: Exception | None) -> bool:
    """Whether an attempt found no service at work: one that says no for a reason is at work."""
    if response is None:
        return error is not None
    return response[0].status_code >= _FIRST_SERVER_ERROR or _code(response) in PASSING_CODES


def _code(response: tuple[Any, dict[str, Any]]) -> str:
    return str(response[1].get("Error", {}).get("Code", ""))
