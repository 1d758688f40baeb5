"""Kernel memory is not accounted for in any field of /proc/meminfo.

What it means: the sum of free memory, page cache, the programs' own memory, slab, stacks, page tables, huge pages
and the ZFS ARC is less than MemTotal. The kernel took the rest page by page: vmalloc (BPF programs, kernel modules),
buffers of drivers, fragments of network packets.

Why it hurts: nothing shows this memory, neither pod metrics nor slabinfo, and it can grow like any leak.

What to do: if most of it is vmalloc, find what allocated it; BPF programs of security agents and seccomp filters are
known for it. If it is not, a driver is the likely cause: compare with a node that does not use it, and update the AMI.

Source: the constants of drgn-tools' memstate (10%); the 25% is our own figure, and critical only if little memory is
left, memory runs out or tasks wait for it. The kernel's documentation warns that
its counters need not add up, and VmallocUsed contains the kernel stacks, so the finding gives a range. Huge pages
and ZFS leave the same gap and are subtracted. Known cases: amazon-eks-ami 1179 and 1219 (BPF JIT).
"""

from __future__ import annotations

from typing import Annotated

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.measures.danger import DANGER_LIMITS, DangerLimits, reached
from fleetscan.diagnosis.measures.memory_accounts import explained_bytes, sum_problem, vmalloc_bytes
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.diagnosis.thresholds import AtLeast
from fleetscan.diagnosis.traits import Family
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import percent, size


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_ratio: float = 0.10
    """Share of MemTotal (drgn-tools, memstate)."""
    critical_ratio: Annotated[float, AtLeast("warning_ratio")] = 0.25
    """Share of MemTotal that is critical with a present danger [inference]."""
    danger: DangerLimits = DANGER_LIMITS


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare the memory that no counter explains with MemTotal."""
    meminfo = window.last[Meminfo]
    all_bytes = known(meminfo.total_bytes, "MemTotal")
    missing_bytes = all_bytes - explained_bytes(meminfo, window)
    if problem := sum_problem(meminfo, window):
        raise AbsentError(problem)
    ratio = missing_bytes / all_bytes
    crossed = reached(
        ratio,
        warning_ratio=limits.warning_ratio,
        critical_ratio=limits.critical_ratio,
        window=window,
        limits=limits.danger,
    )
    if crossed is None:
        return None
    missing = f"{size(missing_bytes)} of {size(all_bytes)} ({percent(ratio)}, threshold {percent(crossed.limit)})"
    text = f"{missing} is in no field of /proc/meminfo; {_vmalloc(meminfo, missing_bytes)}{crossed.danger}"
    return Evidence(severity=crossed.severity, text=text, measured=ratio, limit=crossed.limit)


def _vmalloc(meminfo: Meminfo, missing_bytes: int) -> str:
    """Return how much of it may be vmalloc: a range, because its counter may or may not contain the kernel stacks."""
    if not meminfo.vmalloc_used_bytes:
        return "how much of it is vmalloc is unknown"
    least_bytes, most_bytes = vmalloc_bytes(meminfo, missing_bytes)
    amount = size(most_bytes)
    if size(least_bytes) != amount:
        amount = f"{size(least_bytes)} to {amount}"
    return f"vmalloc (BPF programs, kernel modules) is {amount} of it"


RULE = Rule(
    id="memory_unaccounted",
    severity=Severity.CRITICAL,
    title="Kernel memory not accounted for in /proc/meminfo",
    remedy=(
        "    awk '{ b[$3] += $2 } END { for (who in b) print b[who], who }' /proc/vmallocinfo | sort -rn | head\n"
        "    sysctl net.core.bpf_jit_limit\n"
        "Show, on the node, which kernel functions allocated vmalloc memory, and how much BPF code may take.\n"
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data\n"
        "Moves the pods to other nodes, if it is not vmalloc: a driver holds the pages. Then replace the node with a "
        "newer "
        "AMI."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.KERNEL_MEMORY,
)
