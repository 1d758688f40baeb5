"""What the pipeline needs from the outside, as protocols that the core owns.

``aws/`` implements them with boto3, tests with plain fakes. One answer for every node given:
trouble of one node is a value, trouble of a whole call is botocore's own error or an AccessError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from fleetscan.model import Capture, CreditMode, Credits, Metric, Node, Report

type Clock = Callable[[], float]
"""Seconds since the epoch; injected so that no test waits."""

type Progress = Callable[[str, int, int], None]
"""Called with a stage (``discovery``, ``collection``, ``analysis``), done and total."""


class Inventory(Protocol):
    """Which workers exist."""

    def workers(self) -> tuple[Node, ...]:
        """Return every running EC2 worker of the Region's EKS clusters that were asked for."""

    def empty_clusters(self, workers: Iterable[Node]) -> tuple[str, ...]:
        """Return the EKS clusters of the Region that have no worker among these."""


class Collector(Protocol):
    """Runs the collection script."""

    def collect(self, nodes: Sequence[Node], *, deadline: float) -> tuple[Capture, ...]:
        """Return exactly one capture for every node, by the deadline (seconds of the clock)."""


class CreditReader(Protocol):
    """What CPU credits the burstable nodes have."""

    def modes(self, nodes: Sequence[Node]) -> Mapping[str, CreditMode]:
        """Return instance id -> mode for the burstable ones; others are absent."""

    def credits(self, nodes: Sequence[Node], modes: Mapping[str, CreditMode]) -> Mapping[str, Credits]:
        """Return instance id -> credits with balances, read from metrics; only asked for suspicious nodes."""


class MetricSink(Protocol):
    """Where numbers go."""

    def publish(self, metrics: Sequence[Metric]) -> None:
        """Publish them all; an error of the call is raised."""


class Sink(Protocol):
    """Where a report goes."""

    def send(self, report: Report) -> None:
        """Deliver one report."""
