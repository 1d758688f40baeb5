"""The clock is not synchronized: chrony has no source, or the clock is far off.

What it means: chrony, the time service of EKS images, says that it is not synchronized and has no source (stratum 0)
ten minutes after the boot or later; or the clock is off by a second or more.

Why it hurts: AWS refuses requests whose time is off by more than 5 minutes, certificates and tokens are not yet or no
longer valid, leases and logs carry wrong times. It begins long after the source was lost.

What to do: see whether the Amazon Time Sync Service (169.254.169.123) answers. A network policy or a firewall rule for
link-local addresses and a chrony.conf without a source are the usual reasons.

Source: chronyc(1), tracking; node-mixin's NodeClockNotSynchronising (10 minutes) and NodeClockSkewDetected (0.05 s, not
converging for 10 minutes; one reading cannot show that, so 0.05 s is information). The kernel's own flag (STA_UNSYNC)
is not asked: on Amazon Linux 2023 it is set on nodes whose chrony is synchronized (eks-node-monitoring-agent issue
198).
"""

from __future__ import annotations

from typing import Annotated

from fleetscan.capture.procfs.clock import Clock
from fleetscan.capture.procfs.uptime import Uptime
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import AtLeast
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import duration


@immutable
class Limits:
    """The thresholds of the rule."""

    settled_seconds: int = 600
    """After the boot chrony has so long to find a source (node-mixin's 10 minutes)."""
    info_offset_seconds: float = 0.05
    """The clock is off, from this on (node-mixin NodeClockSkewDetected)."""
    warning_offset_seconds: Annotated[float, AtLeast("info_offset_seconds")] = 1.0
    """The clock is off, from this on [inference: chrony steps the clock from 1 s on at its start]."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Believe chrony's own word, not before it had time to settle."""
    clock, uptime_seconds = window.last[Clock], window.last[Uptime].uptime_seconds
    if uptime_seconds < limits.settled_seconds:
        return None
    if not clock.is_synchronized and not clock.stratum:
        return Evidence(
            severity=Severity.WARNING,
            text=f"chrony is not synchronized and has no source (stratum 0), {duration(uptime_seconds)} after the boot"
            f"{_off(clock)}",
            measured=uptime_seconds,
            limit=float(limits.settled_seconds),
        )
    offset_seconds = abs(clock.offset_seconds or 0.0)
    if offset_seconds < limits.info_offset_seconds:
        return None
    is_far = offset_seconds >= limits.warning_offset_seconds
    limit = limits.warning_offset_seconds if is_far else limits.info_offset_seconds
    return Evidence(
        severity=Severity.WARNING if is_far else Severity.INFO,
        text=f"the clock is off by {offset_seconds:.3f} s (threshold {limit:g} s) by chrony's reckoning",
        measured=offset_seconds,
        limit=limit,
    )


def _off(clock: Clock) -> str:
    return f"; the clock is off by {abs(clock.offset_seconds):.3f} s" if clock.offset_seconds else ""


RULE = Rule(
    id="clock_unsynchronized",
    severity=Severity.WARNING,
    title="Clock not synchronized (chrony)",
    remedy=(
        "    chronyc sources -v\n"
        "    chronyc tracking\n"
        "Show, on the node, which time sources answer and how far the clock is off.\n"
        "    systemctl restart chronyd\n"
        "Asks the sources again and steps the clock, if it is far off."
    ),
    limits=DEFAULTS,
    check=check,
)
