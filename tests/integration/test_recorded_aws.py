"""Collecting from a crowd: how many calls it takes, and who is asked for more, on a clock that nobody waits for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
import pytest

from fleetscan.aws.clients import config
from fleetscan.aws.ec2 import Ec2Inventory
from fleetscan.aws.run_command import detail
from fleetscan.aws.run_command.collector import RunCommandCollector
from fleetscan.capture.parse import read
from fleetscan.model import Capture, CaptureStatus
from simulator.account import DOCUMENT_NAME
from simulator.faults import Faults
from simulator.fleet import Fate, Fleet, FleetNode, load
from simulator.recorded_aws import RecordedAws
from simulator.recorded_commands import Tempo

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_ssm import SSMClient

STARTED_AT = 1_796_000_000.0
DEADLINE_SECONDS = 270.0
COLLECTING = ("ssm:SendCommand", "ssm:ListCommands", "ssm:ListCommandInvocations", "ssm:GetCommandInvocation")
HEALTHY = b"fleetscan-capture 1\n@end summary triggers=- dropped=- unreadable=-\n"
MILD = b"fleetscan-capture 1\n@end summary triggers=sockets dropped=- unreadable=-\n@end detail dropped=-\n"
GRAVE = b"fleetscan-capture 1\n@end summary triggers=slab,pressure dropped=- unreadable=-\n@end detail dropped=-\n"


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = STARTED_AT

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def fleet(count: int, fate: Callable[[int], Fate] = lambda _: "answers") -> Fleet:
    """Return so many nodes of one cluster, each with the fate of its number."""
    incident = load("incident")
    pattern = incident.nodes[-1]
    return replace(incident, nodes=tuple(_node(pattern, number, fate(number)) for number in range(count)))


def _node(pattern: FleetNode, number: int, fate: Fate) -> FleetNode:
    name = f"ip-10-{number // 62_500}-{number // 250 % 250}-{number % 250}.ec2.internal"
    return replace(pattern, instance_id=f"i-{number:017x}", private_dns_name=name, fate=fate)


class Collected:
    """What came back, what it took, and when it was over."""

    def __init__(self, captures: tuple[Capture, ...], calls: Mapping[str, int], seconds: float) -> None:
        self.captures = captures
        self.calls = calls
        self.seconds = seconds

    @property
    def statuses(self) -> Counter[CaptureStatus]:
        """How many nodes ended how."""
        return Counter(capture.status for capture in self.captures)

    def calls_a_node(self) -> float:
        """Calls to send and to collect for each node."""
        return sum(self.calls.get(action, 0) for action in COLLECTING) / len(self.captures)


@pytest.fixture
def collect(monkeypatch: pytest.MonkeyPatch, socket_enabled: None) -> Callable[..., Collected]:
    """Return a function that collects from a crowd with the real adapters over HTTP."""
    del socket_enabled

    def run(crowd: Fleet, texts: Callable[[int], bytes] = lambda _: HEALTHY, **given: object) -> Collected:
        clock = Clock()
        said = {node.instance_id: texts(number) for number, node in enumerate(crowd.nodes)}
        faults = Faults(**given)  # type: ignore[arg-type]  # the weather of the test
        with RecordedAws(crowd, said, faults=faults, tempo=Tempo(), clock=clock) as aws, _environment(monkeypatch, aws):
            ec2: EC2Client = boto3.client("ec2", config=config())
            eks: EKSClient = boto3.client("eks", config=config())
            ssm: SSMClient = boto3.client("ssm", config=config())
            inventory = Ec2Inventory(ec2, eks)
            collector = RunCommandCollector(
                ssm, document=DOCUMENT_NAME, clock=clock, sleep=clock.sleep, running=inventory.running
            )
            nodes = inventory.workers()
            captures = collector.collect(nodes, deadline=clock() + DEADLINE_SECONDS)
            assert [node.instance_id for node in nodes] == [capture.node.instance_id for capture in captures]
            return Collected(captures, aws.calls.counts, clock() - STARTED_AT)

    return run


@contextmanager
def _environment(monkeypatch: pytest.MonkeyPatch, aws: RecordedAws) -> Iterator[None]:
    with monkeypatch.context() as patched:
        for name, value in aws.environment.items():
            patched.setenv(name, value)
        yield


def test_a_healthy_fleet_takes_five_calls_for_a_hundred_nodes(collect: Callable[..., Collected]) -> None:
    """One to send to 50 and one to read 50, and the rest of the polls and the slow."""
    collected = collect(fleet(2_500))

    assert collected.statuses == {CaptureStatus.ANSWERED: 2_500}
    assert collected.calls_a_node() <= 0.05
    assert collected.calls["ssm:SendCommand"] == 50
    assert "ssm:GetCommandInvocation" not in collected.calls


def test_who_does_not_answer_costs_little_and_is_accounted_for(collect: Callable[..., Collected]) -> None:
    """Each fate has its status; the hanging and the undelivered are waited for to their own ends, not the deadline."""
    fates: dict[int, Fate] = {7: "hangs", 71: "never_delivered", 140: "connection_lost", 199: "not_registered"}
    collected = collect(fleet(200, lambda number: fates.get(number, "answers")))

    assert collected.statuses == {
        CaptureStatus.ANSWERED: 196,
        CaptureStatus.TIMED_OUT: 2,
        CaptureStatus.CONNECTION_LOST: 1,
        CaptureStatus.NOT_REGISTERED: 1,
    }
    assert collected.seconds < 90
    assert collected.calls["ssm:ListCommandInvocations"] <= 4 * collected.calls["ssm:SendCommand"]


def test_the_gravest_are_asked_for_their_detail_however_late_they_answer(collect: Callable[..., Collected]) -> None:
    """A mild trigger on every node must not use up what a failing node needs, and leaves no hole in the evidence."""
    affected = {450: GRAVE, 599: GRAVE}
    collected = collect(fleet(600), lambda number: affected.get(number, MILD))
    detailed = [capture for capture in collected.captures if "@end detail" in capture.text and not capture.reason]
    summaries = [capture for capture in collected.captures if capture.is_summary_only]

    assert collected.statuses == {CaptureStatus.ANSWERED: 600}
    assert {number for number, capture in enumerate(collected.captures) if "pressure" in capture.text} == {450, 599}
    assert all("@end detail" in collected.captures[number].text for number in affected)
    assert len(detailed) == detail.MOST_NODES // 2 + len(affected)
    assert len(summaries) == 600 - len(detailed)
    assert {capture.reason for capture in summaries} == {detail.LIMIT_REACHED}
    assert not [problem for one in summaries for problem in read(one)[1].problems if "cut" in problem]


def test_throttling_costs_time_and_no_node(collect: Callable[..., Collected]) -> None:
    """Every fifth call is refused, and made again by the client."""
    collected = collect(fleet(150), throttled_share=0.2)

    assert collected.statuses == {CaptureStatus.ANSWERED: 150}


def test_the_instances_of_a_crowd_come_in_pages(collect: Callable[..., Collected]) -> None:
    """Three pages of 500, and every id once."""
    collected = collect(fleet(1_100))

    assert collected.calls["ec2:DescribeInstances"] == 3
    assert all(re.fullmatch(r"i-[0-9a-f]{17}", capture.node.instance_id) for capture in collected.captures)
    assert len({capture.node.instance_id for capture in collected.captures}) == 1_100
