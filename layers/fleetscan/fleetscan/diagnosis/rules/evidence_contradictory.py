"""The node reported numbers that cannot be.

What it means: a part is larger than its whole, such as MemAvailable above MemTotal. The number was refused: rules that
need it were skipped, and an impossible MemAvailable is replaced by what is free or can be reclaimed, so that a shortage
of memory is still seen.

Why it hurts: dashboards and autoscalers believe such numbers, and a node that is out of memory looks as if it had more
than enough. It may also be a node that sends wrong data on purpose.

What to do: compare the number with the file on the node. A counter of the kernel that leaks is mended by a reboot, and
by a kernel that has the fix.

Source: oracle-linux issue 218 (MemAvailable 15 times MemTotal, confirmed), systemd issue 25271 (a cgroup of 1.8 TB).
Information only.
"""

from __future__ import annotations

from fleetscan.diagnosis.measures.contradictions import Contradiction, Contradictions, believed
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.model import Evidence, Severity, Window

CONTRADICTIONS_LIMIT = 1
"""One is enough."""

SHOWN = 3
"""So many are quoted in the finding."""


def check(window: Window, _limits: NoLimits = NO_LIMITS) -> Evidence | None:
    """Report the numbers that were refused, or those of a window that was not looked through yet."""
    known = window.last.get(Contradictions) or believed(window).last[Contradictions]
    if len(known.found) < CONTRADICTIONS_LIMIT:
        return None
    text = "; ".join(_words(one) for one in known.found[:SHOWN])
    more = f"; and {len(known.found) - SHOWN} more" if len(known.found) > SHOWN else ""
    return Evidence(
        severity=Severity.INFO,
        text=f"{text}{more}",
        measured=float(len(known.found)),
        limit=float(CONTRADICTIONS_LIMIT),
    )


def _words(one: Contradiction) -> str:
    return f"{one.words}: {f'{one.instead} are used instead' if one.instead else 'not believed'}"


RULE = Rule(
    id="evidence_contradictory",
    severity=Severity.INFO,
    title="Contradictory evidence: the node reports numbers that cannot be",
    remedy=(
        "    head -5 /proc/meminfo\n"
        "    uname -r\n"
        "Show, on the node, whether the kernel itself says so, and which one it is. If it does, replace the node with "
        "a newer AMI; a reboot resets the counter until then."
    ),
    limits=NO_LIMITS,
    check=check,
    is_about_coverage=True,
)
