"""Slab caches of a node: /proc/slabinfo 2.1 and /sys/kernel/slab/*/reclaim_account.

    # name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables ...
    skbuff_head_cache 1657980 1695744    256   16    1 : tunables    0    0    0 : slabdata 105984 105984      0

Object sizes and slab layouts are those of a 6.1 kernel on x86_64. The caches that a node does not name share what is
left of SReclaimable and SUnreclaim, so that the pages of all slabs sum up to a little less than meminfo's Slab.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simulator.fleet import Cache, FleetNode

MIB = 1024 * 1024
PAGE_BYTES = 4096
COVERED = 0.975
"""Share of meminfo's Slab that slabinfo explains; coherent hosts show 0.91 to 1.00."""
IN_USE = 0.955
"""Share of the allocated objects of an ordinary cache that are in use."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How one cache is built, and its share of what the named caches leave."""

    object_bytes: int
    objects_per_slab: int
    pages_per_slab: int
    weight: float
    is_reclaimable: bool = False


LAYOUTS: Mapping[str, Layout] = {
    "nf_conntrack": Layout(256, 16, 1, 0.9),
    "nf_conntrack_expect": Layout(208, 19, 1, 0.05),
    "xfs_ili": Layout(192, 21, 1, 1.1),
    "xfs_inode": Layout(1024, 32, 8, 28, is_reclaimable=True),
    "xfs_buf": Layout(384, 21, 2, 2, is_reclaimable=True),
    "fuse_inode": Layout(832, 19, 4, 0.2, is_reclaimable=True),
    "ovl_inode": Layout(688, 23, 4, 9, is_reclaimable=True),
    "mqueue_inode_cache": Layout(960, 17, 4, 0.1),
    "UNIX": Layout(1088, 30, 8, 1.6),
    "tcp_bind_bucket": Layout(128, 32, 1, 0.1),
    "inet_peer_cache": Layout(192, 21, 1, 0.1),
    "RAW": Layout(1024, 32, 8, 0.3),
    "UDP": Layout(1280, 25, 8, 0.4),
    "tw_sock_TCP": Layout(248, 16, 1, 0.2),
    "request_sock_TCP": Layout(304, 26, 2, 0.1),
    "TCP": Layout(2432, 13, 8, 1.2),
    "bio-256": Layout(256, 16, 1, 0.4),
    "biovec-max": Layout(4096, 8, 8, 0.6),
    "skbuff_fclone_cache": Layout(512, 16, 2, 0.4),
    "skbuff_head_cache": Layout(256, 16, 1, 1.2),
    "sock_inode_cache": Layout(832, 19, 4, 2, is_reclaimable=True),
    "shmem_inode_cache": Layout(760, 21, 4, 2.0),
    "proc_inode_cache": Layout(704, 23, 4, 12, is_reclaimable=True),
    "kernfs_node_cache": Layout(128, 32, 1, 9.5),
    "inode_cache": Layout(632, 25, 4, 14, is_reclaimable=True),
    "dentry": Layout(192, 21, 1, 26, is_reclaimable=True),
    "names_cache": Layout(4096, 8, 8, 1.0),
    "filp": Layout(256, 16, 1, 3.2),
    "radix_tree_node": Layout(584, 28, 4, 16, is_reclaimable=True),
    "buffer_head": Layout(104, 39, 1, 1, is_reclaimable=True),
    "vm_area_struct": Layout(200, 20, 1, 6.5),
    "mm_struct": Layout(1408, 23, 8, 1.2),
    "files_cache": Layout(704, 23, 4, 0.6),
    "signal_cache": Layout(1152, 28, 8, 1.8),
    "sighand_cache": Layout(2112, 15, 8, 1.9),
    "task_struct": Layout(7296, 4, 8, 8.5),
    "cred_jar": Layout(192, 21, 1, 1.0),
    "anon_vma_chain": Layout(64, 64, 1, 1.5),
    "anon_vma": Layout(104, 39, 1, 2.0),
    "pid": Layout(128, 32, 1, 0.4),
    "Acpi-Operand": Layout(72, 56, 1, 0.3),
    "trace_event_file": Layout(96, 42, 1, 0.4),
    "ftrace_event_field": Layout(56, 73, 1, 0.4),
    "kmalloc-rcl-96": Layout(96, 42, 1, 1, is_reclaimable=True),
    "kmalloc-rcl-64": Layout(64, 64, 1, 2, is_reclaimable=True),
    "kmalloc-cg-4k": Layout(4096, 8, 8, 1.7),
    "kmalloc-cg-2k": Layout(2048, 16, 8, 1.4),
    "kmalloc-cg-1k": Layout(1024, 16, 4, 1.6),
    "kmalloc-cg-512": Layout(512, 16, 2, 1.0),
    "kmalloc-cg-192": Layout(192, 21, 1, 0.6),
    "kmalloc-8k": Layout(8192, 4, 8, 3.5),
    "kmalloc-4k": Layout(4096, 8, 8, 6.0),
    "kmalloc-2k": Layout(2048, 16, 8, 6.0),
    "kmalloc-1k": Layout(1024, 16, 4, 5.0),
    "kmalloc-512": Layout(512, 16, 2, 7.0),
    "kmalloc-256": Layout(256, 16, 1, 2.0),
    "kmalloc-192": Layout(192, 21, 1, 1.9),
    "kmalloc-128": Layout(128, 32, 1, 1.2),
    "kmalloc-96": Layout(96, 42, 1, 1.3),
    "kmalloc-64": Layout(64, 64, 1, 3.6),
    "kmalloc-32": Layout(32, 128, 1, 1.3),
    "kmalloc-16": Layout(16, 256, 1, 0.8),
    "kmalloc-8": Layout(8, 512, 1, 0.4),
    "kmem_cache_node": Layout(64, 64, 1, 0.1),
    "kmem_cache": Layout(256, 16, 1, 0.2),
}


