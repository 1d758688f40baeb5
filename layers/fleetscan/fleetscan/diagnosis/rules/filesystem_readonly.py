"""A file system was remounted read-only after an error.

What it means: the kernel found a damaged file system or a failing disk, and stopped all writes to protect the data.

Why it hurts: everything that writes there fails: logs, images, emptyDir volumes, the kubelet's own state. It does
not recover by itself.

What to do: if it is the root volume, drain and replace the node. If it is a pod's volume, stop the pod, check the
volume with fsck on another instance, and look at the EBS volume's status checks.

Source: ext4(5), mount option errors=remount-ro; node-problem-detector's FilesystemIsReadOnly.
"""

from __future__ import annotations

from fleetscan.diagnosis.measures.kernel_events import recent_events
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.diagnosis.traits import WRITABLE, Family
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import duration

EVENTS_LIMIT = 1
"""One remount is enough (node-problem-detector FilesystemIsReadOnly)."""


def check(window: Window, _limits: NoLimits = NO_LIMITS) -> Evidence | None:
    """Look for read-only remounts in the kernel log's last 24 hours."""
    events = recent_events(window, "filesystem_readonly")
    if len(events) < EVENTS_LIMIT:
        return None
    return Evidence(
        severity=Severity.CRITICAL,
        text=f"{duration(events[0].age_seconds)} ago the kernel logged: {events[0].text}",
        measured=float(len(events)),
        limit=float(EVENTS_LIMIT),
    )


RULE = Rule(
    id="filesystem_readonly",
    severity=Severity.CRITICAL,
    title="File system remounted read-only",
    remedy=(
        "    grep ' ro[ ,]' /proc/mounts\n"
        "    journalctl -k --since -24h | grep -i -E 'i/o error|ext4-fs error|xfs'\n"
        "Show, on the node, which file system it is and which errors came before.\n"
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data\n"
        "Moves the pods to other nodes. Then replace the node, if it is the root volume."
    ),
    limits=NO_LIMITS,
    check=check,
    family=Family.KERNEL_COMPLAINTS,
    required=(WRITABLE,),
)
