"""Two reports to render: the incident's fleet, and one in which every name was chosen by an attacker."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fleetscan.model import (
    CaptureStatus,
    Cause,
    Coverage,
    Diagnosis,
    Evidence,
    Finding,
    Node,
    Readings,
    Report,
    Severity,
    Step,
    StepResult,
    Suspect,
)
from fleetscan.model.conclusion import FleetFinding, RootCause, Strength, Unattributed
from fleetscan.model.episode import (
    Change,
    ChangeKind,
    Chronicle,
    Episode,
    EpisodeState,
    Event,
    Fingerprint,
    Level,
    Mute,
    Occurrence,
)

GOLDEN = Path(__file__).parents[2] / "fixtures" / "golden"
UPDATE = "FLEETSCAN_UPDATE_GOLDEN"
"""Set to 1 to write the golden files anew; then read the difference before you believe it."""

_MIB = 1 << 20
_SCOPE = "docker.io/weaveworks/scope:1.13.2"
_ANSWERED = Coverage(status=CaptureStatus.ANSWERED)


def _node(number: int, *, instance_type: str = "t3a.medium", group: str = "workers") -> Node:
    return Node(
        instance_id=f"i-0a1b2c3d4e5f6{number:04d}",
        cluster="live",
        node_group=group,
        instance_type=instance_type,
        zone="eu-west-1a",
        private_dns_name=f"ip-10-0-1-{number}.eu-west-1.compute.internal",
        architecture="x86_64",
    )


def _agent(share: float, held: str) -> Suspect:
    return Suspect(
        kind="pod",
        name="weave/weave-scope-agent-7xk2p",
        image=_SCOPE,
        share=share,
        reason=f"its process scope holds {held} of unread socket buffers",
    )


def _slab(severity: Severity, words: str, measured: float) -> Finding:
    return Finding(
        rule="slab_unreclaimable_high",
        title="High unreclaimable slab memory (SUnreclaim)",
        remedy="Find out which cache grows before the node stalls:\n    cat /proc/slabinfo | sort -k3 -rn | head",
        evidence=Evidence(severity=severity, text=words, measured=measured, limit=0.1),
    )


def _buffers(words: str, suspect: Suspect) -> Finding:
    return Finding(
        rule="socket_buffers_held",
        title="Socket buffers (skbuff) accumulating in kernel memory",
        remedy=(
            "Stop the process that does not read its socket; the kernel frees the buffers at once, no reboot is "
            "needed. Look at it first:\n    kubectl get daemonsets --all-namespaces -o wide\n"
            "Then, if nobody needs it:\n    kubectl delete daemonset NAME -n NAMESPACE"
        ),
        evidence=Evidence(
            severity=Severity.CRITICAL,
            text=words,
            measured=1_657_980,
            limit=100_000,
            cause=Cause.SOCKET_QUEUE,
            suspects=(suspect,),
        ),
    )


_PRESSURE = Finding(
    rule="memory_pressure_high",
    title="High memory pressure (PSI)",
    remedy="Drain the node before the kubelet misses its heartbeats: `kubectl drain NODE --ignore-daemonsets`",
    evidence=Evidence(
        severity=Severity.CRITICAL,
        text="some task waited for memory 98.9% of the last minute, all tasks 63.9%",
        measured=98.9,
        limit=60.0,
    ),
)
_LOAD = Finding(
    rule="load_high",
    title="High load average",
    remedy="",
    evidence=Evidence(
        severity=Severity.CRITICAL, text="load 34.04 25.03 22.70 on 2 CPUs: 17.0 per CPU", measured=17.02, limit=8.0
    ),
)
_STEPS = (
    Step(
        hypothesis="oom_kill",
        question="Did the kernel kill something for want of memory?",
        verdict=StepResult.RULED_OUT,
        evidence="no OOM kill since boot, none in 812 lines of kernel log",
    ),
    Step(
        hypothesis="cpu_credits",
        question="Is the CPU throttled for want of credits?",
        verdict=StepResult.RULED_OUT,
        evidence="mode unlimited, surplus 576 of 576: charged for, not throttled; steal 0.1%",
    ),
    Step(
        hypothesis="pods_use_cpu",
        question="Do the pods use the CPU?",
        verdict=StepResult.RULED_OUT,
        evidence="the node is 99% busy, all pods together use 0.09 of 2 CPUs",
    ),
    Step(
        hypothesis="memory_pressure",
        question="Is it memory that tasks wait for?",
        verdict=StepResult.CONFIRMED,
        evidence="memory some 98.9%, full 63.9%; io some 0.2%",
    ),
    Step(
        hypothesis="kernel_memory",
        question="Is the memory in the kernel?",
        verdict=StepResult.CONFIRMED,
        evidence="2.1 GiB of 3.8 GiB is unreclaimable slab, all pods together use 616 MiB",
    ),
    Step(
        hypothesis="growth",
        question="Does it grow?",
        verdict=StepResult.UNKNOWN,
        evidence="no earlier scan to compare with",
    ),
)
_WELL = Readings(
    memory_total_bytes=3936 * _MIB,
    memory_free_bytes=1937 * _MIB,
    memory_available_bytes=2600 * _MIB,
    slab_unreclaimable_bytes=74 * _MIB,
    swap_total_bytes=1048 * _MIB,
    swap_free_bytes=1048 * _MIB,
    memory_some_avg60_percent=0.0,
    memory_full_avg60_percent=0.0,
    load1=0.39,
    cpus=2,
)
_SICK = replace(
    _WELL,
    memory_free_bytes=86 * _MIB,
    memory_available_bytes=735 * _MIB,
    slab_unreclaimable_bytes=2143 * _MIB,
    swap_free_bytes=549 * _MIB,
    memory_some_avg60_percent=98.9,
    memory_full_avg60_percent=63.91,
    load1=34.04,
    cpu_busy_ratio=0.99,
    cpu_steal_ratio=0.001,
    socket_buffers_total=1_657_980,
    socket_held_bytes=2040 * _MIB,
    uptime_seconds=1186401.52,
    boot_id="5f0b3c52-8a3e-4f0e-9a53-1d2f6a7c8b90",
    kernel="6.1.141-155.222.amzn2023.x86_64",
    operating_system="Amazon Linux 2023",
)
_NO_CREDITS = {"cpu_credits_exhausted": "credits were not read", "cpu_surplus_charged": "credits were not read"}


def _failing() -> Diagnosis:
    return Diagnosis(
        node=_node(23),
        coverage=_ANSWERED,
        findings=(
            _slab(Severity.CRITICAL, "2.1 GiB of 3.8 GiB RAM (54%) is unreclaimable kernel memory", 0.544),
            _buffers(
                "1,657,980 socket buffers with their data hold 2.0 GiB; healthy nodes have a few thousand",
                _agent(0.97, "2.0 GiB"),
            ),
            _PRESSURE,
            _LOAD,
        ),
        steps=_STEPS,
        skipped={"memory_runway_short": "no earlier scan to compare with"},
        readings=_SICK,
    )


def _without_symptoms(number: int, instance_type: str, slab_mib: int, total_mib: int, words: str) -> Diagnosis:
    return Diagnosis(
        node=_node(number, instance_type=instance_type),
        coverage=_ANSWERED,
        findings=(
            _slab(Severity.CRITICAL, words, slab_mib / total_mib),
            _buffers("3,309,501 socket buffers are alive", _agent(0.95, "1.6 GiB")),
        ),
        steps=_STEPS[:3],
        skipped=_NO_CREDITS,
        readings=replace(
            _WELL,
            memory_total_bytes=total_mib * _MIB,
            memory_available_bytes=total_mib * _MIB // 3,
            slab_unreclaimable_bytes=slab_mib * _MIB,
            cpus=4 if instance_type == "t3a.xlarge" else 2,
            load1=2.11 if instance_type == "t3a.xlarge" else 0.12,
        ),
    )


def _healthy(number: int) -> Diagnosis:
    return Diagnosis(node=_node(number), coverage=_ANSWERED, skipped=_NO_CREDITS, readings=_WELL)


def _offline() -> Diagnosis:
    return Diagnosis(
        node=_node(40),
        coverage=Coverage(
            status=CaptureStatus.NOT_REGISTERED, reason="The SSM agent last pinged 5 hours ago; is it running?"
        ),
        findings=(
            Finding(
                rule="node_unreachable",
                title="The node cannot be queried",
                remedy="Look at the SSM agent and the node's role:\n    aws ssm describe-instance-information",
                evidence=Evidence(
                    severity=Severity.WARNING, text="not registered with Systems Manager", measured=1, limit=0
                ),
            ),
        ),
    )


def _auto_mode() -> Diagnosis:
    return Diagnosis(
        node=replace(_node(41, group="general-purpose", instance_type="c6g.large"), is_auto_mode=True),
        coverage=Coverage(
            status=CaptureStatus.AUTO_MODE, reason="EKS Auto Mode nodes run no command; use kubectl debug"
        ),
    )


@pytest.fixture(scope="session")
def report() -> Report:
    """The incident, worst first: one failing, two bad, one offline, one partly read, one Auto Mode, ten healthy."""
    return Report(
        scan_id="20261124T031500Z-4f1c",
        started_at=datetime(2026, 11, 24, 3, 15, tzinfo=UTC),
        duration_seconds=41.3,
        account="123456789012",
        region="eu-west-1",
        diagnoses=(
            _failing(),
            _without_symptoms(
                25, "t3a.medium", 1744, 3938, "1.7 GiB of 3.8 GiB RAM (44%) is unreclaimable kernel memory"
            ),
            _without_symptoms(
                24, "t3a.xlarge", 4533, 16207, "4.4 GiB of 15.8 GiB RAM (28%) is unreclaimable kernel memory"
            ),
            _offline(),
            Diagnosis(
                node=_node(36),
                coverage=Coverage(
                    status=CaptureStatus.ANSWERED, problems=("slabinfo could not be read: it is not plain text",)
                ),
                skipped={"slab_cache_dominant": "Slabinfo could not be read", **_NO_CREDITS},
                readings=replace(_WELL, slab_unreclaimable_bytes=None),
            ),
            _auto_mode(),
            *(_healthy(number) for number in range(26, 36)),
        ),
        empty_clusters=("batch",),
        notes=("CPU credits were not read: the role lacks cloudwatch:GetMetricData.",),
    )


@pytest.fixture(scope="session")
def solved_report(report: Report) -> Report:
    """The incident with what all nodes together say: a root cause, a problem without one, an unmaintained image."""
    critical = tuple(diagnosis.node.instance_id for diagnosis in report.diagnoses[:3])
    root_cause = RootCause(
        kind="daemonset",
        name="weave/weave-scope-agent",
        strength=Strength.HOLDS,
        reason=(
            "holds 5.2 GiB of unread socket buffers on 3 of 3 affected nodes and on 0 of 11 others; "
            "that is 95% of their unreclaimable kernel memory; "
            "it runs on all 14 nodes, so its presence alone would prove nothing"
        ),
        cause=Cause.SOCKET_QUEUE,
        rules=("slab_unreclaimable_high", "socket_buffers_held"),
        nodes=critical,
        remedy=(
            "Look at it first:\n    kubectl -n weave get daemonset weave-scope-agent -o yaml\n"
            "If nobody needs it, remove it:\n    kubectl -n weave delete daemonset weave-scope-agent"
        ),
        cluster="live",
        image=_SCOPE,
        namespace="weave",
        workload="weave-scope-agent",
        share=0.95,
        held_bytes=5325 * _MIB,
    )
    candidate = replace(
        root_cause,
        kind="image",
        name="weaveworks/scope",
        strength=Strength.ABANDONED,
        reason="unmaintained since 2024; that it is there proves nothing",
        share=None,
        held_bytes=None,
    )
    nobody = Unattributed(
        cluster="live",
        cause=Cause.UNATTRIBUTED,
        rules=("conntrack_nearly_full",),
        nodes=critical[:2],
        reason="nobody is seen holding what the nodes lack; every node is affected, so what runs there proves nothing",
        candidates=(candidate,),
    )
    unmaintained = FleetFinding(
        rule="image_abandoned",
        cluster="live",
        title="A listed image runs here",
        remedy="Remove it.",
        evidence=Evidence(
            severity=Severity.WARNING,
            text="weaveworks/scope unmaintained since 2024, runs on 14 of 14 nodes",
            measured=14,
            limit=1,
        ),
        instance_ids=tuple(diagnosis.node.instance_id for diagnosis in report.diagnoses[:14]),
    )
    return replace(report, culprits=(root_cause,), unattributed=(nobody,), fleet_findings=(unmaintained,))


@pytest.fixture(scope="session")
def hostile_report(report: Report) -> Report:
    """Every string that a stranger could have chosen is an attack on whoever looks at it."""
    evil = (
        "<script>alert(1)</script>\"'&amp; \x1b[31mred\x1b[0m \x1b]0;title\x07 @everyone <!channel> [a](http://x) "
        "\u202egnp.exe\u200f \u0627\u0644\u0639 \u0000 line\r\nFAKE: all well\u2028next " + "A" * 10_000
    )
    node = Node(
        instance_id=evil,
        cluster=evil,
        node_group=evil,
        instance_type=evil,
        zone=evil,
        private_dns_name=evil,
        architecture=evil,
    )
    suspect = Suspect(kind=evil, name=evil, image=evil, share=0.5, reason=evil)
    finding = Finding(
        rule=evil,
        title=evil,
        remedy=f"{evil}\n    {evil}\n`{evil}`",
        evidence=Evidence(severity=Severity.CRITICAL, text=evil, measured=1.0, limit=0.5, suspects=(suspect,) * 9),
    )
    step = Step(hypothesis=evil, question=evil, verdict=StepResult.CONFIRMED, evidence=evil)
    diagnosis = Diagnosis(
        node=node,
        coverage=Coverage(status=CaptureStatus.ANSWERED, reason=evil, problems=(evil,) * 30),
        findings=(finding,) * 40,
        steps=(step,) * 5,
        skipped={evil: evil},
        failed={evil: evil},
        readings=replace(_SICK, kernel=evil, operating_system=evil, boot_id=evil),
    )
    silent = Diagnosis(node=node, coverage=Coverage(status=CaptureStatus.FAILED, reason=evil))
    root_cause = RootCause(
        kind=evil,
        name=evil,
        strength=Strength.HOLDS,
        reason=f"{evil}; {evil}",
        cause=Cause.SOCKET_QUEUE,
        rules=(evil,),
        nodes=(evil,),
        remedy=f"{evil}\n    {evil}",
        cluster=evil,
        image=evil,
        namespace=evil,
        workload=evil,
    )
    nobody = Unattributed(
        cluster=evil, cause=Cause.UNATTRIBUTED, rules=(evil,), nodes=(evil,), reason=evil, candidates=(root_cause,) * 9
    )
    fleet = FleetFinding(
        rule=evil, cluster=evil, title=evil, remedy=evil, evidence=finding.evidence, instance_ids=(evil,) * 9
    )
    return replace(
        report,
        scan_id=evil,
        account=evil,
        region=evil,
        diagnoses=(diagnosis, replace(diagnosis, failed={}), silent),
        empty_clusters=(evil,) * 30,
        notes=(evil,) * 30,
        culprits=(root_cause,) * 9,
        unattributed=(nobody,) * 9,
        fleet_findings=(fleet,) * 30,
    )


@pytest.fixture(scope="session")
def many_report(report: Report) -> Report:
    """1,000 nodes, of which 300 are critical."""
    critical, healthy = report.diagnoses[1], report.diagnoses[6]
    return replace(
        report,
        diagnoses=(
            *(replace(critical, node=_node(number)) for number in range(300)),
            *(replace(healthy, node=_node(number)) for number in range(300, 1000)),
        ),
    )


@pytest.fixture
def golden() -> Callable[[str, str], str]:
    """Return a function that gives a golden file's text; with the switch set it first writes the actual text there."""

    def read(file_name: str, actual: str) -> str:
        path = GOLDEN / file_name
        if os.environ.get(UPDATE) == "1":
            path.write_text(actual, encoding="utf-8")
        return path.read_text(encoding="utf-8")

    return read


