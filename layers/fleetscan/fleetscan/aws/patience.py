"""How long a service is asked again: never beyond a time, and not for long where nothing it is asked works.

botocore's retries know attempts and no clock: eight of them take half a minute where each is refused, and two minutes
where none is answered. What a scan does after collecting has half a minute in all, so one service that is out would
take the message and the metrics of every other with it, when Lambda ends the function.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import HTTPClientError

from fleetscan.aws.trouble import PASSING_CODES
from fleetscan.ports import Clock

if TYPE_CHECKING:
    from botocore.client import BaseClient

LONGEST_BACKOFF_SECONDS = 20
"""botocore's modes "standard" and "adaptive" wait a random part of 1, 2, 4, 8, 16, 20, 20 s before they ask again."""
FAILURES_IN_A_ROW = 8
"""Attempts without one success after which a service is no longer asked again within a call ..."""
FAILURES_SECONDS = 20.0
"""... when they were spread over so long: throttling lets something through in that time, an outage nothing."""

_FIRST_SERVER_ERROR = 500


class OutOfTimeError(HTTPClientError):
    """A call was not made, because the time for calls to this service was used up."""

    fmt = "the time for calls to this service was used up"


@dataclass(slots=True)
class _Row:
    """Attempts that failed, one after the other."""

    count: int = 0
    since: float = math.inf


class Patience:
    """The patience of one scan with one service, for each of its clients that is ``guard``ed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._until = math.inf
        self._row = _Row()

    def begin(self, until: float) -> None:
        """Let a new scan ask until a time of the clock; what failed in an earlier one is forgotten."""
        with self._lock:
            self._until = until
            self._row = _Row()

    def guard(self, client: BaseClient) -> None:
        """Watch a client's attempts."""
        service = client.meta.service_model.service_id.hyphenize()
        # Before botocore's own: of several answers it takes the first one that is not None, and False is "enough".
        client.meta.events.register_first(f"needs-retry.{service}", self._is_enough)
        client.meta.events.register(f"before-send.{service}", self._check)

    def _check(self, **_: object) -> None:
        """Raise when an attempt would come too late; a botocore that takes no veto ends here."""
        if self._clock() >= self._until:
            raise OutOfTimeError

    def _is_enough(
        self,
        *,
        attempts: int,
        response: tuple[Any, dict[str, Any]] | None,
        caught_exception: Exception | None,
        **_: object,
    ) -> bool | None:
        """Return False where the call is not to be tried again, None where botocore decides."""
        now = self._clock()
        with self._lock:
            if not _has_failed(response, caught_exception):
                self._row = _Row()
                return None
            self._row.count += 1
            self._row.since = min(self._row.since, now)
            is_out = self._row.count >= FAILURES_IN_A_ROW and now - self._row.since >= FAILURES_SECONDS
            longest = min(2 ** (attempts - 1), LONGEST_BACKOFF_SECONDS)
            return False if is_out or now + longest >= self._until else None


def _has_failed(response: tuple[Any, dict[str, Any]] | None, error: Exception | None) -> bool:
    """Whether an attempt found no service at work: one that says no for a reason is at work."""
    if response is None:
        return error is not None
    http, parsed = response
    return http.status_code >= _FIRST_SERVER_ERROR or parsed.get("Error", {}).get("Code") in PASSING_CODES
