"""Soft lockup: a CPU was stuck in the kernel.

What it means: for more than 20 seconds a CPU ran kernel code without letting any other task run.

Why it hurts: everything that waited for this CPU stood still, heartbeats included. On a virtual machine it can also
mean that the host did not run the CPU at all, so compare it with CPU steal.

What to do: the kernel log shows what the CPU ran. Once may be the host; repeated lockups are a bug of the kernel or
of a driver, which a newer AMI may fix.

Source: Documentation/admin-guide/lockup-watchdogs.rst (twice watchdog_thresh, 20 seconds).
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
    """Lockups in 24 hours: one is enough, because the watchdog waits 20 seconds before it logs one
    (lockup-watchdogs.rst)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Look for soft lockups in the kernel log's last 24 hours."""
    return warning_of_a_day(window, limits.warning_total, "soft_lockup")


RULE = Rule(
    id="soft_lockup",
    severity=Severity.WARNING,
    title="Soft lockup: a CPU was stuck in the kernel",
    remedy=(
        "    journalctl -k --since -24h | grep -A 25 'soft lockup'\n"
        "Shows, on the node, what the CPU ran. If it happens again, replace the node with a newer AMI."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.KERNEL_COMPLAINTS,
    required=(KERNEL_LOG,),
)