_COMPARED = (
    "memory_free_bytes",
    "memory_available_bytes",
    "slab_unreclaimable_bytes",
    "memory_some_avg60_percent",
    "load1",
)


def _sighting(diagnosis: Diagnosis, finding: Finding, at: datetime) -> Occurrence:
    return Occurrence(
        instance_id=diagnosis.node.instance_id,
        host=diagnosis.node.private_dns_name.partition(".")[0],
        at=at,
        severity=finding.severity,
        text=finding.evidence.text,
        measured=finding.evidence.measured,
        limit=finding.evidence.limit,
        readings=diagnosis.readings,
    )


def _episode(report: Report, rule: str, *numbers: int, hours: float = 0.0) -> Episode:
    """Return an open episode of a rule on some of the report's nodes, hours old."""
    found = [(report.diagnoses[number], finding) for number in numbers for finding in report.diagnoses[number].findings]
    diagnosis, finding = next(pair for pair in found if pair[1].rule == rule)
    at = report.started_at - timedelta(hours=hours)
    return Episode(
        fingerprint=Fingerprint(rule, "live", finding.evidence.cause),
        title=finding.title,
        state=EpisodeState.OPEN,
        severity=finding.severity,
        nodes=tuple(sorted(report.diagnoses[number].node.instance_id for number in numbers)),
        node_groups=("workers",),
        opened_at=at,
        seen_at=report.started_at,
        judged_at=report.started_at,
        worst=_sighting(diagnosis, finding, at),
        told=Level(severity=finding.severity, nodes=len(numbers), measured=finding.evidence.measured),
        told_at=at,
    )


