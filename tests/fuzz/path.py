"""The whole path of untrusted input: what came in by one input -> capture -> diagnosis -> report -> every output.

The scan is the real one, with plain values where AWS would be. Two control nodes of the incident stand beside the
untrusted ones; whatever those send, the results of the control nodes must not change by a byte.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache

from fleetscan.diagnosis.rules import RULES
from fleetscan.errors import StoredDataError
from fleetscan.incidents.tracker import FindingTracker
from fleetscan.model import Capture, CaptureStatus, CreditMode, Credits, Diagnosis, Node, Report
from fleetscan.model.death import ClusterPast
from fleetscan.model.disk_limits import DiskLimits
from fleetscan.model.in_cluster import InCluster
from fleetscan.model.kubernetes import ClusterEvent
from fleetscan.model.memory import History, Reading
from fleetscan.model.part import Part, of_target
from fleetscan.model.target import Target
from fleetscan.ports import LoadedEpisodes
from fleetscan.scan import pipeline
from fleetscan.scan.node_history import read_histories
from fleetscan.scan.ports import Destinations
from fleetscan.settings import Settings
from fleetscan.storage import part_codec, report_codec
from fleetscan.storage.history_codec import encode
from tests.fixtures.lives import MemoryEpisodes, MemoryMutes
from tests.fixtures.outside import outside, sources
from tests.fuzz import clean, material, outputs
from tests.fuzz.outside import AT, Clusters, Nodes

CONTROL_NODES = ("i-feedfeedfeedfee01", "i-feedfeedfeedfee02")
CLUSTER = "live"

HUB = Target(account="111122223333", region="eu-west-1")
SPOKE = Target(account="444455556666", region="us-east-1")

MOST_CHARACTERS_OF_A_SENTENCE = 2_000
"""Of evidence, a problem, a reason; each output cuts further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Untrusted:
    """What one untrusted source adds to a scan."""

    captures: tuple[Capture, ...] = ()
    rings: Mapping[str, bytes] | None = None
    """Instance id -> what the table keeps of it."""
    mode: CreditMode | None = None
    """Of its nodes, as EC2 reports it."""
    episodes: LoadedEpisodes = field(default_factory=LoadedEpisodes)
    mutes: tuple[Mapping[str, object], ...] = ()
    past: ClusterPast = field(default_factory=ClusterPast)
    """Events and deaths as the table keeps them."""
    objects: Mapping[str, Mapping[str, Sequence[object]]] = field(default_factory=dict)
    """Cluster -> kind -> objects, as its API server sends them."""
    stored: bytes | None = None
    """What lies where a stored report should be."""
    part: bytes | None = None
    """What lies where a part of the fleet should be."""


def examined(untrusted: Untrusted) -> dict[str, Diagnosis]:
    """Return instance id -> what the real examination says of each of its nodes, held to what it promises."""
    found: dict[str, Diagnosis] = {}
    nodes = _nodes((untrusted,))
    histories, _ = read_histories(nodes, nodes.workers(), AT.timestamp())
    for capture in nodes.captures:
        instance_id = capture.node.instance_id
        diagnosis = pipeline.examine(capture, _known(nodes, instance_id), histories.get(instance_id))
        sound(diagnosis)
        found[instance_id] = diagnosis
    if untrusted.stored is not None:
        with suppress(StoredDataError):
            outputs.shown(report_codec.unpack(untrusted.stored), outputs.OF_STORED)
    if untrusted.part is not None:
        outputs.shown(_concluded(untrusted.part), outputs.OF_STORED)
    return found


def _concluded(content: bytes) -> Report:
    """Return the report of a fleet of which this is one part; a part that cannot be read is reported in a note."""
    read = part_codec.read(content)
    part = read if isinstance(read, Part) else Part(started_at=AT, notes=(read.reason,))
    return pipeline.conclude(
        of_target(part, SPOKE, HUB),
        Destinations(clock=AT.timestamp),
        Settings(),
        deadline=(AT + timedelta(minutes=2)).timestamp(),
    )


def sound(diagnosis: Diagnosis) -> None:
    """Hold a diagnosis to its promises: no rule and no question broke, words are short and visible, numbers real."""
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
        # Why a node did not answer is in AWS's words, and what Kubernetes says in its own: each output sanitizes them.
        clean.plain(" ".join(sentences))
    numbers = [number for one in diagnosis.findings for number in (one.evidence.measured, one.evidence.limit)]
    runway = diagnosis.runway
    if runway is not None:
        numbers += [runway.hours_low, runway.hours, *([] if runway.hours_high is None else [runway.hours_high])]
    clean.demand(all(map(math.isfinite, numbers)), f"numbers that are none: {numbers}")


