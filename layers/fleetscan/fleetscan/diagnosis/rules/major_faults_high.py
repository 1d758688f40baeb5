"""Many major page faults: tasks read pages of memory back from disk all the time.

What it means: between the two samples pages that were not in memory had to be read from disk (pgmajfault) at a high
rate. With memory pressure that is thrashing, which swap_thrashing reports; here memory is not short.

Why it hurts: each fault stops a task for a disk access. It is normal where large files are mapped and read for the
first time (databases, search indexes, a node that starts), so it is information, and a warning only where tasks stall
on the disk too.

What to do: find the process. Give a database that reads its files back all the time more memory, or move what fills the
page cache.

Source: node-mixin's NodeMemoryMajorPagesFaults (500 faults/s for 15 minutes; one pair of samples cannot show that, so
pressure stands for it).
"""

from __future__ import annotations

from fleetscan.capture.procfs.vmstat import Vmstat, rate_per_second
from fleetscan.diagnosis.measures.stalls import stalled_percent
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window


@immutable
class Limits:
    """The thresholds of the rule."""

    faults_per_second: float = 500.0
    """Major faults, above this rate (node-mixin NodeMemoryMajorPagesFaults)."""
    warning_stalled_percent: float = 10.0
    """avg10 and avg60 of io PSI some, both from this on: a warning (the warning of memory_pressure_high)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare the rate between the samples with the threshold."""
    first, last = window.first[Vmstat].major_faults_total, window.last[Vmstat].major_faults_total
    faults = known(rate_per_second(first, last, window.seconds), "the rate of major faults")
    if faults <= limits.faults_per_second:
        return None
    stalled = _stalled_percent(window)
    is_stalling = stalled is not None and stalled >= limits.warning_stalled_percent
    stalls = "" if stalled is None else f"; io PSI some {stalled:.2f}%"
    return Evidence(
        severity=Severity.WARNING if is_stalling else Severity.INFO,
        text=f"{faults:,.0f} major faults/s (threshold {limits.faults_per_second:,.0f}/s): tasks wait for pages to be "
        f"read from disk{stalls}",
        measured=faults,
        limit=limits.faults_per_second,
    )


def _stalled_percent(window: Window) -> float | None:
    """Return the lower average of io PSI some; None where there is none."""
    try:
        averages = [stalled_percent(window, of_seconds=seconds).get("io") for seconds in (10, 60)]
    except AbsentError:
        return None
    return min((one for one in averages if one is not None), default=None)


RULE = Rule(
    id="major_faults_high",
    severity=Severity.WARNING,
    title="Many major page faults (pgmajfault)",
    remedy=(
        "    ps -eo maj_flt,pid,comm --sort=-maj_flt | head\n"
        "Run it twice, some seconds apart, on the node: shows which process's faults grow. Give that one more memory."
    ),
    limits=DEFAULTS,
    check=check,
)