def _event(report: Report, kind: ChangeKind, episode: Episode, reason: str, hidden: str = "") -> Event:
    change = Change(kind=kind, at=report.started_at, scan_id=report.scan_id, reason=reason)
    return Event(change=change, episode=episode, hidden=hidden)


_MUTE = Mute(
    id="k7f3",
    until=datetime(2026, 11, 24, tzinfo=UTC),
    why="the disks are being moved",
    rule="load_high",
    node_group="batch-*",
)


@pytest.fixture(scope="session")
def changed_report(report: Report) -> Report:
    """The incident in its third day: one thing new, one worse, one still there, one back, one hidden, one quiet."""
    slab, buffers = (
        _episode(report, "slab_unreclaimable_high", 0, 1, 2, hours=3),
        _episode(report, "socket_buffers_held", 0, 1, 2, hours=52),
    )
    pressure, load = _episode(report, "memory_pressure_high", 0), _episode(report, "load_high", 0)
    silent = _episode(report, "node_unreachable", 3, hours=30)
    quiet = replace(silent, fingerprint=Fingerprint("conntrack_nearly_full", "live", Cause.UNATTRIBUTED))
    events = (
        _event(report, ChangeKind.OPENED, pressure, "on 1 node"),
        _event(report, ChangeKind.RECURRED, replace(slab, recurrences=2), "on 3 nodes, 2 d after it was resolved"),
        _event(report, ChangeKind.WORSE, silent, "2 nodes, was 1"),
        _event(report, ChangeKind.REMINDED, buffers, "still on 3 nodes, there for 2 d 4 h"),
        _event(report, ChangeKind.OPENED, load, "on 1 node", "muted until 2026-12-01 00:00 UTC: a rehearsal"),
    )
    return replace(
        report,
        chronicle=Chronicle(
            events=events,
            episodes=(slab, buffers, pressure, load, silent, quiet),
            mutes=(replace(_MUTE, id="m2", until=datetime(2026, 12, 1, tzinfo=UTC), why="a rehearsal"),),
            expired_mutes=(_MUTE,),
        ),
    )


