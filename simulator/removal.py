"""A fleet after its root cause was deleted."""

from __future__ import annotations

from dataclasses import replace

from simulator.fleet import After, Cache, Cpu, CreditFigures, Fleet, FleetNode, PerSecond, Pressure
from simulator.tree.slab import LAYOUTS

MIB = 1024 * 1024
ORDINARY = {
    "skbuff_head_cache": Cache(active=2_304, total=2_432),
    "kmalloc-1k": Cache(active=2_912, total=3_008),
    "kmalloc-2k": Cache(active=1_180, total=1_216),
}
"""Objects on a healthy busy node; published hosts show 2,000 to 9,000 socket buffer heads."""
_EARNED_CREDITS = 6.0
"""In a quarter of an hour by a t3a.medium, which earns 24 an hour."""
_IDLE_PERCENT = 8.0
_LOAD_SETTLED = 2.0
"""A load below this for each CPU has no backlog that would drain."""


def without(fleet: Fleet, root_cause: str) -> Fleet:
    """Delete a workload everywhere; the memory of its sockets becomes free and memory pressure ends."""
    if root_cause not in fleet.workloads:
        raise KeyError(root_cause)
    return replace(
        fleet,
        workloads={name: workload for name, workload in fleet.workloads.items() if name != root_cause},
        nodes=tuple(_relieved(node, root_cause, fleet.workloads[root_cause].memory_mib) for node in fleet.nodes),
    )


def _relieved(node: FleetNode, root_cause: str, memory_mib: int) -> FleetNode:
    node = replace(node, workloads=tuple(name for name in node.workloads if name != root_cause))
    if not any(held.workload == root_cause for held in node.held):
        return node
    after = node.after or _subtracted(node, memory_mib)
    was_stalled = node.pressure.memory_some[0] > 0
    memory = node.memory
    anon_mib = max(memory.anon_mib - memory_mib, 0)
    freed_mib = memory.free_mib + memory.anon_mib + memory.unreclaimable_mib
    cached_mib = memory.cached_mib + max(freed_mib - after.free_mib - anon_mib - after.unreclaimable_mib, 0)
    return replace(
        node,
        memory=replace(
            memory,
            free_mib=after.free_mib,
            available_mib=after.available_mib,
            unreclaimable_mib=after.unreclaimable_mib,
            anon_mib=anon_mib,
            cached_mib=cached_mib,
            committed_mib=memory.committed_mib - memory_mib * 4,
        ),
        load=after.load,
        caches={name: ORDINARY[name] for name in node.caches},
        held=tuple(held for held in node.held if held.workload != root_cause),
        cpu=Cpu() if was_stalled else node.cpu,
        per_second=PerSecond() if was_stalled else node.per_second,
        pressure=Pressure() if was_stalled else node.pressure,
        credits=_paid_back(node.credits) if was_stalled and node.credits else node.credits,
        after=None,
    )


def _paid_back(credits: CreditFigures) -> CreditFigures:  # noqa: A002  # AWS's word for it
    """Return the credits a quarter of an hour later: the CPU is idle, and what it earns pays the surplus back."""
    return replace(
        credits,
        surplus_balance=max(credits.surplus_balance - _EARNED_CREDITS, 0.0),
        surplus_charged=0.0,
        cpu_percent=min(credits.cpu_percent, _IDLE_PERCENT),
    )


def _subtracted(node: FleetNode, memory_mib: int) -> After:
    """Derive a node's figures where none were published: the leaked objects' bytes come back."""
    leaked_bytes = sum(
        max(cache.total - ORDINARY[name].total, 0) * LAYOUTS[name].object_bytes for name, cache in node.caches.items()
    )
    leaked_mib = min(leaked_bytes // MIB, node.memory.unreclaimable_mib)
    load = node.load if node.load[0] < _LOAD_SETTLED * node.cpus else (0.4, node.load[1], node.load[2])
    return After(
        free_mib=node.memory.free_mib + leaked_mib + memory_mib,
        available_mib=node.memory.available_mib + leaked_mib + memory_mib,
        unreclaimable_mib=node.memory.unreclaimable_mib - leaked_mib,
        load=load,
    )
