"""The life of an incident under a simulated AWS: the real handler, the real script, SNS to SQS, DynamoDB.

Opened once, quiet while it lasts, however often the event is delivered; fixed, and resolved after two clean scans.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from fleetscan.errors import PublishError
from functions.scan import app
from simulator import demo
from simulator.cluster import SimulatedAws
from simulator.faults import Faults
from simulator.fleet import Fleet, load
from simulator.removal import without

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

CULPRIT_IMAGE = "weaveworks/scope"


@dataclass
class Context:
    """What Lambda passes to a function about its invocation."""

    function_name: str = "fleetscan-ScanFunction"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:ap-south-1:123456789012:function:fleetscan-ScanFunction"
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left: 280 seconds."""
        return 280_000


@dataclass
class Stage:
    """A simulated account whose handler can be called, with all that each call left behind."""

    aws: SimulatedAws
    answers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    reported: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Step -> the messages that were delivered during it."""

    def scan(self, step: str, minute: int, times: int = 1) -> None:
        """Deliver the event of a minute so many times at once."""
        self.scan_all(step, *[minute] * times)

    def scan_all(self, step: str, *minutes: int) -> None:
        """Deliver the events of these minutes at once."""
        before = len(self.aws.messages)
        events: list[dict[str, Any]] = [
            {"source": "fleetscan.schedule", "scheduled_at": f"2026-01-15T06:{at:02d}:00Z"} for at in minutes
        ]
        with ThreadPoolExecutor(max_workers=len(events)) as pool:
            calls = [pool.submit(app.handler, event, cast("LambdaContext", Context())) for event in events]
        self.answers[step] = [call.result() for call in calls]
        self.reported[step] = self.aws.messages[before:]


@contextmanager
def staged(fleet: Fleet, folder: Path) -> Iterator[Stage]:
    """Give an account with a fleet and an empty table."""
    with SimulatedAws(fleet, folder) as aws, demo.environment(aws.environment):
        yield Stage(aws)


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Play the whole life of the incident on its sixteen nodes."""
    fleet = load("incident")
    folder = tmp_path_factory.mktemp("fleet")
    with staged(fleet, folder / "before") as stage:
        stage.scan("opened", 0)
        stage.scan("unchanged", 5)
        stage.scan("delivered again", 5)
        stage.scan("delivered twice at once", 10, times=2)
        stage.aws.become(without(fleet, demo.ROOT_CAUSE), folder / "after")
        stage.scan("fixed", 15)
        stage.scan("still fixed", 20)
        stage.scan("afterwards", 25)
    return stage


def test_an_incident_on_sixteen_nodes_is_one_message(life: Stage) -> None:
    """Affected nodes, warnings, an abandoned image on all: one message, and the root cause is in it."""
    (message,) = life.reported["opened"]

    assert CULPRIT_IMAGE in message["Message"]
    assert message["Subject"].startswith("[critical]")


@pytest.mark.parametrize("step", ["unchanged", "delivered again", "delivered twice at once"])
def test_what_is_unchanged_is_not_reported(life: Stage, step: str) -> None:
    """A scan every five minutes that finds the same is silent."""
    assert life.reported[step] == []


def test_an_event_delivered_again_is_not_scanned_again(life: Stage) -> None:
    """EventBridge delivers at least once; the second delivery finds the scan claimed or done."""
    later = [answer.get("duplicate", False) for answer in life.answers["delivered again"]]
    at_once = sorted(answer.get("duplicate", False) for answer in life.answers["delivered twice at once"])

    assert (later, at_once) == ([True], [False, True])


def test_one_clean_scan_resolves_nothing(life: Stage) -> None:
    """It could be chance; the second one is reported."""
    assert life.reported["fixed"] == []


def test_the_resolution_is_one_message_with_before_and_after(life: Stage) -> None:
    """The figures of the incident's last table: the slab, what is available, the pressure."""
    (message,) = life.reported["still fixed"]
    lines = [line.strip() for line in json.loads(message["Message"])["text"].splitlines()]

    assert message["Subject"].startswith("[resolved]")
    assert "Slab (SUnreclaim): 2,143 MiB -> 74 MiB" in lines
    assert "MemFree: 86 MiB -> 1,937 MiB" in lines
    assert "MemAvailable: 735 MiB -> 2,600 MiB" in lines
    assert "Memory pressure: 98.90% -> 0.00%" in lines
    assert "Load average: 34.04 -> 0.39" in lines


def test_after_the_resolution_nothing_is_reported(life: Stage) -> None:
    """It is over."""
    assert life.reported["afterwards"] == []


@pytest.fixture
def few(tmp_path: Path) -> Iterator[Stage]:
    """Give the three affected nodes alone, which is quicker."""
    fleet = load("incident")
    with staged(replace(fleet, nodes=fleet.nodes[:3]), tmp_path) as stage:
        yield stage


def test_two_overlapping_scans_send_one_message(few: Stage) -> None:
    """A scan that takes longer than the schedule's period meets the next one: what both see is reported once."""
    few.scan_all("overlapping", 0, 5)
    few.scan("later", 10)

    assert [answer["nodes"] for answer in few.answers["overlapping"]] == [3, 3]
    assert (len(few.reported["overlapping"]), few.reported["later"]) == (1, [])


def test_a_message_that_did_not_get_out_is_sent_by_the_next_scan(few: Stage) -> None:
    """The topic refuses; the scan fails loudly, and what it had to report is not lost and not reported twice."""
    few.aws.set_faults(Faults(denied=frozenset({"sns:Publish"})))
    with pytest.raises(PublishError, match="sns:Publish"):
        few.scan("refused", 0)
    few.aws.set_faults(Faults())
    few.scan("next", 5)
    few.scan("later", 10)
    (message,) = few.reported["next"]

    assert CULPRIT_IMAGE in message["Message"]
    assert few.reported["later"] == []


@pytest.mark.parametrize("action", ["dynamodb:Query", "dynamodb:PutItem"])
def test_a_table_that_refuses_stops_no_scan(few: Stage, action: str) -> None:
    """Memory is a comfort: without it everything is news, and the message goes out."""
    few.aws.set_faults(Faults(denied=frozenset({action})))
    few.scan("without memory", 0)

    assert few.answers["without memory"][0]["answered"] == 3
    assert len(few.reported["without memory"]) == 1
