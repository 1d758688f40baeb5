"""Do the pods and processes hold the memory? Lists what Kubernetes sees, and what it does not see."""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.investigation.hypothesis import Answer, Hypothesis, no, yes
from fleetscan.diagnosis.measures.hugepages import hugepages_bytes
from fleetscan.diagnosis.measures.ledger import accounts
from fleetscan.diagnosis.measures.pod_memory import in_all
from fleetscan.diagnosis.measures.unreclaimable import SLAB_LIMITS, SlabLimits, unreclaimable_level
from fleetscan.diagnosis.rule import known
from fleetscan.diagnosis.rules import (
    memory_available_low,
    memory_pressure_high,
    memory_runway_short,
    oom_kill_node,
    swap_thrashing,
)
from fleetscan.model import Finding, Window
from fleetscan.model.ledger import PLACE_WORDS, Place
from fleetscan.quantities import percent, size

AVAILABLE_RATIO = 0.20
"""With a fifth of the memory available the node is not short of memory (own choice; the incident's node had 18.7%)."""

HUGEPAGES_RATIO = 0.25
"""A pool this large explains what seems to be missing (elastic/beats 6351: 87% of a host; own choice of the limit)."""


def _examine(window: Window, _findings: Sequence[Finding], limits: SlabLimits) -> Answer:
    meminfo = window.last[Meminfo]
    total_bytes = known(meminfo.total_bytes, "MemTotal")
    ledger = f"{_held(window)}{in_all(window)}"
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


def _held(window: Window) -> str:
    """Return what holds how much by the node's ledger, its slab caches together."""
    held_bytes: dict[Place, int] = {}
    for entry in accounts(window):
        held_bytes[entry.place] = held_bytes.get(entry.place, 0) + entry.held_bytes
    return ", ".join(f"{PLACE_WORDS[place]} {size(amount_bytes)}" for place, amount_bytes in held_bytes.items())


MEMORY_IN_PODS = Hypothesis(
    id="memory_in_pods",
    question="Do pods and processes hold the memory?",
    examine=_examine,
    limits=SLAB_LIMITS,
    rules=(
        memory_available_low.RULE.id,
        memory_pressure_high.RULE.id,
        memory_runway_short.RULE.id,
        swap_thrashing.RULE.id,
        oom_kill_node.RULE.id,
    ),
)
