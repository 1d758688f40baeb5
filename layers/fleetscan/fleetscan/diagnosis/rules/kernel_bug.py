"""The kernel crashed in part: an oops, a BUG, or a general protection fault in kernel code.

What it means: kernel code did what it must not do, such as reading from a null pointer. The kernel killed the process
in which it happened and went on.

Why it hurts: what the process held in the kernel, locks above all, it holds until the next boot. The next task that
needs the lock hangs, and data in memory may be wrong. After a second crash the node is not to be trusted.

What to do: drain and replace the node. The first line of the trace names the function; look for it in the AMI's release
notes, and in drivers and eBPF programs of your own.

Source: node-problem-detector's KernelOops; eks-node-monitoring-agent's KernelBug; Documentation/admin-guide/
bug-hunting.rst.
"""

from __future__ import annotations

from typing import Annotated

from fleetscan.diagnosis.measures.kernel_events import in_a_day, is_present, occurrences, recent_events
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import AtLeast
from fleetscan.diagnosis.traits import Family
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import counted


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_total: int = 1
    """Crashes in 24 hours: the first may have left a lock that nobody frees (node-problem-detector KernelOops)."""
    critical_total: Annotated[int, AtLeast("warning_total")] = 2
    """Crashes in 24 hours, the last within an hour: it goes on [inference]."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Count the crashes of the last 24 hours; the several lines of one count once."""
    events = recent_events(window, "kernel_bug")
    crashes = occurrences(events)
    if crashes < limits.warning_total:
        return None
    is_critical = crashes >= limits.critical_total and is_present(events[0])
    return Evidence(
        severity=Severity.CRITICAL if is_critical else Severity.WARNING,
        text=f"{counted(crashes, 'crash', 'crashes')} of kernel code: {in_a_day(window, events)}",
        measured=float(crashes),
        limit=float(limits.critical_total if is_critical else limits.warning_total),
    )


RULE = Rule(
    id="kernel_bug",
    severity=Severity.CRITICAL,
    title="Kernel crashed in part (oops, BUG)",
    remedy=(
        "    journalctl -k --since -24h | grep -A 40 -E 'BUG:|Oops|general protection|Unable to handle kernel'\n"
        "Shows, on the node, the trace with the function in which it happened.\n"
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data\n"
        "Moves the pods to other nodes. Then replace the node, with a newer AMI."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.KERNEL_COMPLAINTS,
)
