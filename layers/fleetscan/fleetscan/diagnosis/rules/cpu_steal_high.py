"""High CPU steal: the hypervisor did not run the node's CPUs although they had work.

What it means: steal in /proc/stat is the time in which a virtual CPU had work and the host gave the core to another
instance, or to none because this instance is throttled.

Why it hurts: everything on the node is slower than it should be, and the reason is outside the node. High load with
high steal and free memory means too little CPU, not too little memory.

What to do: on a burstable instance in standard mode check the credit balance. With credits left, or in unlimited
mode, stop and start the instance to move it to another host, or choose a type that does not share its cores.

Source: the limits are our own; 54% was measured on an m3.medium (coreos/bugs issue 73). Where the counter ran
backwards (prometheus/node_exporter issue 742) the rule is skipped.
"""

from __future__ import annotations

from typing import Annotated

from fleetscan.capture.procfs.host import Host
from fleetscan.capture.procfs.loadavg import Loadavg
from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.measures.cpu_time import cpu_time
from fleetscan.diagnosis.measures.throttling import Throttling, throttling
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import AtLeast
from fleetscan.diagnosis.traits import Balances
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Cause, CreditMode, Credits, Evidence, Severity, Window
from fleetscan.quantities import percent

CREDITS_LEFT_RATIO = 0.10
"""Above this share of the largest balance, credits are not the reason, even if the datapoint is ten minutes old."""

FREE_MEMORY_RATIO = 0.20
"""With this share of memory available the node is not short of memory, whatever its load (own choice)."""


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_ratio: float = 0.10
    """Of the CPU time: from a tenth on, requests become noticeably slower [inference]."""
    critical_ratio: Annotated[float, AtLeast("warning_ratio")] = 0.30
    """Of the CPU time: the node has lost a third of its CPUs [inference]."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare the steal share of the CPU time between the two samples with the thresholds."""
    ratio = cpu_time(window).steal_ratio
    if ratio < limits.warning_ratio:
        return None
    severity, limit = (
        (Severity.CRITICAL, limits.critical_ratio)
        if ratio >= limits.critical_ratio
        else (Severity.WARNING, limits.warning_ratio)
    )
    cause, reason = _cause(window)
    text = f"CPU steal is {percent(ratio)} (threshold {percent(limit)}){_starved(window)}; {reason}"
    return Evidence(severity=severity, text=text, measured=ratio, limit=limit, cause=cause)


def _cause(window: Window) -> tuple[Cause, str]:
    """Return who takes the time. Nobody is named unless the credits were read and leave one answer."""
    burstable = window.last.get(Credits)
    if burstable is None:
        return Cause.UNATTRIBUTED, "the reason is unknown"
    try:
        held_back = throttling(burstable)
    except AbsentError as absent:
        return Cause.UNATTRIBUTED, f"the reason is unknown: {absent}"
    if held_back is not Throttling.NONE:
        return Cause.CPU_CREDITS, "the instance is in standard mode and its CPU credits are exhausted"
    if burstable.mode is CreditMode.UNLIMITED:
        return (
            Cause.NOISY_NEIGHBOUR,
            "unlimited mode is never throttled, so other instances on the host use it (noisy neighbour)",
        )
    balance, maximum = burstable.balance, burstable.maximum_balance
    if balance is not None and maximum is not None and balance > CREDITS_LEFT_RATIO * maximum:
        return Cause.NOISY_NEIGHBOUR, f"{balance:.0f} CPU credits are left, so other instances on the host use it"
    return Cause.UNATTRIBUTED, "the CPU credits are nearly exhausted, which may be the reason"


def _starved(window: Window) -> str:
    load, host, meminfo = window.last.get(Loadavg), window.last.get(Host), window.last.get(Meminfo)
    if load is None or host is None or meminfo is None or not host.cpus or load.load1 <= host.cpus:
        return ""
    if not meminfo.total_bytes or meminfo.available_bytes is None:
        return ""
    free_ratio = meminfo.available_bytes / meminfo.total_bytes
    if free_ratio < FREE_MEMORY_RATIO:
        return ""
    return (
        f": the node is short of CPU, not of memory (load average {load.load1:.2f}, "
        f"{percent(free_ratio)} of the memory available)"
    )


RULE = Rule(
    id="cpu_steal_high",
    severity=Severity.CRITICAL,
    title="High CPU steal",
    remedy=(
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data\n"
        "Moves the pods to other nodes. Then replace the node: a new instance starts on another host.\n"
        "    aws ec2 modify-instance-credit-specification --instance-credit-specifications "
        "InstanceId=INSTANCE_ID,CpuCredits=unlimited\n"
        "Ends the throttling instead, where the CPU credits are exhausted; CPU above the baseline is then charged."
    ),
    limits=DEFAULTS,
    check=check,
    balances=Balances.EXPLAIN,
)
