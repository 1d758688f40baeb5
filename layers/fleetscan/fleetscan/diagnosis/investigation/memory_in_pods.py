"""Do the pods and processes hold the memory? Lists what Kubernetes sees, and what it does not see."""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.capture.procfs.slices import Slice, Slices
from fleetscan.diagnosis.investigation.hypothesis import Answer, Hypothesis, no, yes
from fleetscan.diagnosis.measures.hugepages import hugepages_bytes
from fleetscan.diagnosis.measures.pod_cpus import POD_SLICES
from fleetscan.diagnosis.measures.pod_memory import in_all
from fleetscan.diagnosis.measures.unreclaimable import SLAB_LIMITS, SlabLimits, unreclaimable_level
from fleetscan.diagnosis.rule import known
from fleetscan.model import Finding, Window
from fleetscan.quantities import percent, size

AVAILABLE_RATIO = 0.20
"""With a fifth of the memory available the node is not short of memory (own choice; the incident's node had 18.7%)."""

HUGEPAGES_RATIO = 0.25
"""A pool this large explains what seems to be missing (elastic/beats 6351: 87% of a host; own choice of the limit)."""


def _examine(window: Window, _findings: Sequence[Finding], limits: SlabLimits) -> Answer:
    meminfo = window.last[Meminfo]
    total_bytes = known(meminfo.total_bytes, "MemTotal")
    rows = ", ".join(f"{name} {size(amount_bytes)}" for name, amount_bytes in _ledger(window, meminfo))
    ledger = f"{rows}{in_all(window)}"
    slab_bytes, pool_bytes = meminfo.slab_unreclaimable_bytes, hugepages_bytes(meminfo)
    if slab_bytes and unreclaimable_level(meminfo, limits) is not None:
        share = percent(slab_bytes / total_bytes)
        return no(f"{ledger}; unreclaimable slab is {share} of {size(total_bytes)}")
    if pool_bytes >= HUGEPAGES_RATIO * total_bytes:
        share = percent(pool_bytes / total_bytes)
        return no(f"huge pages reserve {size(pool_bytes)}, {share} of {size(total_bytes)}; {ledger}")
    known(slab_bytes, "SUnreclaim")
    available_bytes = known(meminfo.available_bytes, "MemAvailable")
    available = f"MemAvailable is {size(available_bytes)} of {size(total_bytes)}"
    if available_bytes >= AVAILABLE_RATIO * total_bytes:
        return no(f"{available}; {ledger}")
    processes_bytes = known(meminfo.anon_bytes, "AnonPages") + (meminfo.shmem_bytes or 0)
    share = percent(processes_bytes / total_bytes)
    if processes_bytes >= total_bytes / 2:
        return yes(f"processes hold {size(processes_bytes)} ({share}), {available}; {ledger}")
    return no(f"processes hold only {size(processes_bytes)} ({share}), but {available}; {ledger}")


def _ledger(window: Window, meminfo: Meminfo) -> list[tuple[str, int]]:
    """Return who holds how much, as far as it is known: memory of processes by cgroup, then caches, slab and free."""
    slices = window.last.get(Slices)
    parts = () if slices is None else slices.slices
    pods = [_own_bytes(part) for part in parts if part.name in POD_SLICES]
    system = [_own_bytes(part) for part in parts if part.name not in POD_SLICES]
    rows: list[tuple[str, int | None]] = [
        ("pods", _sum(pods)),
        ("system services", _sum(system)),
        ("all processes", None if pods else meminfo.anon_bytes),
        ("page cache", meminfo.cached_bytes),
        ("huge pages", hugepages_bytes(meminfo) or None),
        ("unreclaimable slab", meminfo.slab_unreclaimable_bytes),
        ("free", meminfo.free_bytes),
    ]
    return [(name, amount_bytes) for name, amount_bytes in rows if amount_bytes is not None]


def _own_bytes(part: Slice) -> int | None:
    """Return what a cgroup's processes hold themselves; page cache has an entry of its own."""
    return part.memory_bytes if part.anon_bytes is None else part.anon_bytes


def _sum(amounts: Sequence[int | None]) -> int | None:
    known_amounts = [amount for amount in amounts if amount is not None]
    return sum(known_amounts) if known_amounts else None


MEMORY_IN_PODS = Hypothesis(
    id="memory_in_pods",
    question="Do pods and processes hold the memory?",
    examine=_examine,
    limits=SLAB_LIMITS,
    rules=("memory_available_low", "memory_pressure_high", "memory_runway_short", "swap_thrashing", "oom_kill_node"),
)
