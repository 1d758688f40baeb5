"""Swap thrashing: the node moves pages between memory and disk all the time, and tasks wait for them.

What it means: between the two samples pages were swapped in or out, or tasks waited for pages to be read back from
disk (major faults), and the kernel measured memory pressure (PSI). Either alone is harmless: a start-up reads many
pages, an idle process is swapped out once.

Why it hurts: a disk is thousands of times slower than memory. The CPUs look busy, tasks make no progress, the
kubelet misses its heartbeats, and the node becomes NotReady.

What to do: the node needs less in memory, not more CPU. Find what holds the memory (it may be the kernel), move pods
away.

Source: pcp (5 pages/s), node-mixin and awesome-prometheus-alerts (500 and 1,000 major faults/s), nohang (pressure of
40%). That both must hold is our own choice.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from fleetscan.capture.procfs.pressure import Pressure
from fleetscan.capture.procfs.vmstat import Vmstat, rate_per_second
from fleetscan.diagnosis.measures.memory_stall import stalled_ratio
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.diagnosis.thresholds import AtLeast, SharedLimits
from fleetscan.diagnosis.traits import Figure
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window


@immutable
class Limits(SharedLimits):
    """The thresholds of the rule."""

    rule: ClassVar[str] = "swap_thrashing"
    warning_pages_per_second: float = 5.0
    """Pages swapped in and out together, from this rate on (pcp)."""
    warning_faults_per_second: float = 500.0
    """Major faults, above this rate (node-mixin's NodeMemoryMajorPagesFaults)."""
    critical_faults_per_second: Annotated[float, AtLeast("warning_faults_per_second")] = 1_000.0
    """Major faults, above this rate (awesome-prometheus-alerts)."""
    warning_stalled_percent: float = 10.0
    """Memory PSI some over the window, from this share on (nohang's warning)."""
    critical_stalled_percent: Annotated[float, AtLeast("warning_stalled_percent")] = 40.0
    """Memory PSI some over the window, from this share on (nohang's hard limit on PSI)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare the rates between the two samples with the thresholds, and require memory pressure as well."""
    pages, faults = _rates(window)
    is_swapping = pages is not None and pages >= limits.warning_pages_per_second
    if not is_swapping and (faults is None or faults <= limits.warning_faults_per_second):
        return None
    stalled_percent = _stalled_percent(window)
    if stalled_percent < limits.warning_stalled_percent:
        return None
    if (
        faults is not None
        and faults > limits.critical_faults_per_second
        and stalled_percent >= limits.critical_stalled_percent
    ):
        severity, measured, limit, unit = Severity.CRITICAL, faults, limits.critical_faults_per_second, "faults"
    elif pages is not None and is_swapping:
        severity, measured, limit, unit = Severity.WARNING, pages, limits.warning_pages_per_second, "pages"
    else:
        severity, measured, limit, unit = Severity.WARNING, faults or 0.0, limits.warning_faults_per_second, "faults"
    swapped = "swap rate unknown" if pages is None else f"swap in and out {pages:,.0f} pages/s"
    faulted = "" if faults is None else f", {faults:,.0f} major faults/s"
    text = (
        f"{swapped}{faulted} (threshold {limit:,.0f} {unit}/s), and tasks stalled on memory {stalled_percent:.2f}% of "
        "the time (PSI)"
    )
    return Evidence(severity=severity, text=text, measured=measured, limit=limit)


def _rates(window: Window) -> tuple[float | None, float | None]:
    first, last = window.first[Vmstat], window.last[Vmstat]
    swapped_in = rate_per_second(first.swapped_in_pages, last.swapped_in_pages, window.seconds)
    swapped_out = rate_per_second(first.swapped_out_pages, last.swapped_out_pages, window.seconds)
    faults = rate_per_second(first.major_faults_total, last.major_faults_total, window.seconds)
    pages = None if swapped_in is None or swapped_out is None else swapped_in + swapped_out
    if pages is None and faults is None:
        raise AbsentError("the rates of swapping and of major faults are unknown")
    return pages, faults


def _stalled_percent(window: Window) -> float:
    """Return the stalled share of the window in percent, or avg10 if the running totals are unusable."""
    ratio = stalled_ratio(window)
    if ratio is not None:
        return ratio * 100
    pressure = known(window.last[Pressure].memory, "the pressure on memory")
    return known(known(pressure.some, "memory some").avg10_percent, "memory some avg10")


RULE = Rule(
    id="swap_thrashing",
    severity=Severity.CRITICAL,
    title="Swap thrashing",
    remedy=(
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data\n"
        "Moves the pods to other nodes, before the kubelet misses its heartbeats (NotReady).\n"
        "    grep VmSwap /proc/[0-9]*/status | sort -k2 -rn | head\n"
        "Shows, on the node, which processes are swapped out, in kB."
    ),
    limits=DEFAULTS,
    check=check,
    is_failing_now=True,
    columns=(Figure.SWAP_USED,),
)
