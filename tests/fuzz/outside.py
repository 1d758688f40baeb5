# ruff: noqa: ARG002 - a port's arguments are what they are
"""All that a scan asks of AWS and of clusters, answered from plain values: untrusted values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lightkube.resources.apps_v1 import DaemonSet
from lightkube.resources.coordination_v1 import Lease
from lightkube.resources.core_v1 import Event, Pod
from lightkube.resources.core_v1 import Node as ApiNode

from fleetscan.kubernetes.questions import Question
from fleetscan.kubernetes.reader import ApiClusterReader
from fleetscan.model import Capture, CreditMode, Credits, Metric, Node
from fleetscan.model.death import ClusterPast, Death
from fleetscan.model.kubernetes import ClusterEvent
from fleetscan.ports import BackgroundWork, ClusterEndpoint, LoadedHistories
from fleetscan.storage import value_codec

AT = datetime(2026, 1, 6, 12, tzinfo=UTC)
"""When every scan is."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """The APIs of clusters without a network, and what is kept of them."""

    objects_of: Mapping[str, Mapping[str, Sequence[object]]]
    past: ClusterPast
    opened: list[str] = field(default_factory=list)

    def endpoint(self, cluster: str) -> ClusterEndpoint:
        """Note which cluster is opened; nobody is there."""
        self.opened.append(cluster)
        return ClusterEndpoint(url="https://cluster.invalid", authority_pem="PEM")

    def token(self, cluster: str) -> str:
        """Return what nobody looks at."""
        return cluster

    @contextmanager
    def connect(self, endpoint: ClusterEndpoint, token: Callable[[], str], deadline: float) -> Iterator[Clusters]:
        """Open the cluster."""
        yield self

    def objects(self, question: Question, *, is_paged: bool) -> Iterable[Any]:
        """Yield objects as lightkube does, which raises at the first that it cannot understand."""
        for one in self.objects_of.get(self.opened[-1], {}).get(question.kind, ()):
            yield _KINDS[question.kind].from_dict(one)

    @property
    def reader(self) -> ApiClusterReader:
        """The real reader, of this world."""
        return ApiClusterReader(self, self.connect, AT.timestamp)

    def load(self, clusters: Sequence[str]) -> ClusterPast:
        """Return all that is kept."""
        return self.past

    def save(self, events: Mapping[str, Sequence[ClusterEvent]], deaths: Sequence[Death]) -> tuple[str, ...]:
        """Write what is to be kept as text, and throw it away."""
        for event in (one for several in events.values() for one in several):
            value_codec.write(event)
        for death in deaths:
            value_codec.write(death)
        return ()

    def deaths(self, pod: str) -> ClusterPast:
        """Return all that is kept."""
        return self.past


_KINDS: Mapping[str, Any] = {"Node": ApiNode, "Lease": Lease, "Event": Event, "DaemonSet": DaemonSet, "Pod": Pod}


@dataclass(frozen=True, slots=True)
class Nodes:
    """An inventory, a collector, a credit reader, a memory: all that a scan asks of AWS, answered from values."""

    captures: Sequence[Capture]
    histories: Mapping[str, bytes]
    known_modes: Mapping[str, CreditMode]

    def workers(self) -> tuple[Node, ...]:
        """Return the node of each capture."""
        return tuple(capture.node for capture in self.captures)

    def empty_clusters(self, workers: Iterable[Node]) -> tuple[str, ...]:
        """There are none."""
        return ()

    def collect(
        self, nodes: Sequence[Node], *, deadline: float, background: BackgroundWork | None = None
    ) -> tuple[Capture, ...]:
        """Return the captures."""
        return tuple(self.captures)

    def modes(self, nodes: Sequence[Node]) -> Mapping[str, CreditMode]:
        """Return the modes that are known."""
        return {
            node.instance_id: self.known_modes[node.instance_id]
            for node in nodes
            if node.instance_id in self.known_modes
        }

    def credits(
        self, nodes: Sequence[Node], modes: Mapping[str, CreditMode], *, fresh: Collection[str] = ()
    ) -> Mapping[str, Credits]:
        """Return a balance of nothing, and a surplus."""
        return {
            node.instance_id: Credits(mode=modes[node.instance_id], balance=0.0, surplus_balance=3.5) for node in nodes
        }

    def load(self, instance_ids: Sequence[str]) -> LoadedHistories:
        """Return the rings that there are."""
        return LoadedHistories(
            histories={each: self.histories[each] for each in instance_ids if each in self.histories}
        )

    def save(self, histories: Mapping[str, bytes]) -> frozenset[str]:
        """Keep nothing, and say so of no node."""
        return frozenset()

    def publish(self, metrics: Sequence[Metric]) -> None:
        """Take them; the output of metrics checks them."""
