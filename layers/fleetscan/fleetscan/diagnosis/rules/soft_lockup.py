"""A CPU was stuck inside the kernel.

What it means: for more than 20 seconds a CPU ran kernel code without letting anything else run.

Why it hurts: all that was waiting for this CPU stood still, heartbeats included. On a virtual machine it can also
mean that the host did not run the CPU at all, so read it together with the stolen time.

What to do: the kernel log shows what the CPU ran. Once may be the host; again and again is a bug of the kernel or
of a driver, and a newer AMI is the way out.

Source: Documentation/admin-guide/lockup-watchdogs.rst (twice watchdog_thresh, 20 seconds).
"""

from __future__ import annotations

from fleetscan.diagnosis.measures.kernel_events import in_a_day, recent_events
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.traits import Family
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window


@immutable
class Limits:
    """From where on it fires."""

    warning_total: int = 1
    """Lockups in 24 hours: the first one counts, for the watchdog itself waited 20 seconds before it wrote it (lockup-
    watchdogs.rst)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Look for soft lockups in the kernel log's last 24 hours."""
    events = recent_events(window, "soft_lockup")
    if len(events) < limits.warning_total:
        return None
    return Evidence(
        severity=Severity.WARNING,
        text=in_a_day(events),
        measured=float(len(events)),
        limit=float(limits.warning_total),
    )


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
)