def scanned(
    all_untrusted: Sequence[Untrusted],
    known: Mapping[str, Diagnosis] | None = None,
    *,
    beside: bool = True,
    texts: Sequence[str] = (),
) -> Report:
    """Return the report of a scan of the untrusted nodes and, ``beside`` them, the two control nodes.

    ``known`` are diagnoses that were already made; the others are made as any scan makes them. An exception out of an
    examination is not hidden, as a scan would hide it, but raised.
    """
    recorded = [Untrusted(captures=(answered(f"i-{text}", material.captures()[text]),)) for text in texts]
    nodes = _nodes((*all_untrusted, *recorded), beside=_control_nodes() if beside else None)
    apis = Clusters(
        objects_of={cluster: found for each in all_untrusted for cluster, found in each.objects.items()},
        past=ClusterPast(
            events={
                cluster: tuple(sorted(several, key=lambda one: (one.at, one.uid)))
                for cluster, several in _gathered(each.past.events for each in all_untrusted).items()
            },
            deaths=tuple(death for each in all_untrusted for death in each.past.deaths),
            problems=tuple(problem for each in all_untrusted for problem in each.past.problems),
        ),
    )
    loaded = [untrusted.episodes for untrusted in all_untrusted]
    store = MemoryEpisodes(
        stored={one.fingerprint: one for each in loaded for one in each.episodes},
        problems=tuple(problem for each in loaded for problem in each.problems),
    )
    cache = MemoryMutes(written=[entry for untrusted in all_untrusted for entry in untrusted.mutes])
    broken: list[Exception] = []
    observing = replace(
        sources(nodes, AT.timestamp), node_history=nodes, cluster_reader=apis.reader, cluster_history=apis
    )
    to = Destinations(
        clock=AT.timestamp,
        account="123456789012",
        region="eu-west-1",
        finding_tracker=FindingTracker(episodes=store, mutes=cache, rules=[rule.id for rule in RULES]),
        metric_sink=nodes,
    )
    report = pipeline.scan(
        outside(observing, to),
        Settings(),
        deadline=(AT + timedelta(minutes=2)).timestamp(),
        examine=_examination({**(known or {}), **_control_diagnoses()}, broken),
    )
    if broken:
        raise broken[0]
    lost = [note for note in report.notes if "could not be remembered" in note]
    clean.demand(not lost, f"a finding was not followed: {lost}")
    return report


def checked_outputs(report: Report, by: Sequence[outputs.Output] = outputs.OUTPUTS) -> Mapping[str, str]:
    """Return what these outputs show, after checking that the results of the control nodes did not change.

    Their diagnoses are compared as values, and where the report is shown as JSON byte for byte.
    """
    beside = {one.node.instance_id: one for one in report.diagnoses if one.node.instance_id in CONTROL_NODES}
    clean.demand(beside == _control_nodes_alone(), "untrusted input changed the result of a control node")
    shown = outputs.shown(report, by)
    if outputs.JSON in by:
        said = _node_results(shown[outputs.JSON.name])
        clean.demand(said == _node_results_alone(), "untrusted input changed what is shown of a control node")
    return shown


def walked(untrusted: Untrusted) -> Mapping[str, str]:
    """Take one untrusted input the whole path, and return what every output shows."""
    return checked_outputs(scanned((untrusted,), examined(untrusted)))


def without_control_nodes(captures: Iterable[Capture]) -> Collection[Capture]:
    """Return the captures of nodes that are not the control nodes themselves: EC2 gives no id twice."""
    return [capture for capture in captures if capture.node.instance_id not in CONTROL_NODES]


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
def _control_nodes() -> Untrusted:
    leaking, healthy = material.captures()["incident-00"], material.captures()["healed-00"]
    return Untrusted(
        captures=(answered(CONTROL_NODES[0], leaking), answered(CONTROL_NODES[1], healthy)),
        rings={CONTROL_NODES[0]: leaking_ring()},
    )


@cache
def _control_diagnoses() -> Mapping[str, Diagnosis]:
    return examined(_control_nodes())


@cache
def _control_nodes_alone() -> Mapping[str, Diagnosis]:
    return {one.node.instance_id: one for one in scanned(()).diagnoses}


@cache
def _node_results_alone() -> Sequence[str]:
    return _node_results(outputs.JSON.shown(scanned(())))


def _node_results(page: str) -> Sequence[str]:
    nodes = {node["instance_id"]: json.dumps(node) for node in json.loads(page)["nodes"]}
    return [nodes[instance_id] for instance_id in CONTROL_NODES]


def _nodes(all_untrusted: Sequence[Untrusted], beside: Untrusted | None = None) -> Nodes:
    every = (*all_untrusted, *([beside] if beside else []))
    return Nodes(
        captures=tuple({one.node.instance_id: one for each in every for one in each.captures}.values()),
        histories={instance_id: ring for each in every for instance_id, ring in (each.rings or {}).items()},
        known_modes={
            one.node.instance_id: each.mode for each in every for one in each.captures if each.mode is not None
        },
    )


def _known(nodes: Nodes, instance_id: str) -> Credits | None:
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
        disks: DiskLimits | None = None,
    ) -> Diagnosis:
        found = known.get(capture.node.instance_id)
        is_known = in_cluster is None or in_cluster.view is None
        if found is not None and is_known and disks is None and (credits is None or not credits.is_metered):
            return found
        try:
            diagnosis = pipeline.examine(capture, credits, history, in_cluster, disks)
        except Exception as error:
            broken.append(error)
            raise
        sound(diagnosis)
        return diagnosis

    return examine
