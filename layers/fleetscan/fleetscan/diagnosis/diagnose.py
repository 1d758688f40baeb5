"""Evaluates all rules on one node: findings, skipped and failed rules with the reason, and the investigation.

One rule never stops the others: missing evidence skips it, a bug in it is recorded as its failure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from fleetscan.capture.procfs.host import Host
from fleetscan.capture.procfs.loadavg import Loadavg
from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.capture.procfs.pressure import Pressure, Stall
from fleetscan.capture.procfs.slabinfo import Slabinfo, skb_heads
from fleetscan.capture.procfs.sockets import Sockets
from fleetscan.capture.procfs.uptime import Uptime
from fleetscan.capture.procfs.vmstat import Vmstat
from fleetscan.diagnosis.history import reading
from fleetscan.diagnosis.investigation import HYPOTHESES, investigate, supported
from fleetscan.diagnosis.investigation.hypothesis import AnyHypothesis
from fleetscan.diagnosis.knowledge.burstable import why_without_credits
from fleetscan.diagnosis.measures.busy_volumes import busy_volumes
from fleetscan.diagnosis.measures.contradictions import MEM_AVAILABLE, believed, refused
from fleetscan.diagnosis.measures.cpu_time import CpuTime, cpu_time
from fleetscan.diagnosis.measures.exceeded import (
    BANDWIDTH_IN,
    BANDWIDTH_OUT,
    CONNTRACK,
    LINKLOCAL,
    PACKETS,
    packets,
)
from fleetscan.diagnosis.measures.oom_kills import oom_kills
from fleetscan.diagnosis.measures.past import past
from fleetscan.diagnosis.measures.picture import PAST_READINGS, QUIET_PAST_READINGS, picture
from fleetscan.diagnosis.measures.room import inodes_free_ratio, least_free, space_free_ratio
from fleetscan.diagnosis.measures.running import presence
from fleetscan.diagnosis.measures.since_last import started_seconds
from fleetscan.diagnosis.required import excuses, skip_reason, unevaluated
from fleetscan.diagnosis.rule import AnyRule, Unevaluated
from fleetscan.diagnosis.rules import RULES
from fleetscan.diagnosis.runway import EVICTION_FLOOR_BYTES, forecast, runway
from fleetscan.diagnosis.traits import Required
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import CaptureStatus, Coverage, Credits, Diagnosis, Finding, Node, Readings, Severity, Window
from fleetscan.model.disk_limits import DiskLimits
from fleetscan.model.in_cluster import InCluster
from fleetscan.model.memory import History
from fleetscan.model.oom import OomKill
from fleetscan.numbers import shown

MOST_OOM_KILLS = 20
"""Of a node: the kernel log's last lines tell of about as many."""
DISKS_NOT_READ = "the limits of the disks were not read: CloudWatch charges for each, so only a node that waits asks"


def diagnose(
    node: Node,
    window: Window,
    coverage: Coverage,
    credits: Credits | None = None,  # noqa: A002  # EC2's word; the built-in of the same name is not used here
    history: History | None = None,
    *,
    in_cluster: InCluster | None = None,
    disks: DiskLimits | None = None,
    rules: Sequence[AnyRule] = RULES,
    hypotheses: Sequence[AnyHypothesis] = HYPOTHESES,
) -> Diagnosis:
    """Evaluate every rule, in the order of the catalogue, and return all that is known of the node. Never raises.

    ``history`` are the readings of earlier scans, None if no history is kept; ``in_cluster`` is what Kubernetes reports
    of the node, None if the API was not read; ``disks`` what CloudWatch says of its disks, None if it was not asked.
    ``rules`` and ``hypotheses`` contain their thresholds;
    ``fleetscan.diagnosis.tuning`` changes those.
    """
    window = believed(window)
    measured = readings(window)
    has_answered = coverage.status is CaptureStatus.ANSWERED
    now = reading(measured, history.at_epoch_seconds) if history is not None and has_answered else None
    expected = forecast(history, now)
    left = runway(expected, history, now)
    known = tuple(one for one in (node, coverage, credits, disks, history, expected, left) if one is not None)
    kubernetes = in_cluster or InCluster()
    last = window.last.with_values(
        *known, absent={Credits: why_without_credits(node.instance_type), DiskLimits: DISKS_NOT_READ}
    )
    last = kubernetes.beside(last)
    seen = Window(first=window.first, last=last, seconds=window.seconds)
    excused = excuses(seen)
    evaluated = _evaluated([rule for rule in rules if not rule.is_about_coverage], seen, excused)
    missing = (
        {**unevaluated(rules, seen, evaluated.skipped, evaluated.failed, excused), **refused(seen).missing}
        if coverage.status is CaptureStatus.ANSWERED
        else {}
    )
    # Rules about coverage come last: they tell what the others could not evaluate.
    told = replace(seen, last=seen.last.with_values(Unevaluated(reasons=missing)))
    about_coverage = _evaluated([rule for rule in rules if rule.is_about_coverage], told, excused)
    findings = [*evaluated.findings, *about_coverage.findings]
    # Stable: rules that fired alike keep the catalogue's order.
    findings.sort(key=lambda finding: -finding.severity.rank)
    is_quiet = all(finding.severity is Severity.INFO for finding in findings)
    before = past(
        history,
        now,
        growth=expected.loss or expected.slab,
        floor_bytes=EVICTION_FLOOR_BYTES,
        most=QUIET_PAST_READINGS if is_quiet else PAST_READINGS,
    )
    return Diagnosis(
        node=node,
        coverage=coverage,
        findings=tuple(findings),
        steps=supported(investigate(seen, findings, hypotheses), findings, hypotheses),
        skipped={**evaluated.skipped, **about_coverage.skipped},
        failed={**evaluated.failed, **about_coverage.failed},
        unevaluated=missing,
        readings=measured,
        runway=left,
        presence=presence(seen),
        kubernetes=kubernetes.view,
        picture=picture(seen, before, is_quiet=is_quiet),
        oom_kills=_oom_kills(seen),
        busy_volumes=busy_volumes(seen),
    )


