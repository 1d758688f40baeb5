"""Retries, deadline and size limit of requests to an API server.

This is the transport below lightkube. It reads a response whole and checks deadline and size meanwhile; refreshes the
token once after a 401; honours Retry-After if time allows; and requests lists that are not paged from the watch cache.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from itertools import count
from typing import Final

import httpx2

from fleetscan.errors import ClusterError
from fleetscan.ports import Clock

CONNECT_TIMEOUT_SECONDS: Final = 3.0
"""Within a Region a connection takes milliseconds; packets dropped by a security group get no response."""
READ_TIMEOUT_SECONDS: Final = 15.0
"""Between two chunks of a response. The API server itself ends a list after 60 s."""
MOST_ATTEMPTS: Final = 4
"""Requests for one page, the first included, after throttling or server errors."""
MOST_CONNECTIONS: Final = 2
"""Attempts to connect if the server does not respond."""
LONGEST_WAIT_SECONDS: Final = 20.0
"""A longer Retry-After is reported as an error instead of waited for."""
MOST_ANSWER_BYTES: Final = 32 * 2**20
"""A page of 250 nodes is near 4 MB. Whoever may write objects can make each of them 1.5 MB, and the function has
512 MB."""

_BUSY: Final = frozenset({429, 500, 502, 503, 504})
"""Too many requests (API priority and fairness), or a server that starts, stops or lost etcd."""
_UNAUTHORIZED: Final = 401
_SECONDS = re.compile(r"[0-9]{1,4}")
_ENCODED: Final = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})


class OutOfTimeError(ClusterError):
    """The deadline passed before the response was complete."""


class TooLargeError(ClusterError):
    """A response exceeds the size limit."""


class RetryTransport(httpx2.BaseTransport):
    """Sends requests to one cluster, with retries until the deadline."""

    def __init__(
        self,
        inner: httpx2.BaseTransport,
        *,
        token: Callable[[], str],
        clock: Clock,
        sleep: Callable[[float], None],
        deadline: float,
    ) -> None:
        self._inner = inner
        self._fresh = token
        self._token = token()
        self._clock = clock
        self._sleep = sleep
        self._deadline = deadline

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the response, whatever its status, or raise httpx2's errors, OutOfTimeError or TooLargeError."""
        if "limit" not in request.url.params:
            # Any version is accepted: served from the watch cache, by index where there is one.
            request.url = request.url.copy_set_param("resourceVersion", "0")
        is_refreshed = False
        for attempt in count(1):
            request.headers["Authorization"] = f"Bearer {self._token}"
            request.extensions["timeout"] = self._timeouts()
            try:
                answer = self._whole(self._inner.handle_request(request))
            except httpx2.TransportError as error:
                if attempt >= MOST_CONNECTIONS or is_certificate(error):
                    raise
                self._wait(_backoff(attempt))
                continue
            if answer.status_code == _UNAUTHORIZED and not is_refreshed:
                self._token, is_refreshed = self._fresh(), True
                continue
            wait = _asked_to_wait(answer, attempt)
            if wait is None or attempt >= MOST_ATTEMPTS or wait > min(LONGEST_WAIT_SECONDS, self._left()):
                return answer
            self._wait(wait)
        raise AssertionError  # pragma: no cover - the count has no end

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def _whole(self, answer: httpx2.Response) -> httpx2.Response:
        """Return the response read whole, within deadline and size limit."""
        pieces, size = [], 0
        try:
            for piece in answer.iter_bytes():
                size += len(piece)
                if size > MOST_ANSWER_BYTES:
                    raise TooLargeError(f"a response is larger than {MOST_ANSWER_BYTES // 2**20} MiB")
                pieces.append(piece)
                self._left()
        finally:
            answer.close()
        headers = [(name, value) for name, value in answer.headers.raw if name.lower() not in _ENCODED]
        return httpx2.Response(answer.status_code, headers=headers, content=b"".join(pieces))

    def _left(self) -> float:
        left = self._deadline - self._clock()
        if left <= 0:
            raise OutOfTimeError("the scan had no time left for it")
        return left

    def _timeouts(self) -> dict[str, float]:
        left = self._left()
        connect, read = min(CONNECT_TIMEOUT_SECONDS, left), min(READ_TIMEOUT_SECONDS, left)
        return {"connect": connect, "read": read, "write": read, "pool": connect}

    def _wait(self, seconds: float) -> None:
        self._sleep(min(seconds, self._left()))


def is_certificate(error: BaseException) -> bool:
    """Whether the certificate of the server was refused, so that a retry cannot help."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
    return "CERTIFICATE_VERIFY_FAILED" in str(error)


def _asked_to_wait(answer: httpx2.Response, attempt: int) -> float | None:
    """Return how long to wait before a retry; None if a retry cannot help."""
    if answer.status_code not in _BUSY:
        return None
    asked = answer.headers.get("Retry-After", "").strip()
    return float(asked) if _SECONDS.fullmatch(asked) else _backoff(attempt)


def _backoff(attempt: int) -> float:
    return 0.25 * 2.0**attempt
