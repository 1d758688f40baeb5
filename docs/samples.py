# ruff: noqa: INP001 - docs/ holds pages and what writes them and is no package
"""What each rule looks like when it fires: samples.toml, run through the real script, reader and rules.

Nothing on a page is written by hand. The simulator plants the incident's node, the collection script prints it, the
sections that a sample names take the place of the node's own, and the whole is read, evaluated and rendered as
``fleetscan node`` does it.
"""

from __future__ import annotations

import json as plain_json
import re
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from fleetscan.capture import local
from fleetscan.capture.parse import read
from fleetscan.capture.procfs.host import Host
from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.measures.exceeded import (
    BANDWIDTH_IN,
    BANDWIDTH_OUT,
    CONNTRACK,
    LINKLOCAL,
    PACKETS,
    packets,
)
from fleetscan.diagnosis.rules.workers_lost import DEFAULTS as LIMITS
from fleetscan.fleet.lost_workers import Now, lost_workers
from fleetscan.fleet.unmanaged_daemonsets import unmanaged_daemonsets
from fleetscan.model import Capture, CaptureStatus, Credits, Diagnosis, Finding, Node, Report, Severity
from fleetscan.model.conclusion import FleetFinding
from fleetscan.model.disk_limits import DiskLimits
from fleetscan.model.in_cluster import InCluster, ListedDaemonSets
from fleetscan.model.kubernetes import (
    ClusterEvent,
    ClusterView,
    Condition,
    DaemonSet,
    Ending,
    NodeView,
    PodEnd,
    Status,
)
from fleetscan.model.memory import History, Reading
from fleetscan.model.roster import Roster
from fleetscan.render.json import report as json
from fleetscan.render.text import layout
from fleetscan.render.text import node as text_node
from fleetscan.scan.pipeline import examine
from simulator.fleet import load
from simulator.removal import without
from simulator.strict import understood
from simulator.tree import plant

FILE = Path(__file__).with_name("samples.toml")

LEAKING_NODE = "i-0a41c7e29d5f3b618"
"""The t3a.medium that died in the incident, in simulator/fleets/incident.toml."""

NODE = Node(instance_id=LEAKING_NODE, instance_type="t3a.medium", cluster="live")

_ROOT_CAUSE = "weave-scope-agent"
_AT = datetime(2026, 1, 15, 6, 5, tzinfo=UTC)
_SCAN_SECONDS = 300
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is remembered of the node: a scan every five minutes, and what grew or shrank meanwhile."""

    hours: int
    slab_mib_per_hour: int = 0
    available_mib_per_hour: int = 0
    """What MemAvailable loses."""
    linklocal_packets_per_hour: int = 0
    """Packets beyond the allowance of link-local services."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What Kubernetes says of the node and its cluster, in minutes before the scan."""

    unready_minutes: int | None = None
    """Since the node is not ready; None where it is."""
    fell_silent_minutes: tuple[int, ...] = ()
    """When it stopped being ready, once or several times."""
    conditions: Mapping[str, str] | None = None
    """Condition -> "STATUS MINUTES REASON: MESSAGE": all but Ready."""
    lost: Mapping[str, int] | None = None
    """``namespace/name`` of a pod that was lost with it -> when."""
    daemonset_days: int | None = None
    """The age of the incident's DaemonSet; None where none was listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What makes one rule fire, and how badly."""

    severity: Severity
    node: str = "well"
    section: Mapping[str, str] | None = None
    lines: Mapping[str, str] | None = None
    credits: Credits | None = None
    disks: DiskLimits | None = None
    history: Past | None = None
    status: CaptureStatus = CaptureStatus.ANSWERED
    reason: str = ""
    kubernetes: Seen | None = None
    lost: int = 0
    """How many other workers the scan before saw in the node's cluster."""


def samples(file: Path = FILE) -> Mapping[str, Sample]:
    """Return rule -> sample of the file; an unknown key in it is an error."""
    return understood(tomllib.loads(file.read_text(encoding="utf-8")), dict[str, Sample])


def fired(rule: str, sample: Sample) -> Finding:
    """Return the finding that a rule makes of its sample; ValueError where it makes none."""
    found = next((one for one in _findings(sample) if one.rule == rule), None)
    if found is None:
        raise ValueError(f"docs/samples.toml: the sample of {rule} does not fire it")
    return found


