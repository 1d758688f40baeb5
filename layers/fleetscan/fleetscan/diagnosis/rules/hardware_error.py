"""The hardware reported an error of memory, processor or PCI Express.

What it means: an uncorrected error lost data: the kernel killed the process that had it, or knows only that it was
there. A corrected one lost none: the hardware repaired it by its check bits.

Why it hurts: memory that has failed once fails again, and the next error may be in the kernel's own data, which ends
the node at once. Many corrected errors often come before an uncorrected one.

What to do: after an uncorrected error drain the node, then stop and start the instance: that moves it to other
hardware; a reboot does not. Look at its status checks and scheduled events. Corrected errors need no action while they
are few.

Source: node-problem-detector's CperHardwareErrorFatal, CperHardwareErrorRecoverable and MemoryReadError;
Documentation/admin-guide/RAS/main.rst; /proc/meminfo's HardwareCorrupted.
"""

from __future__ import annotations

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.measures.kernel_events import in_a_day, lines_in_a_day, recent_events
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.traits import Family
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import size


@immutable
class Limits:
    """The thresholds of the rule."""

    critical_total: int = 1
    """Uncorrected errors in 24 hours (node-problem-detector CperHardwareErrorFatal)."""
    warning_corrected_total: int = 10
    """Corrected errors in 24 hours; fewer are information (mcelog's memory threshold: 10 in 24 hours)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Look for uncorrected errors in the kernel log, for memory that was taken out of use, for corrected errors."""
    try:
        events = recent_events(window, "hardware_error", "hardware_corrected")
    except AbsentError:
        if (lost := _lost_memory(window)) is not None:
            return lost
        raise
    uncorrected = [event for event in events if event.kind == "hardware_error"]
    if uncorrected and (total := lines_in_a_day(window, uncorrected)) >= limits.critical_total:
        return Evidence(
            severity=Severity.CRITICAL,
            text=f"uncorrected: {in_a_day(window, uncorrected)}",
            measured=float(total),
            limit=float(limits.critical_total),
        )
    if (lost := _lost_memory(window)) is not None:
        return lost
    corrected = [event for event in events if event.kind == "hardware_corrected"]
    if not corrected:
        return None
    total = lines_in_a_day(window, corrected)
    return Evidence(
        severity=Severity.WARNING if total >= limits.warning_corrected_total else Severity.INFO,
        text=f"corrected, no data was lost: {in_a_day(window, corrected)}",
        measured=float(total),
        limit=float(limits.warning_corrected_total),
    )


def _lost_memory(window: Window) -> Evidence | None:
    meminfo = window.last.get(Meminfo)
    lost_bytes = None if meminfo is None else meminfo.hardware_corrupted_bytes
    if not lost_bytes:
        return None
    text = f"{size(lost_bytes)} of memory were taken out of use since boot, because they are defective"
    return Evidence(
        severity=Severity.WARNING, text=f"{text} (HardwareCorrupted)", measured=float(lost_bytes), limit=0.0
    )


RULE = Rule(
    id="hardware_error",
    severity=Severity.CRITICAL,
    title="Hardware error (memory, CPU, PCI Express)",
    remedy=(
        "    aws ec2 describe-instance-status --instance-ids INSTANCE_ID\n"
        "Shows the status checks and whether AWS has scheduled an event for the hardware.\n"
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data\n"
        "    aws ec2 terminate-instances --instance-ids INSTANCE_ID\n"
        "Move the pods to other nodes and give the hardware back; its node group starts another instance."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.KERNEL_COMPLAINTS,
)
