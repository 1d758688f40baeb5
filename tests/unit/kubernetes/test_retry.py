"""How a request is sent: in time, again where it helps, never without end. The server is a function; nobody sleeps."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import httpx2
import pytest

from fleetscan.kubernetes.retry import (
    CONNECT_TIMEOUT_SECONDS,
    MOST_ANSWER_BYTES,
    MOST_ATTEMPTS,
    READ_TIMEOUT_SECONDS,
    OutOfTimeError,
    RetryTransport,
    TooLargeError,
)

PAGED = "https://api.invalid/api/v1/nodes?limit=250"


@dataclass
class Server:
    """Answers in turn; an exception is raised. Waiting moves the clock."""

    answers: Iterator[httpx2.Response | Exception]
    now: float = 0.0
    requests: list[httpx2.Request] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    tokens: int = 0
    on_answer: Callable[[], None] = lambda: None

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        self.requests.append(httpx2.Request(request.method, request.url, headers=dict(request.headers)))
        self.requests[-1].extensions = dict(request.extensions)
        self.on_answer()
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.waits.append(seconds)
        self.now += seconds

    def token(self) -> str:
        """Return a token that says which it is."""
        self.tokens += 1
        return f"token-{self.tokens}"

    def client(self, deadline: float = 60.0) -> httpx2.Client:
        """Return a client with patience."""
        transport = RetryTransport(
            httpx2.MockTransport(self.answer),
            token=self.token,
            clock=lambda: self.now,
            sleep=self.sleep,
            deadline=deadline,
        )
        return httpx2.Client(transport=transport)


def serving(answers: Iterable[httpx2.Response | Exception]) -> Server:
    """Return a server with some answers."""
    return Server(iter(list(answers)))


def healthy() -> httpx2.Response:
    """Return an answer."""
    return httpx2.Response(200, json={"items": []})


def busy(retry_after: str = "1", status: int = 429) -> httpx2.Response:
    """Return a request to come back later."""
    return httpx2.Response(status, headers={"Retry-After": retry_after} if retry_after else {})


def test_a_request_bears_the_token_and_the_timeouts() -> None:
    """Its own, in whole where there is time."""
    server = serving([healthy()])
    answer = server.client().get(PAGED)
    (request,) = server.requests

    assert answer.json() == {"items": []}
    assert request.headers["Authorization"] == "Bearer token-1"
    assert request.extensions["timeout"] == {
        "connect": CONNECT_TIMEOUT_SECONDS,
        "read": READ_TIMEOUT_SECONDS,
        "write": READ_TIMEOUT_SECONDS,
        "pool": CONNECT_TIMEOUT_SECONDS,
    }


def test_near_the_deadline_the_timeouts_are_what_is_left() -> None:
    """An answer that comes later is of no use."""
    server = serving([healthy()])
    server.client(deadline=2.0).get(PAGED)

    assert server.requests[0].extensions["timeout"]["read"] == 2.0


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (PAGED, None),
        ("https://api.invalid/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-1", "0"),
        ("https://api.invalid/api/v1/nodes?limit=250&continue=abc", None),
    ],
)
def test_only_what_is_not_paged_is_asked_of_the_server_s_memory(url: str, expected: str | None) -> None:
    """A list in pages is of one version; a list at once may be of any."""
    server = serving([healthy()])
    server.client().get(url)

    assert expected == server.requests[0].url.params.get("resourceVersion")


def test_a_refused_token_is_made_anew_once() -> None:
    """And the second refusal is the answer."""
    server = serving([httpx2.Response(401), httpx2.Response(401)])
    answer = server.client().get(PAGED)

    assert answer.status_code == 401
    assert [request.headers["Authorization"] for request in server.requests] == ["Bearer token-1", "Bearer token-2"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again_when_it_says(status: int) -> None:
    """As long as it asks."""
    server = serving([busy("2", status), busy("5", status), healthy()])

    assert server.client().get(PAGED).status_code == 200
    assert server.waits == [2.0, 5.0]


def test_without_a_word_the_waits_double() -> None:
    """Half a second, one, two; then it is given up."""
    server = serving([busy("")] * MOST_ATTEMPTS)

    assert server.client().get(PAGED).status_code == 429
    assert server.waits == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("retry_after", ["-1", "1e3", "soon", "99999", "Wed, 21 Oct 2026 07:28:00 GMT", "\u0661"])
def test_a_wait_that_is_no_number_of_seconds_is_not_believed(retry_after: str) -> None:
    """The usual one is taken."""
    answer = httpx2.Response(429, headers=[(b"Retry-After", retry_after.encode())])
    server = serving([answer, healthy()])

    assert server.client().get(PAGED).status_code == 200
    assert server.waits == [0.5]


@pytest.mark.parametrize(("retry_after", "deadline"), [("21", 600.0), ("10", 5.0)])
def test_who_asks_for_more_time_than_there_is_is_not_waited_for(retry_after: str, deadline: float) -> None:
    """Neither beyond the deadline nor for ever."""
    server = serving([busy(retry_after)])

    assert server.client(deadline).get(PAGED).status_code == 429
    assert server.waits == []


def test_a_connection_that_fails_is_tried_once_more() -> None:
    """And then raised."""
    once = serving([httpx2.ConnectTimeout("slow"), healthy()])
    twice = serving([httpx2.ConnectTimeout("slow"), httpx2.ConnectTimeout("slow")])

    assert once.client().get(PAGED).status_code == 200
    with pytest.raises(httpx2.ConnectTimeout):
        twice.client().get(PAGED)


def test_a_certificate_that_is_not_signed_is_not_tried_again() -> None:
    """It will not be signed a second later."""
    error = httpx2.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
    server = serving([error])

    with pytest.raises(httpx2.ConnectError):
        server.client().get(PAGED)
    assert len(server.requests) == 1


def test_after_the_deadline_nothing_is_sent() -> None:
    """Not even once."""
    server = serving([])
    server.now = 61.0

    with pytest.raises(OutOfTimeError):
        server.client().get(PAGED)


def test_an_answer_that_drips_is_cut_off_at_the_deadline() -> None:
    """Each piece comes in time, all of them never."""
    server = serving([])

    def drip() -> Iterator[bytes]:
        while True:
            server.now += 5.0
            yield b" "

    server.answers = iter([httpx2.Response(200, content=drip())])

    with pytest.raises(OutOfTimeError):
        server.client().get(PAGED)
    assert server.now == 60.0


def test_an_answer_that_is_too_large_is_cut_off() -> None:
    """Also one that is small until it is unpacked."""
    packed = gzip.compress(b" " * (MOST_ANSWER_BYTES + 1))
    server = serving([httpx2.Response(200, headers={"Content-Encoding": "gzip"}, content=iter([packed]))])

    assert len(packed) < MOST_ANSWER_BYTES // 100
    with pytest.raises(TooLargeError):
        server.client().get(PAGED)


def test_a_packed_answer_is_unpacked_once() -> None:
    """The headers that reported its packing are gone with it."""
    packed = gzip.compress(b'{"items": []}')
    server = serving([httpx2.Response(200, headers={"Content-Encoding": "gzip"}, content=iter([packed]))])
    answer = server.client().get(PAGED)

    assert answer.json() == {"items": []}
    assert "Content-Encoding" not in answer.headers
