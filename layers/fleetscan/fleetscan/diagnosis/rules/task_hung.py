"""Hung task: a task was blocked in the kernel for minutes.

What it means: a task waited more than two minutes in the kernel (state D), for a disk, a network file system or a
lock, and could not even be killed.

Why it hurts: whatever that task serves stands still, its pod cannot be stopped, and other tasks wait for the lock it
holds. It is often the first sign of a volume that does not respond.

What to do: the kernel log shows the stack of the task; the functions at its top show whether it waits for EBS,
NFS/EFS or memory.

Source: Documentation/admin-guide/sysctl/kernel.rst, hung_task_timeout_secs (120); node-problem-detector's TaskHung.
"""

from __future__ import annotations

from fleetscan.diagnosis.measures.kernel_events import warning_of_a_day
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.traits import KERNEL_LOG, Family
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_total: int = 1
    """Lines in 24 hours: one is enough, because the kernel waits two minutes before it logs one
    (node-problem-detector TaskHung)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Look for hung tasks in the kernel log's last 24 hours."""
    return warning_of_a_day(window, limits.warning_total, "task_hung")


RULE = Rule(
    id="task_hung",
    severity=Severity.WARNING,
    title="Hung task: blocked in the kernel (state D)",
    remedy=(
        "    journalctl -k --since -24h | grep -A 25 'blocked for more than'\n"
        "Shows, on the node, the stack of the task: whether it waits for EBS, NFS/EFS or memory."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.KERNEL_COMPLAINTS,
    required=(KERNEL_LOG,),
)