@pytest.fixture(scope="session")
def resolved_report(report: Report) -> Report:
    """The incident after the namespace was deleted: everything is over, one node is gone."""

    def over(episode: Episode, after: Readings | None) -> Episode:
        return replace(episode, state=EpisodeState.RESOLVED, clean_scans=2, resolved_at=report.started_at, after=after)

    healthy = replace(_SICK, **{name: getattr(_WELL, name) for name in _COMPARED})
    slab, buffers = (
        _episode(report, rule, 0, 1, 2, hours=3) for rule in ("slab_unreclaimable_high", "socket_buffers_held")
    )
    pressure, gone = (
        _episode(report, "memory_pressure_high", 0, hours=3),
        _episode(report, "slab_unreclaimable_high", 2),
    )
    events = (
        _event(report, ChangeKind.RESOLVED, over(buffers, healthy), "gone from 3 nodes after 3 h"),
        _event(report, ChangeKind.RESOLVED, over(slab, healthy), "gone from 3 nodes after 3 h"),
        _event(report, ChangeKind.RESOLVED, over(pressure, healthy), "gone from 1 node after 3 h"),
        _event(
            report,
            ChangeKind.RESOLVED,
            over(replace(gone, fingerprint=replace(gone.fingerprint, cluster="batch")), None),
            "1 node of it gone after 10 min",
        ),
    )
    diagnoses = tuple(replace(one, findings=(), readings=_WELL, steps=()) for one in report.diagnoses[:3])
    return replace(
        report,
        diagnoses=(*diagnoses, *report.diagnoses[6:16]),
        empty_clusters=(),
        notes=(),
        chronicle=Chronicle(events=events),
    )


@pytest.fixture(scope="session")
def hostile_changed_report(hostile_report: Report, changed_report: Report) -> Report:
    """The hostile names again, in everything that is remembered and reported."""
    assert changed_report.chronicle is not None
    evil = hostile_report.scan_id
    episodes = tuple(
        replace(
            one,
            title=evil,
            fingerprint=Fingerprint(evil, evil, one.fingerprint.cause, evil),
            worst=replace(one.worst, host=evil, text=evil, instance_id=evil),
            after=_WELL,
        )
        for one in changed_report.chronicle.episodes
    )
    events = tuple(
        replace(event, episode=episodes[0], change=replace(event.change, kind=kind, reason=evil), hidden="")
        for event in changed_report.chronicle.events
        for kind in ChangeKind
    )
    mutes = tuple(replace(one, why=evil, id=evil, rule=evil) for one in changed_report.chronicle.mutes) * 9
    return replace(
        hostile_report,
        chronicle=Chronicle(events=events, episodes=episodes, mutes=mutes, expired_mutes=mutes),
    )