def shown(rule: str, sample: Sample) -> list[str]:
    """Return the lines that ``fleetscan node`` prints of the finding."""
    return layout.squeezed(text_node.findings(replace(_diagnosis(sample), findings=(fired(rule, sample),))))


def as_json(rule: str, sample: Sample) -> str:
    """Return the finding as it stands in the JSON of a report."""
    diagnosis = replace(_diagnosis(sample), findings=(fired(rule, sample),))
    report = Report(scan_id="sample", started_at=_AT, duration_seconds=0.0, diagnoses=(diagnosis,))
    nodes: Any = json.document(report)["nodes"]
    return plain_json.dumps(nodes[0]["findings"][0], indent=2)


def capture(sample: Sample) -> Capture:
    """Return what comes back from the sample's node."""
    text = _changed(_printed(sample.node), sample) if sample.status is CaptureStatus.ANSWERED else ""
    return Capture(node=NODE, status=sample.status, text=text, reason=sample.reason)


def history(sample: Sample) -> History | None:
    """Return what is remembered of the sample's node."""
    return None if sample.history is None else _history(sample.history, sample)


def _diagnosis(sample: Sample) -> Diagnosis:
    return examine(capture(sample), sample.credits, history(sample), _in_cluster(sample.kubernetes), sample.disks)


def _findings(sample: Sample) -> list[Finding]:
    """Return what is found on the node and, where Kubernetes lists a DaemonSet, what its cluster makes of that."""
    diagnosis = _diagnosis(sample)
    daemonsets = () if sample.kubernetes is None else _daemonsets(sample.kubernetes)
    view = ClusterView(cluster=NODE.cluster, at=_AT, daemonsets=daemonsets)
    report = Report(scan_id="sample", started_at=_AT, duration_seconds=0.0, diagnoses=(diagnosis,), clusters=(view,))
    fleet = (*unmanaged_daemonsets(report), *_lost(sample, diagnosis))
    whole = [Finding(rule=one.rule, title=one.title, remedy=one.remedy, evidence=one.evidence) for one in fleet]
    return [*diagnosis.findings, *whole]


def _lost(sample: Sample, diagnosis: Diagnosis) -> tuple[FleetFinding, ...]:
    """Return what the fleet makes of the workers that only the scan before saw."""
    former = (LEAKING_NODE, *(f"i-{number:017x}" for number in range(1, sample.lost + 1)))
    before = Roster(cluster=NODE.cluster, at=_AT - timedelta(seconds=_SCAN_SECONDS), groups={"": former})
    now = Now(at=_AT, diagnoses=(diagnosis,), is_hidden=lambda _id, _cluster: False)
    return lost_workers((before,), now, LIMITS)[1]


def _in_cluster(seen: Seen | None) -> InCluster | None:
    """Return what the API says of the node, as a scan would have it."""
    if seen is None:
        return None
    name = "ip-10-0-37-118.ap-south-1.compute.internal"
    since = None if seen.unready_minutes is None else _AT - timedelta(minutes=seen.unready_minutes)
    ready = Condition(kind="Ready", status=Status.TRUE)
    silent = Condition(
        kind="Ready",
        status=Status.UNKNOWN,
        since=since,
        reason="NodeStatusUnknown",
        message="Kubelet stopped posting node status.",
    )
    events = tuple(
        ClusterEvent(uid=str(each), at=_AT - timedelta(minutes=each), kind="Node", name=name, reason="NodeNotReady")
        for each in seen.fell_silent_minutes
    )
    ends = tuple(
        PodEnd(
            namespace=pod.partition("/")[0],
            name=pod.partition("/")[2],
            ending=Ending.NODE_LOST,
            at=_AT - timedelta(minutes=minutes),
            node=name,
        )
        for pod, minutes in (seen.lost or {}).items()
    )
    others = tuple(_condition(kind, words) for kind, words in (seen.conditions or {}).items())
    view = NodeView(name=name, at=_AT, conditions=(silent if since else ready, *others), events=events, ends=ends)
    return InCluster(view=view, daemonsets=ListedDaemonSets(count=len(_daemonsets(seen))))


def _condition(kind: str, words: str) -> Condition:
    status, minutes, said = words.split(" ", 2)
    reason, _, message = said.partition(": ")
    since = _AT - timedelta(minutes=int(minutes))
    return Condition(kind=kind, status=Status(status), since=since, reason=reason, message=message)


