"""A CPU stood still in the kernel: an RCU stall, a hard lockup, or a work queue that does not get on.

What it means: the kernel waits for every CPU to pass a quiet moment (RCU). For more than 21 seconds one did not, or it
took no interrupts for 10 seconds (a hard lockup), or work that was queued on it was not begun for 30 seconds.

Why it hurts: what waits for this CPU stands still: memory is not freed, network devices are not removed, processes
cannot be stopped. It often ends in a node that does not answer. On a virtual machine it can also mean that the host did
not run the CPU at all, so compare it with CPU steal.

What to do: the kernel log shows what the CPU ran. Once may be the host; repeated stalls are a bug of the kernel or of a
driver, which a newer AMI may fix. If the node does not recover, replace it.

Source: Documentation/RCU/stallwarn.rst (21 seconds); Documentation/admin-guide/lockup-watchdogs.rst (10 seconds);
kernel/workqueue.c (watchdog_thresh, 30 seconds).
"""

from __future__ import annotations

from fleetscan.diagnosis.measures.kernel_events import warning_of_a_day
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.traits import Family
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_total: int = 1
    """Lines in 24 hours: one is enough, because the kernel waits 10 seconds and more before it logs one
    (stallwarn.rst, lockup-watchdogs.rst)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Look for stalls and hard lockups in the kernel log's last 24 hours."""
    return warning_of_a_day(window, limits.warning_total, "cpu_stalled")


RULE = Rule(
    id="cpu_stalled",
    severity=Severity.WARNING,
    title="CPU stalled in the kernel (RCU stall, hard lockup)",
    remedy=(
        "    journalctl -k --since -24h | grep -A 25 -E 'rcu.*stall|hard LOCKUP|workqueue lockup'\n"
        "Shows, on the node, what the CPU ran. If it happens again, replace the node with a newer AMI."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.KERNEL_COMPLAINTS,
)
