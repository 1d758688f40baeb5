"""The whole path with a stranger on it: what came in through one door -> capture -> diagnosis -> report -> every face.

The scan is the real one, with plain values where AWS would be. Two nodes of the incident stand beside the strangers;
whatever those say, what is said of these must not change by a byte.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from lightkube.resources.apps_v1 import DaemonSet
from lightkube.resources.coordination_v1 import Lease
from lightkube.resources.core_v1 import Event, Pod
from lightkube.resources.core_v1 import Node as ApiNode

from fleetscan import archive, death_text, pipeline
from fleetscan.chronicle import Keeper
from fleetscan.errors import ArchiveError
from fleetscan.fleet.ring import encode
from fleetscan.kubernetes.questions import Question
from fleetscan.kubernetes.reader import ApiClusterReader
from fleetscan.model import Capture, CaptureStatus, CreditMode, Credits, Diagnosis, Metric, Node, Report
from fleetscan.model.death import ClusterPast, Death
from fleetscan.model.in_cluster import InCluster
from fleetscan.model.kubernetes import ClusterEvent
from fleetscan.model.memory import History, Reading
from fleetscan.ports import ClusterEndpoint, Recall, Remembered
from fleetscan.recollection import recalled
from fleetscan.rules import RULES
from fleetscan.settings import Settings
from tests.fixtures.lives import MemoryEpisodes, MemoryMutes
from tests.fuzz import clean, faces, material

AT = datetime(2026, 1, 6, 12, tzinfo=UTC)
NEIGHBOURS = ("i-feedfeedfeedfee01", "i-feedfeedfeedfee02")
CLUSTER = "live"

MOST_CHARACTERS_OF_A_SENTENCE = 2_000
"""Of evidence, a problem, a reason; each face cuts further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """What one hostile party adds to a scan."""

    captures: tuple[Capture, ...] = ()
    rings: Mapping[str, bytes] | None = None
    """Instance id -> what the table keeps of it."""
    mode: CreditMode | None = None
    """Of its nodes, as EC2 tells it."""
    episodes: Remembered = Remembered()
    mutes: tuple[Mapping[str, object], ...] = ()
    past: ClusterPast = ClusterPast()
    """Events and deaths as the table keeps them."""
    objects: Mapping[str, Mapping[str, Sequence[object]]] = field(default_factory=dict)
    """Cluster -> kind -> objects, as its API server sends them."""
    stored: bytes | None = None
    """What lies where a stored report should be."""


@dataclass(frozen=True, slots=True)
class _Clusters:
    """The APIs of clusters without a network, and what is kept of them."""

    objects_of: Mapping[str, Mapping[str, Sequence[object]]]
    past: ClusterPast
    opened: list[str] = field(default_factory=list)

    def endpoint(self, cluster: str) -> ClusterEndpoint:
        self.opened.append(cluster)
        return ClusterEndpoint(url="https://cluster.invalid", authority_pem="PEM")

    def token(self, cluster: str) -> str:
        return cluster

    @contextmanager
    def connect(self, endpoint: ClusterEndpoint, token: Callable[[], str], deadline: float) -> Iterator[_Clusters]:
        yield self

    def objects(self, question: Question, *, is_paged: bool) -> Iterable[Any]:
        """Yield objects as lightkube does, which raises at the first that it can not understand."""
        for one in self.objects_of.get(self.opened[-1], {}).get(question.kind, ()):
            yield _KINDS[question.kind].from_dict(one)

    @property
    def reader(self) -> ApiClusterReader:
        return ApiClusterReader(self, self.connect, AT.timestamp)

    def load(self, clusters: Sequence[str]) -> ClusterPast:
        return self.past

    def save(self, events: Mapping[str, Sequence[ClusterEvent]], deaths: Sequence[Death]) -> tuple[str, ...]:
        for one in (*(event for several in events.values() for event in several), *deaths):
            death_text.write(one)
        return ()

    def deaths(self, pod: str) -> ClusterPast:
        return self.past


_KINDS: Mapping[str, Any] = {"Node": ApiNode, "Lease": Lease, "Event": Event, "DaemonSet": DaemonSet, "Pod": Pod}


@dataclass(frozen=True, slots=True)
class _Nodes:
    """An inventory, a collector, a credit reader, a memory: all that a scan asks of AWS, answered from values."""

    captures: Sequence[Capture]
    rings: Mapping[str, bytes]
    known_modes: Mapping[str, CreditMode]

    def workers(self) -> tuple[Node, ...]:
        return tuple(capture.node for capture in self.captures)

    def empty_clusters(self, workers: Iterable[Node]) -> tuple[str, ...]:
        return ()

    def collect(self, nodes: Sequence[Node], *, deadline: float) -> tuple[Capture, ...]:
        return tuple(self.captures)

    def modes(self, nodes: Sequence[Node]) -> Mapping[str, CreditMode]:
        return {node.instance_id: self.known_modes[node.instance_id] for node in nodes if node.instance_id in self.known_modes}

    def credits(self, nodes: Sequence[Node], modes: Mapping[str, CreditMode]) -> Mapping[str, Credits]:
        return {node.instance_id: Credits(mode=modes[node.instance_id], balance=0.0, surplus_balance=3.5) for node in nodes}

    def load(self, instance_ids: Sequence[str]) -> Recall:
        return Recall(rings={each: self.rings[each] for each in instance_ids if each in self.rings})

    def save(self, rings: Mapping[str, bytes]) -> frozenset[str]:
        return frozenset()

    def publish(self, metrics: Sequence[Metric]) -> None:
        """Take them; the face of metrics looks at them."""