def _daemonsets(seen: Seen) -> tuple[DaemonSet, ...]:
    if seen.daemonset_days is None:
        return ()
    return (
        DaemonSet(
            cluster=NODE.cluster,
            namespace="weave",
            name="weave-scope-agent",
            created_at=_AT - timedelta(days=seen.daemonset_days),
            desired=16,
            ready=16,
            images=("docker.io/weaveworks/scope:1.13.2",),
            changed_by="kubectl-client-side-apply",
        ),
    )


@cache
def _printed(condition: str) -> str:
    """Return what the collection script prints on the node of the incident, leaking or healthy."""
    fleet = {"sick": lambda: load("incident"), "well": lambda: without(load("incident"), _ROOT_CAUSE)}[condition]()
    with tempfile.TemporaryDirectory(prefix="fleetscan-samples-") as folder:
        tree = Path(folder) / condition
        plant(fleet, fleet.node(LEAKING_NODE), tree)
        return local.collect(tree).text


def _changed(text: str, sample: Sample) -> str:
    """Return a capture whose last sample has other sections or lines; what it did not have comes before its end."""
    head, mark, last = text.partition("\n@last\n")
    for name, lines in (sample.lines or {}).items():
        last = _with_section(last, name, _merged(_section(last, name), lines.split("\n")))
    for name, lines in (sample.section or {}).items():
        last = _with_section(last, name, lines.strip("\n").split("\n"))
    return head + mark + last


def _section(text: str, name: str) -> list[str]:
    found = re.search(rf"^@{name}\n((?:[^@].*\n)*)", text, re.MULTILINE)
    return found[1].splitlines() if found else []


def _with_section(text: str, name: str, lines: list[str]) -> str:
    wanted = "\n".join([f"@{name}", *lines, ""])
    changed, number = re.subn(rf"^@{name}\n(?:[^@].*\n)*", lambda _: wanted, text, flags=re.MULTILINE)
    return changed if number else text.replace("@end summary ", f"{wanted}@end summary ", 1)


def _merged(lines: list[str], others: list[str]) -> list[str]:
    """Return lines of which those that begin with the words of another are replaced by it."""
    by_words = {_words(line): line for line in lines} | {_words(line): line for line in others}
    return list(by_words.values())


def _words(line: str) -> str:
    """Return the first word, of a line of pressure the first two."""
    first, second, *_ = [*line.split(), ""]
    return f"{first} {second}" if second in {"some", "full"} else first


def _history(past: Past, sample: Sample) -> History:
    """Return readings that lead to what the node shows now, at a steady pace."""
    now_text = _changed(_printed(sample.node), sample)
    window, _ = read(Capture(node=NODE, status=CaptureStatus.ANSWERED, text=now_text))
    meminfo, host = window.last[Meminfo], window.last[Host]
    now = int(_AT.timestamp())
    exceeded = packets(window.last, LINKLOCAL)

    def before(seconds: int) -> Reading:
        slab_bytes = int(past.slab_mib_per_hour * _MIB * seconds / 3_600)
        lost_bytes = int((past.slab_mib_per_hour + past.available_mib_per_hour) * _MIB * seconds / 3_600)
        return Reading(
            at_epoch_seconds=now - seconds,
            boot_id=host.boot_id,
            memory_total_bytes=meminfo.total_bytes,
            memory_available_bytes=(meminfo.available_bytes or 0) + lost_bytes,
            slab_unreclaimable_bytes=(meminfo.slab_unreclaimable_bytes or 0) - slab_bytes,
            bandwidth_in_exceeded_total=packets(window.last, BANDWIDTH_IN),
            bandwidth_out_exceeded_total=packets(window.last, BANDWIDTH_OUT),
            packets_exceeded_total=packets(window.last, PACKETS),
            conntrack_exceeded_total=packets(window.last, CONNTRACK),
            linklocal_exceeded_total=None
            if exceeded is None
            else max(0, exceeded - past.linklocal_packets_per_hour * seconds // 3_600),
        )

    ages = range(past.hours * 3_600, 0, -_SCAN_SECONDS)
    return History(at_epoch_seconds=now, readings=tuple(before(seconds) for seconds in ages))
