"""The container runtime or the kubelet reports that it cannot do its work.

What it means: within the last 20 minutes the kubelet or the container runtime logged one of: PLEG is not healthy (the
kubelet could not list the containers for 3 minutes), the runtime does not respond, a process could not be started, no
space is left, images could not be removed, or containers could not be created.

Why it hurts: both processes run and the node may still be Ready, but pods do not start, do not stop and are not
restarted. With PLEG not healthy or a runtime that does not respond the kubelet reports the node NotReady.

What to do: the line says which. A runtime that hangs is often one container or a mount that hangs; restart it
(containers go on running). Without processes, space or inodes see the finding about those.

Source: the kubelet's PLEG threshold of 3 minutes (pkg/kubelet/pleg/generic.go); eks-node-monitoring-agent
(ForkFailedOutOfPIDs, which it calls fatal; ContainerRuntimeFailed); kubernetes threads on "PLEG is not healthy" and
"Image garbage collection failed multiple times in a row".
"""

from __future__ import annotations

from collections.abc import Mapping

from fleetscan.capture.procfs.filesystems import Filesystems
from fleetscan.capture.procfs.journal import Journal, JournalEvent
from fleetscan.diagnosis.measures.journal_events import LINES_OF_20_MINUTES, event, is_of_inotify
from fleetscan.diagnosis.measures.room import inodes_free_ratio, space_free_ratio, writable
from fleetscan.diagnosis.rule import Rule
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import counted

FULL_RATIO = 0.01
"""Less than this share of space or inodes left confirms that nothing can be written."""

_WORDS: Mapping[str, str] = {
    "fork_failed": "no process could be started",
    "pleg": "PLEG is not healthy: the kubelet cannot list the containers",
    "runtime_not_responding": "the container runtime does not respond",
    "no_space": "no space is left on a device",
    "image_gc_failed": "images could not be removed to free space",
    "runtime_error": "containers could not be created",
}
"""What each kind of line means, the worst first."""


@immutable
class Limits:
    """The thresholds of the rule."""

    critical_lines_total: int = 36
    """Lines about PLEG or a runtime that does not respond, from this number on: the kubelet logs one each 5 s at most,
    so that it has been so for 3 minutes (the kubelet's own threshold)."""
    error_lines_total: int = 3
    """Lines about containers that could not be created, from this number on; they are information, for a wrong command
    of one pod makes them too [inference]."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Look for each kind of line; the worst is told first."""
    journal = window.last[Journal]
    found: list[tuple[JournalEvent, Severity, int]] = []
    for kind in _WORDS:
        one = event(journal, kind)
        least = limits.error_lines_total if kind == "runtime_error" else 1
        if one is None or is_of_inotify(one) or one.count < least:
            continue
        severity, limit = _severity(window, one, limits, least)
        found.append((one, severity, limit))
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


def _severity(window: Window, one: JournalEvent, limits: Limits, least: int) -> tuple[Severity, int]:
    match one.kind:
        case "fork_failed":
            return Severity.CRITICAL, least
        case "pleg" | "runtime_not_responding" if one.count >= limits.critical_lines_total:
            return Severity.CRITICAL, limits.critical_lines_total
        case "no_space" if _is_full(window):
            return Severity.CRITICAL, least
        case "runtime_error":
            return Severity.INFO, least
        case _:
            return Severity.WARNING, least


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
