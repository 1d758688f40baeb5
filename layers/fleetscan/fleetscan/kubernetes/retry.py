"""How a request to an API server is sent: in time, again where that can help, never without end.

The transport below lightkube. It reads an answer whole, so that time and size are watched while it comes; takes a new
token once when the old one is refused; waits as long as the server asks where that leaves time; and asks for answers
from the server's memory where a request is not paged.
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
"""Within a Region a connection takes milliseconds; what a security group drops never comes."""
READ_TIMEOUT_SECONDS: Final = 15.0
"""Between two pieces of an answer. The API server itself gives a list up after 60 s."""
MOST_ATTEMPTS: Final = 4
"""Requests made for one page, the first included, where the server is busy or in trouble."""
MOST_CONNECTIONS: Final = 2
"""Attempts where it does not answer at all: who cannot be reached twice is not there."""
LONGEST_WAIT_SECONDS: Final = 20.0
"""A server that asks for more is told of in the report rather than waited for."""
MOST_ANSWER_BYTES: Final = 32 * 2**20
"""A page of 250 nodes is near 4 MB. Whoever may write objects can make each of them 1.5 MB, and the function has 512 MB
in all."""

_BUSY: Final = frozenset({429, 500, 502, 503, 504})
"""Too many requests (API priority and fairness), or a server that starts, stops or has lost its storage."""
_UNAUTHORIZED: Final = 401
_SECONDS = re.compile(r"[0-9]{1,4}")
_ENCODED: Final = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})


class OutOfTimeError(ClusterError):
    """The deadline came before the answer did."""


class TooLargeError(ClusterError):
    """An answer is larger than can be held."""


class RetryTransport(httpx2.BaseTransport):
    """Sends requests of one cluster until they are answered or the deadline has come."""

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
        """Return the answer, whatever its status, or raise httpx2's errors, OutOfTimeError or TooLargeError."""
        if "limit" not in request.url.params:
            # "Any version will do": answered from the watch cache, by index where there is one.
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
        """Return an answer that has been read, within time and size."""
        pieces, size = [], 0
        try:
            for piece in answer.iter_bytes():
                size += len(piece)
                if size > MOST_ANSWER_BYTES:
                    raise TooLargeError(f"one answer is larger than {MOST_ANSWER_BYTES // 2**20} MiB")
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
    """Whether the server showed a certificate that its authority did not sign, which no second attempt changes."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
    return "CERTIFICATE_VERIFY_FAILED" in str(error)


def _asked_to_wait(answer: httpx2.Response, attempt: int) -> float | None:
    """Return how long to wait before the same request may work; None where it is answered for good."""
    if answer.status_code not in _BUSY:
        return None
    asked = answer.headers.get("Retry-After", "").strip()
    return float(asked) if _SECONDS.fullmatch(asked) else _backoff(attempt)


def _backoff(attempt: int) -> float:
    return 0.25 * 2.0**attempt