def _oom_kills(window: Window) -> tuple[OomKill, ...] | None:
    try:
        return oom_kills(window)[:MOST_OOM_KILLS]
    except AbsentError:
        return None


@immutable
class _Evaluated:
    """What rules found, and why others found nothing."""

    findings: list[Finding] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def _evaluated(rules: Sequence[AnyRule], window: Window, excused: Mapping[Required, str]) -> _Evaluated:
    found = _Evaluated()
    for rule in rules:
        try:
            evidence = rule.ask(window)
        except AbsentError as absent:
            found.skipped[rule.id] = skip_reason(rule, refused(window).reason(str(absent)), excused)
        except Exception as error:  # noqa: BLE001  # a bug in one rule must not cost the findings of all others
            found.failed[rule.id] = _words(error)
        else:
            if evidence is not None:
                found.findings.append(Finding(rule=rule.id, title=rule.title, remedy=rule.remedy, evidence=evidence))
    return found


def readings(window: Window) -> Readings:
    """Return the numbers that every report shows; None for what was not measured."""
    meminfo = window.last.get(Meminfo) or Meminfo()
    load, host, uptime = window.last.get(Loadavg), window.last.get(Host), window.last.get(Uptime)
    slab, sockets = window.last.get(Slabinfo), window.last.get(Sockets)
    counters = window.last.get(Vmstat) or Vmstat()
    some, full = _stalls(window)
    cpu = _cpu_time(window)
    is_available_refused = MEM_AVAILABLE in refused(window)
    return Readings(
        memory_total_bytes=meminfo.total_bytes,
        memory_free_bytes=meminfo.free_bytes,
        # An estimate in its place may judge a shortage, but no node is called healthy by it.
        memory_available_bytes=None if is_available_refused else meminfo.available_bytes,
        slab_unreclaimable_bytes=meminfo.slab_unreclaimable_bytes,
        swap_total_bytes=meminfo.swap_total_bytes,
        swap_free_bytes=meminfo.swap_free_bytes,
        memory_some_avg60_percent=None if some is None else some.avg60_percent,
        memory_full_avg60_percent=None if full is None else full.avg60_percent,
        load1=None if load is None else load.load1,
        cpus=None if host is None else host.cpus,
        cpu_busy_ratio=None if cpu is None else cpu.busy_ratio,
        cpu_steal_ratio=None if cpu is None else cpu.steal_ratio,
        socket_buffers_total=None if slab is None else skb_heads(slab),
        socket_held_bytes=None if sockets is None else sockets.receive_queue_bytes,
        uptime_seconds=None if uptime is None else uptime.uptime_seconds,
        boot_id=None if host is None else host.boot_id,
        kernel=None if host is None else host.kernel,
        operating_system=None if host is None else host.operating_system,
        oom_kills_total=counters.oom_kills_total,
        swapped_in_pages=counters.swapped_in_pages,
        swapped_out_pages=counters.swapped_out_pages,
        kubelet_started_seconds=started_seconds(window, "kubelet"),
        containerd_started_seconds=started_seconds(window, "containerd"),
        space_free_ratio=least_free(window, space_free_ratio),
        inodes_free_ratio=least_free(window, inodes_free_ratio),
        bandwidth_in_exceeded_total=packets(window.last, BANDWIDTH_IN),
        bandwidth_out_exceeded_total=packets(window.last, BANDWIDTH_OUT),
        packets_exceeded_total=packets(window.last, PACKETS),
        conntrack_exceeded_total=packets(window.last, CONNTRACK),
        linklocal_exceeded_total=packets(window.last, LINKLOCAL),
    )


def _stalls(window: Window) -> tuple[Stall | None, Stall | None]:
    pressure = window.last.get(Pressure)
    if pressure is None or pressure.memory is None:
        return None, None
    return pressure.memory.some, pressure.memory.full


def _cpu_time(window: Window) -> CpuTime | None:
    try:
        return cpu_time(window)
    except AbsentError:
        return None


def _words(error: Exception) -> str:
    """Return an exception as one short, cleaned line: its text may come from the node."""
    return f"{type(error).__name__}: {shown(str(error))}"
