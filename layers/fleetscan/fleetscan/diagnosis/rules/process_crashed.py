"""A program crashed: the kernel killed it for an invalid access (segfault) or instruction (trap).

What it means: within the last 24 hours a process touched memory that is not its own, divided by zero or ran an
instruction that the CPU does not have. The line names it and the file that it was in.

Why it hurts: the container restarts. That is its pod's problem, and information here. When many different programs
crash on one node, they have little in common but the node: its memory, its disk or a damaged library.

What to do: of one program, look at its image and version: the file behind "in" is where it crashed; an invalid
instruction is often an image built for other CPUs. Of many programs, drain the node and replace it.

Source: arch/x86/mm/fault.c and arch/x86/kernel/traps.c; eks-node-monitoring-agent (AppCrash).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fleetscan.capture.procfs.kernel_log import KernelEvent
from fleetscan.diagnosis.measures.kernel_events import in_a_day, recent_events
from fleetscan.diagnosis.rule import Rule
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window

_NAME = re.compile(r"(?:traps: )?(.{1,15})\[[0-9]+\]")

_SHOWN = 3


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_total: int = 5
    """Different programs in 24 hours. One that crashes again and again has a bug of its own; the threads of one may
    have several names [inference]."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Count the different programs that crashed in the kernel log's last 24 hours."""
    events = recent_events(window, "process_crashed")
    if not events:
        return None
    names = _names(events)
    total = len(names)
    shown = ", ".join(names[:_SHOWN])
    more = f" and {total - _SHOWN} more" if total > _SHOWN else ""
    return Evidence(
        severity=Severity.WARNING if total >= limits.warning_total else Severity.INFO,
        text=f"crashed: {shown}{more}; {in_a_day(window, events)}",
        measured=float(total),
        limit=float(limits.warning_total),
    )


def _names(events: Sequence[KernelEvent]) -> tuple[str, ...]:
    """Return the programs that crashed, the newest first, each once."""
    found = (_NAME.match(one.text) for one in events)
    return tuple(dict.fromkeys("a process" if one is None else one[1] for one in found))


RULE = Rule(
    id="process_crashed",
    severity=Severity.WARNING,
    title="Programs crashed (segfault or trap)",
    remedy=(
        "    journalctl -k --since -24h --no-pager | grep -E 'segfault at|traps: '\n"
        "Shows, on the node, each crash with the file that it was in.\n"
        "    kubectl get events -A --field-selector involvedObject.kind=Pod | grep -i backoff\n"
        "Shows the pods whose containers restart."
    ),
    limits=DEFAULTS,
    check=check,
)
