"""Calls end when a scan has no time for them, and an action that is out is left alone."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError, ReadTimeoutError

from fleetscan.aws.clients import MARGIN_SHARES, Clients, config
from fleetscan.aws.errors import is_passing
from fleetscan.aws.retry import FAILURES_IN_A_ROW, REST_SECONDS, THROTTLED_IN_A_ROW, CallSkippedError, CircuitBreaker

THROTTLED = (400, b'{"__type":"ThrottlingException","message":"Rate exceeded"}')
FAILED = (500, b'{"__type":"InternalServerError","message":"sorry"}')
REFUSED = (400, b'{"__type":"AccessDeniedException","message":"not you"}')
DONE = (200, b'{"TableNames":[]}')

type Said = tuple[int, bytes] | None
"""Status and body; None for a service that says nothing."""


@dataclass
class Service:
    """A DynamoDB that gives the answers it was made with, the last for ever; time passes by answers and sleeping."""

    says: Sequence[Said]
    answer_seconds: float = 0.1
    silence_seconds: float = 5.0
    now: float = 1_000.0
    asked: list[tuple[str, float]] = field(default_factory=list)
    breaker: CircuitBreaker = field(init=False)
    client: Any = field(init=False)

    def __post_init__(self) -> None:
        self.breaker = CircuitBreaker(lambda: self.now)
        self.client = boto3.client(
            "dynamodb",
            region_name="eu-west-1",
            aws_access_key_id="nobody",
            aws_secret_access_key="nothing",  # noqa: S106 - opens nothing
            config=config(),
        )
        self.breaker.guard(self.client)
        self.client.meta.events.register("before-send.dynamodb", self._answer)

    def _answer(self, *, request: Any, event_name: str, **_: object) -> AWSResponse:  # noqa: ANN401 - botocore's
        self.asked.append((event_name.rpartition(".")[2], self.now))
        said = self.says[min(len(self.asked), len(self.says)) - 1]
        if said is None:
            self.now += self.silence_seconds
            raise ReadTimeoutError(endpoint_url=request.url)
        self.now += self.answer_seconds
        return _Response(request.url, *said)

    def call(self) -> str:
        """List tables, and return the code of the error or nothing."""
        try:
            self.client.list_tables()
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        except (CallSkippedError, ReadTimeoutError) as error:
            return type(error).__name__
        return ""


class _Response(AWSResponse):
    """An answer that is there at once."""

    def __init__(self, url: str, status: int, body: bytes) -> None:
        super().__init__(url, status, HTTPHeaders(), None)
        self._content = body


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Service]:
    """Make a service whose clock is moved by botocore's own waiting; its limiter's tokens are free."""
    services: list[Service] = []

    def sleep(seconds: float) -> None:
        services[-1].now += seconds

    def make(*says: Said, answer_seconds: float = 0.1) -> Service:
        services.append(Service(says, answer_seconds))
        return services[-1]

    monkeypatch.setattr("botocore.endpoint.time.sleep", sleep)
    monkeypatch.setattr("botocore.retries.bucket.TokenBucket.acquire", lambda *_, **__: True)
    return make


def test_a_call_that_works_is_left_alone(served: Callable[..., Service]) -> None:
    """Nothing to be patient with."""
    service = served(DONE)
    service.breaker.begin(service.now + 10)

    assert [service.call() for _ in range(3)] == ["", "", ""]
    assert len(service.asked) == 3


def test_a_call_that_is_refused_for_a_reason_is_no_outage(served: Callable[..., Service]) -> None:
    """Denied a hundred times is still an answer, and the next one is asked for."""
    service = served(REFUSED, answer_seconds=1.0)

    assert {service.call() for _ in range(100)} == {"AccessDeniedException"}
    assert len(service.asked) == 100


def test_without_a_limit_botocore_tries_as_often_as_it_is_configured_to(served: Callable[..., Service]) -> None:
    """Throttled nine times and then let through."""
    service = served(*[THROTTLED] * 9, DONE)

    assert service.call() == ""
    assert len(service.asked) == 10


@pytest.mark.parametrize("said", [THROTTLED, FAILED, None])
def test_no_attempt_and_no_waiting_goes_beyond_the_limit(said: Said, served: Callable[..., Service]) -> None:
    """What is under way when time is over ends; nothing is begun."""
    service = served(said)
    until = service.now + 12
    service.breaker.begin(until)
    first = service.call()
    under_way = service.now

    assert first in {"ThrottlingException", "InternalServerError", "ReadTimeoutError"}
    assert max(at for _, at in service.asked) < until
    assert under_way < until + service.silence_seconds


def test_after_the_limit_nobody_is_asked(served: Callable[..., Service]) -> None:
    """The error says why, and counts as one that passes."""
    service = served(DONE)
    service.breaker.begin(service.now)
    with pytest.raises(CallSkippedError, match="the time for calls to this service is used up") as raised:
        service.client.list_tables()

    assert service.asked == []
    assert is_passing(raised.value)


@pytest.mark.parametrize(("said", "most"), [(None, FAILURES_IN_A_ROW), (FAILED, 10), (THROTTLED, THROTTLED_IN_A_ROW)])
def test_an_action_that_is_out_is_asked_ever_less(said: Said, most: int, served: Callable[..., Service]) -> None:
    """A few attempts find it out; then one for each rest, however many calls there are."""
    random.seed(1)  # botocore waits a random part of its longest wait
    service = served(said)
    for _ in range(3):
        service.call()
    found_out = len(service.asked)
    start = service.now
    answers = {service.call() for _ in range(50)}
    asked_meanwhile = len(service.asked) - found_out
    service.now = start + REST_SECONDS + 1
    service.call()
    service.call()

    assert found_out <= most + 2
    assert "CallSkippedError" in answers
    assert asked_meanwhile <= 1
    assert len(service.asked) == found_out + asked_meanwhile + 1


@pytest.mark.parametrize("outage", [FAILED, None])
def test_an_outage_that_ends_in_throttling_is_no_mere_throttling(outage: Said, served: Callable[..., Service]) -> None:
    """One failure among the attempts, and five of them are enough: a service on its knees throttles, too."""
    random.seed(1)  # botocore waits a random part of its longest wait
    service = served(outage, THROTTLED, answer_seconds=2.0)
    answer = service.call()

    assert len(service.asked) == FAILURES_IN_A_ROW
    assert answer == "ThrottlingException"


def test_an_action_that_is_out_takes_no_other_with_it(served: Callable[..., Service]) -> None:
    """A table that takes no writes may be read."""
    service = served(*[None] * FAILURES_IN_A_ROW, DONE)
    service.call()
    with pytest.raises(CallSkippedError, match="every ListTables of the last"):
        service.client.list_tables()
    service.client.describe_endpoints()

    assert service.asked[-1][0] == "DescribeEndpoints"


def test_a_success_after_the_rest_ends_the_outage(served: Callable[..., Service]) -> None:
    """As if nothing had been."""
    service = served(*[None] * FAILURES_IN_A_ROW, DONE)
    service.call()
    service.now += REST_SECONDS

    assert [service.call() for _ in range(3)] == ["", "", ""]


def test_a_new_scan_begins_without_the_problems_of_the_last(served: Callable[..., Service]) -> None:
    """A warm Lambda keeps its clients, and not its disappointments."""
    service = served(*[None] * FAILURES_IN_A_ROW, DONE)
    service.breaker.begin(service.now + 100)
    service.call()
    service.breaker.begin(service.now + 100)

    assert service.call() == ""


def test_each_service_has_its_part_of_the_margin() -> None:
    """Collection until the deadline; of the margin, each that comes later has more, and the last leaves some."""
    clients = Clients(region="eu-west-1")
    assert clients.begin(1_000.0, 30.0) is clients
    limits = {service: clients._breakers[service]._until for service in MARGIN_SHARES}  # noqa: SLF001 - what is set

    expected = {
        "secrets_manager": 1000.0,
        "sts": 1000.0,
        "ec2": 1000.0,
        "ssm": 1000.0,
        "eks": 1009.0,
        "dynamodb": 1018.0,
        "cloudwatch": 1022.5,
        "s3": 1024.0,
        "sns": 1027.0,
    }
    assert expected == limits