def examined(stranger: Stranger) -> dict[str, Diagnosis]:
    """Return instance id -> what the real examination says of each of its nodes, held to what it promises."""
    found: dict[str, Diagnosis] = {}
    nodes = _nodes((stranger,))
    histories, _ = recalled(nodes, nodes.workers(), AT.timestamp())
    for capture in nodes.captures:
        instance_id = capture.node.instance_id
        diagnosis = pipeline.examine(capture, _known(nodes, instance_id), histories.get(instance_id))
        sound(diagnosis)
        found[instance_id] = diagnosis
    if stranger.stored is not None:
        _unpacked(stranger.stored)
    return found


def _unpacked(stored: bytes) -> None:
    """Show what can be made of a stored report, if anything can."""
    with suppress(ArchiveError):
        report = archive.unpack(stored)
        faces.shown(report)


def sound(diagnosis: Diagnosis) -> None:
    """Hold a diagnosis to its promises: no rule and no question broke, every word is short and visible, every number real."""
    clean.demand(not diagnosis.failed, f"a rule broke: {dict(diagnosis.failed)}")
    for step in diagnosis.steps:
        clean.demand("because of a bug" not in step.evidence, f"a question broke: {step.hypothesis}: {step.evidence}")
    clean.demand(len(diagnosis.findings) <= len(RULES), "more findings than rules")
    sentences = [
        *diagnosis.coverage.problems,
        *diagnosis.skipped.values(),
        *(step.evidence for step in diagnosis.steps),
        *(finding.evidence.text for finding in diagnosis.findings),
    ]
    longest = max(map(len, sentences), default=0)
    clean.demand(longest <= MOST_CHARACTERS_OF_A_SENTENCE, f"a sentence of {longest} characters")
    if diagnosis.coverage.status is CaptureStatus.ANSWERED and diagnosis.kubernetes is None:
        # Why a node did not answer is in AWS's words, and what Kubernetes says in its own: each face cleans them.
        clean.plain(" ".join(sentences))
    numbers = [number for one in diagnosis.findings for number in (one.evidence.measured, one.evidence.limit)]
    runway = diagnosis.runway
    if runway is not None:
        numbers += [runway.hours_low, runway.hours, *([] if runway.hours_high is None else [runway.hours_high])]
    clean.demand(all(map(math.isfinite, numbers)), f"numbers that are none: {numbers}")


def scanned(
    strangers: Sequence[Stranger],
    known: Mapping[str, Diagnosis] | None = None,
    *,
    beside: bool = True,
    texts: Sequence[str] = (),
) -> Report:
    """Return the report of a scan of the strangers' nodes and, ``beside`` them, their two neighbours.

    ``known`` are diagnoses that were already made; the others are made as any scan makes them. An exception out of an
    examination is not hidden, as a scan would hide it, but raised.
    """
    recorded = [Stranger(captures=(answered(f"i-{text}", material.captures()[text]),)) for text in texts]
    nodes = _nodes((*strangers, *recorded), beside=_neighbours() if beside else None)
    apis = _Clusters(
        objects_of={cluster: found for each in strangers for cluster, found in each.objects.items()},
        past=ClusterPast(
            events={
                cluster: tuple(sorted(several, key=lambda one: (one.at, one.uid)))
                for cluster, several in _gathered(each.past.events for each in strangers).items()
            },
            deaths=tuple(death for each in strangers for death in each.past.deaths),
            problems=tuple(problem for each in strangers for problem in each.past.problems),
        ),
    )
    remembered = [stranger.episodes for stranger in strangers]
    store = MemoryEpisodes(
        stored={one.fingerprint: one for each in remembered for one in each.episodes},
        problems=tuple(problem for each in remembered for problem in each.problems),
    )
    book = MemoryMutes(written=[entry for stranger in strangers for entry in stranger.mutes])
    broken: list[Exception] = []
    report = pipeline.scan(
        inventory=nodes,
        collector=nodes,
        credit_reader=nodes,
        metric_sink=nodes,
        sinks=(),
        clock=AT.timestamp,
        deadline=(AT + timedelta(minutes=2)).timestamp(),
        settings=Settings(),
        account="123456789012",
        region="eu-west-1",
        memory=nodes,
        keeper=Keeper(episodes=store, mutes=book, rules=[rule.id for rule in RULES]),
        cluster_reader=apis.reader,
        cluster_memory=apis,
        examine=_examination({**(known or {}), **_well_known()}, broken),
    )
    if broken:
        raise broken[0]
    lost = [note for note in report.notes if "could not be remembered" in note]
    clean.demand(not lost, f"a trouble was not followed: {lost}")
    return report


