"""The container runtime or the kubelet reports that it cannot do its work.

What it means: within the last 20 minutes the journal of the kubelet and the container runtime has one of: PLEG is not
healthy (the kubelet could not list the containers for 3 minutes), the runtime does not respond, a process could not be
started, no space is left, images could not be removed, or one of the two crashed. That the kubelet reclaims resources
by evicting pods, or once took more than a second to measure what a container holds on disk, is information.

Why it hurts: both processes run and the node may still be Ready, but pods do not start, do not stop and are not
restarted. With PLEG not healthy or a runtime that does not respond the kubelet reports the node NotReady.

What to do: the line says which. A runtime that hangs is often one container or a mount that hangs; restart it
(containers go on running). Without processes, space or inodes see the finding about those.

Source: the kubelet's PLEG threshold of 3 minutes (pkg/kubelet/pleg/generic.go); eks-node-monitoring-agent
(ForkFailedOutOfPIDs, which it calls fatal; KubeletFailed, ServiceFailedToStart, KubeletDiskUsageSlow); AWS knowledge
center on PLEG and slow volumes ("fs: disk usage and inodes count on following dirs took"); kubernetes threads on
"PLEG is not healthy" and "Image garbage collection failed multiple times in a row".
"""

from __future__ import annotations

from collections.abc import Mapping

from fleetscan.capture.procfs.filesystems import Filesystems
from fleetscan.capture.procfs.journal import JournalEvent
from fleetscan.capture.procfs.services import Services
from fleetscan.diagnosis.measures.journal_events import (
    JOURNAL_SECONDS,
    LINES_OF_20_MINUTES,
    event,
    is_of_inotify,
    journal_of,
)
from fleetscan.diagnosis.measures.room import inodes_free_ratio, space_free_ratio, writable
from fleetscan.diagnosis.rule import Rule
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import counted

LINES_LIMIT = 1
"""One line is enough: none of these is normal on a node that works."""

RUNTIMES = frozenset({"containerd", "dockerd", "crio"})
"""While one of them is restarted it does not respond for a moment."""

FULL_RATIO = 0.01
"""Less than this share of space or inodes left confirms that nothing can be written."""

_WORDS: Mapping[str, str] = {
    "fork_failed": "no process could be started",
    "pleg": "PLEG is not healthy: the kubelet cannot list the containers",
    "runtime_not_responding": "the container runtime does not respond",
    "no_space": "no space is left on a device",
    "image_gc_failed": "images could not be removed to free space",
    "runtime_error": "the kubelet or the runtime crashed or did not start",
    "disk_usage_slow": "the kubelet takes seconds to measure what containers hold on disk: the disk is slow",
    "eviction": "the kubelet reclaims resources by evicting pods",
}
"""What each kind of line means, the worst first."""


@immutable
class Limits:
    """The thresholds of the rule."""

    critical_lines_total: int = 36
    """Lines about PLEG or a runtime that does not respond, from this number on: the kubelet logs one each 5 s at most,
    so that it has been so for 3 minutes (the kubelet's own threshold)."""
    slow_disk_warning_total: int = 10
    """Lines about measuring what containers hold on disk: each container logs one for each second more that it takes,
    so that a few are of a short load [inference]."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Look for each kind of line; the worst is told first."""
    journal = journal_of(window)
    found: list[tuple[JournalEvent, Severity, int]] = []
    for kind in _WORDS:
        one = event(journal, kind)
        if one is not None and not is_of_inotify(one):
            found.append((one, *_severity(window, one, limits)))
    if not found:
        return None
    found.sort(key=lambda entry: -entry[1].rank)
    worst, severity, limit = found[0]
    others = "".join(f"; {_WORDS[one.kind]}, {counted(one.count, 'line')}: {one.text}" for one, _, _ in found[1:])
    return Evidence(
        severity=severity,
        text=f"{_WORDS[worst.kind]}, {counted(worst.count, 'line')} {LINES_OF_20_MINUTES}: {worst.text}{others}",
        measured=float(worst.count),
        limit=float(limit),
    )


def _severity(window: Window, one: JournalEvent, limits: Limits) -> tuple[Severity, int]:
    """Return how bad an event is, and from how many lines on."""
    match one.kind:
        case "pleg" | "runtime_not_responding" if one.count >= limits.critical_lines_total:
            return Severity.CRITICAL, limits.critical_lines_total
        case "fork_failed":
            return Severity.CRITICAL, LINES_LIMIT
        case "no_space" if _is_full(window):
            return Severity.CRITICAL, LINES_LIMIT
        case "runtime_not_responding" if _was_restarted(window):
            return Severity.INFO, LINES_LIMIT
        case "eviction":
            return Severity.INFO, LINES_LIMIT
        case _:
            least = limits.slow_disk_warning_total if one.kind == "disk_usage_slow" else LINES_LIMIT
            return Severity.WARNING if one.count >= least else Severity.INFO, least


def _was_restarted(window: Window) -> bool:
    """Return whether the runtime was started within the time that the journal covers: it was away, and is back."""
    found = window.last.get(Services)
    return found is not None and any(
        one.name in RUNTIMES and one.age_seconds < JOURNAL_SECONDS for one in found.services
    )


def _is_full(window: Window) -> bool:
    found = window.last.get(Filesystems)
    return any(
        share is not None and share < FULL_RATIO
        for one in (() if found is None else writable(found.filesystems))
        for share in (space_free_ratio(one), inodes_free_ratio(one))
    )


RULE = Rule(
    id="runtime_unhealthy",
    severity=Severity.CRITICAL,
    title="Container runtime or kubelet unhealthy",
    remedy=(
        "    journalctl -u kubelet -u containerd --since -20min --no-pager | grep -E ' E[0-9]{4}|level=error' | tail\n"
        "Shows, on the node, what the two complain of.\n"
        "    timeout 20 crictl ps >/dev/null || systemctl restart containerd\n"
        "Restarts the runtime if it does not answer within 20 s; running containers go on.\n"
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data\n"
        "Moves the pods away, if it comes back. Then replace the node."
    ),
    limits=DEFAULTS,
    check=check,
)