def slabinfo(node: FleetNode) -> str:
    """Return /proc/slabinfo of a node."""
    counts = {name: _aligned(cache, LAYOUTS[name]) for name, cache in node.caches.items()}
    for is_reclaimable, mib in ((True, node.memory.reclaimable_mib), (False, node.memory.unreclaimable_mib)):
        counts |= _ordinary(node, mib * MIB, is_reclaimable=is_reclaimable)
    header = (
        "slabinfo - version: 2.1\n# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> "
        ": tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n"
    )
    return header + "".join(_line(name, layout, counts[name]) for name, layout in LAYOUTS.items())


def reclaim_accounts() -> dict[str, str]:
    """Return cache name -> the text of its reclaim_account file."""
    return {name: f"{layout.is_reclaimable:d}\n" for name, layout in LAYOUTS.items()}


def _ordinary(node: FleetNode, wanted_bytes: int, *, is_reclaimable: bool) -> dict[str, Cache]:
    """Share what the named caches leave of these bytes among the other caches of the kind."""
    kind = {name: layout for name, layout in LAYOUTS.items() if layout.is_reclaimable is is_reclaimable}
    named_bytes = sum(
        _pages_bytes(_aligned(node.caches[name], kind[name]), kind[name]) for name in node.caches if name in kind
    )
    rest_bytes = max(wanted_bytes * COVERED - named_bytes, 0)
    others = {name: layout for name, layout in kind.items() if name not in node.caches}
    weights = sum(layout.weight for layout in others.values())
    counts = {}
    for name, layout in others.items():
        slabs = max(round(rest_bytes * layout.weight / weights / (layout.pages_per_slab * PAGE_BYTES)), 1)
        total = slabs * layout.objects_per_slab
        counts[name] = Cache(active=round(total * IN_USE), total=total)
    return counts


def _aligned(cache: Cache, layout: Layout) -> Cache:
    """Round allocated objects up to whole slabs, as the kernel allocates them."""
    slabs = -(-cache.total // layout.objects_per_slab)
    return Cache(active=cache.active, total=slabs * layout.objects_per_slab)


def _pages_bytes(cache: Cache, layout: Layout) -> int:
    return cache.total // layout.objects_per_slab * layout.pages_per_slab * PAGE_BYTES


def _line(name: str, layout: Layout, cache: Cache) -> str:
    slabs = cache.total // layout.objects_per_slab
    return (
        f"{name:<17} {cache.active:6d} {cache.total:6d} {layout.object_bytes:6d} {layout.objects_per_slab:4d}"
        f" {layout.pages_per_slab:4d} : tunables    0    0    0 : slabdata {slabs:6d} {slabs:6d}      0\n"
    )