def told(report: Report, by: Sequence[faces.Face] = faces.FACES) -> Mapping[str, str]:
    """Return what every face shows, after seeing that the neighbours are told of as if no stranger were there."""
    shown = faces.shown(report, by)
    verdicts = _verdicts(shown["JSON"])
    clean.demand(verdicts == _verdicts_alone(), "a stranger changed what is said of a neighbour")
    return shown


def walked(stranger: Stranger) -> Mapping[str, str]:
    """Take one stranger the whole path, and return what every face shows."""
    return told(scanned((stranger,), examined(stranger)))


def unlike_neighbours(captures: Iterable[Capture]) -> Collection[Capture]:
    """Return the captures of nodes that are not the neighbours themselves: EC2 gives no id twice."""
    return [capture for capture in captures if capture.node.instance_id not in NEIGHBOURS]


@cache
def leaking_ring() -> bytes:
    """Return what the table keeps of a node that has lost memory for a day, and boots as the incident's first node."""
    readings = [
        Reading(
            at_epoch_seconds=int(AT.timestamp()) - ago * 900,
            boot_id="4cdf9222",
            memory_total_bytes=4_030_464 << 10,
            memory_available_bytes=(752_640 << 10) + ago * (8 << 20),
            slab_unreclaimable_bytes=(2_194_432 << 10) - ago * (8 << 20),
            memory_some_avg60_percent=min(100, 120 - ago),
            oom_kills_total=0,
            swapped_in_pages=34_000_000 - ago,
            swapped_out_pages=24_000_000 - ago,
            kubelet_started_seconds=30,
            containerd_started_seconds=30,
        )
        for ago in range(96, 0, -1)
    ]
    return encode(readings)


def answered(instance_id: str, text: str) -> Capture:
    """Return a node's answer."""
    node = Node(
        instance_id=instance_id,
        cluster=CLUSTER,
        node_group="workers",
        instance_type="t3a.medium",
        zone="eu-west-1a",
        private_dns_name=f"ip-{instance_id[-3:]}.compute.internal",
    )
    return Capture(node=node, status=CaptureStatus.ANSWERED, text=text)


@cache
def _neighbours() -> Stranger:
    sick, well = material.captures()["incident-00"], material.captures()["healed-00"]
    return Stranger(
        captures=(answered(NEIGHBOURS[0], sick), answered(NEIGHBOURS[1], well)), rings={NEIGHBOURS[0]: leaking_ring()}
    )


@cache
def _well_known() -> Mapping[str, Diagnosis]:
    return examined(_neighbours())


@cache
def _verdicts_alone() -> Sequence[str]:
    return _verdicts(faces.shown(scanned(()))["JSON"])


def _verdicts(page: str) -> Sequence[str]:
    nodes = {node["instance_id"]: json.dumps(node) for node in json.loads(page)["nodes"]}
    return [nodes[instance_id] for instance_id in NEIGHBOURS]


def _nodes(strangers: Sequence[Stranger], beside: Stranger | None = None) -> _Nodes:
    every = (*strangers, *([beside] if beside else []))
    return _Nodes(
        captures=tuple({one.node.instance_id: one for each in every for one in each.captures}.values()),
        rings={instance_id: ring for each in every for instance_id, ring in (each.rings or {}).items()},
        known_modes={
            one.node.instance_id: each.mode for each in every for one in each.captures if each.mode is not None
        },
    )


def _known(nodes: _Nodes, instance_id: str) -> Credits | None:
    mode = nodes.known_modes.get(instance_id)
    return None if mode is None else Credits(mode=mode, wanted_mode=None, is_metered=False)


def _gathered(every: Iterable[Mapping[str, Sequence[ClusterEvent]]]) -> Mapping[str, list[ClusterEvent]]:
    found: dict[str, list[ClusterEvent]] = defaultdict(list)
    for events in every:
        for cluster, several in events.items():
            found[cluster] += several
    return found


def _examination(known: Mapping[str, Diagnosis], broken: list[Exception]) -> pipeline.Examine:
    def examine(
        capture: Capture,
        credits: Credits | None = None,  # noqa: A002 - as the pipeline calls it
        history: History | None = None,
        in_cluster: InCluster | None = None,
    ) -> Diagnosis:
        found = known.get(capture.node.instance_id)
        is_known = in_cluster is None or in_cluster.view is None
        if found is not None and is_known and (credits is None or not credits.is_metered):
            return found
        try:
            diagnosis = pipeline.examine(capture, credits, history, in_cluster)
        except Exception as error:
            broken.append(error)
            raise
        sound(diagnosis)
        return diagnosis

    return examine
