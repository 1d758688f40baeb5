"""What the growth of a slab cache usually means, with source and confidence.

Most names say little: a general size class may hold anything. A cause is given only if a published case proves it; for
the others the words help to search further, and the cause stays ``unattributed``.
"""

from __future__ import annotations

import re
from functools import lru_cache

from fleetscan.capture.procfs.slabinfo import NAMES_KEPT, Cache, size_class_bytes
from fleetscan.immutable import immutable
from fleetscan.model import Cause


@immutable(kw_only=False)
class Signature:
    """What the growth of a cache meant in published cases."""

    cause: Cause
    """``UNATTRIBUTED`` if the published cases disagree or are unproven."""
    words: str
    """Completes the sentence "a growing NAME usually means ..."."""
    confidence: str
    """``high``: reproduced or fixed in public; ``medium``: several reports; ``low``: one report."""
    source: str


_HOLDS_FILES = Signature(
    Cause.PROCESS_HOLDS_FILES,
    "open files or sockets that a process does not close",
    "medium",
    "awslabs/amazon-eks-ami 1078, docker/docker-py 3251, kubernetes 62334",
)
_DEAD_CGROUPS = Signature(
    Cause.CONTAINER_CHURN,
    "caches kept for memory cgroups of deleted containers (kernels before 5.9)",
    "medium",
    "moby 37722, kubernetes 61937 and 64137",
)
_SOCKET_BUFFERS = Signature(
    Cause.UNATTRIBUTED,
    "socket buffers that no process reads; the receive queues of the sockets show whose they are",
    "high",
    "ntop/PF_RING 516 and 1003, openwrt 3507",
)
_TASKS = Signature(
    Cause.UNATTRIBUTED,
    "threads or zombies that accumulate",
    "medium",
    "kubernetes 81042, k3s 5675",
)

SIGNATURES: dict[str, Signature] = {
    "kernfs_node_cache": Signature(
        Cause.CONTAINER_CHURN,
        "containers or services that start and stop all the time and leave cgroups behind",
        "high",
        "coreos/bugs 1927",
    ),
    "kmem_cache": _DEAD_CGROUPS,
    "kmem_cache_node": _DEAD_CGROUPS,
    "ebitmap_node": Signature(
        Cause.SECURITY_MODULE, "SELinux contexts that are never freed", "medium", "coreos/bugs 2637"
    ),
    "filp": _HOLDS_FILES,
    "sock_inode_cache": _HOLDS_FILES,
    "TCP": _HOLDS_FILES,
    "TCPv6": _HOLDS_FILES,
    "UDP": _HOLDS_FILES,
    "UDPv6": _HOLDS_FILES,
    "UNIX": _HOLDS_FILES,
    "eventpoll_epi": _HOLDS_FILES,
    "eventpoll_pwq": _HOLDS_FILES,
    "skbuff_head_cache": _SOCKET_BUFFERS,
    "skbuff_fclone_cache": _SOCKET_BUFFERS,
    "skbuff_small_head": _SOCKET_BUFFERS,
    "task_struct": _TASKS,
    "pid": _TASKS,
    "signal_cache": _TASKS,
    "sighand_cache": _TASKS,
    "cred_jar": Signature(
        Cause.UNATTRIBUTED, "many short sessions, such as socket-activated sshd", "low", "systemd 14639"
    ),
    "kmalloc-64": Signature(
        Cause.UNATTRIBUTED, "monitoring of cgroups or with eBPF, in the few known cases", "low", "netdata 9314"
    ),
    "kmalloc-512": Signature(
        Cause.UNATTRIBUTED,
        "a leak per connection of a proxy, in the one known case",
        "low",
        "Kong/kubernetes-ingress-controller 4051",
    ),
    "kmalloc-4k": Signature(
        Cause.UNATTRIBUTED, "a program that polls kernel statistics, in the one known case", "low", "netdata 3726"
    ),
    "nf_conntrack": Signature(
        Cause.UNATTRIBUTED, "tracked connections; expected growth unless the table is full", "low", "no case known"
    ),
}
"""By family name; a cache that is not here has no known meaning."""

_FOLLOWS_FILES = re.compile(
    r"lsm_inode_cache|iint_cache|xfs_(?:buf|ili)|zfs_znode_cache|sa_cache|dnode_t|dmu_buf_impl_t|arc_buf.*|abd_.*|"
    r"zio_(?:data_)?buf_.*"
)
"""Freed with the inodes they belong to, or shrunk by ZFS, although the kernel does not mark them reclaimable."""

_RECLAIMABLE = re.compile(
    r"dentry|.*inode_cache|.*_inode|radix_tree_node|xarray_node|buffer_head|ext4_extent_status|btrfs_extent_map|"
    r"mbcache|.*kmalloc-rcl-.*"
)
"""Files and their metadata, which the kernel can reclaim: by name, for nodes that do not report it."""

_UNRECLAIMABLE = re.compile(
    r"(?:dma-)?kmalloc-.*|size-[0-9]+.*|skbuff_.*|kmem_cache(?:_node)?|kernfs_node_cache|ebitmap_node|filp|TCP(?:v6)?|UDP(?:v6)?|"
    r"UNIX|RAW(?:v6)?|PING|PACKET|tw_sock_TCP.*|request_sock_TCP.*|eventpoll_(?:epi|pwq)|cred_jar|task_struct|"
    r"task_group|pid|signal_cache|sighand_cache|files_cache|fs_cache|mm_struct|vm_area_struct|vma_lock|"
    r"anon_vma(?:_chain)?|maple_node|names_cache|nf_conntrack.*|nsproxy|net_namespace|bio-.*|biovec-.*|vmap_area|"
    r"page->ptl|pde_opener|proc_dir_entry|seq_file|avc_node|avtab_node|lsm_file_cache|"
    r"ip_dst_cache|rt6_info|ip6_dst_cache|fib6_nodes|neighbour|inet_peer_cache|fsnotify_mark|inotify_inode_mark"
)
"""Caches that count as SUnreclaim, for nodes that do not report it (no /sys/kernel/slab)."""

_RANDOM_OR_ACCOUNTED = re.compile(r"kmalloc-(?:rnd-[0-9]{1,2}-|cg-)")
_DMA_CLASS = re.compile(r"dma-(kmalloc-.*)")
_OLD_CLASS = re.compile(r"(?:kmalloc|size)-([0-9]{1,8})(?:[(_]DMA[)_])?")
_KIB = 1024


@lru_cache(NAMES_KEPT)
def family(name: str) -> str:
    """Return the common name of all variants of a cache: ``kmalloc-1k`` for all its kinds, old names included.

    ``kmalloc-cg-1k``, ``kmalloc-rnd-07-1k``, ``dma-kmalloc-1k``, ``kmalloc-1024`` and ``size-1024`` are all
    ``kmalloc-1k``; the reclaimable ``kmalloc-rcl-1k`` stays itself, and so does every other cache. ``size-4096`` and
    ``kmalloc-4k`` are ``kmalloc-4k``.
    """
    plain = _RANDOM_OR_ACCOUNTED.sub("kmalloc-", name)
    dma = _DMA_CLASS.fullmatch(plain)
    plain = dma[1] if dma else plain
    old = _OLD_CLASS.fullmatch(plain)
    if old is None:
        return plain
    size = int(old[1])
    return f"kmalloc-{size // _KIB}k" if size >= _KIB and size % _KIB == 0 else f"kmalloc-{size}"


def signature(name: str) -> Signature | None:
    """Return what growth of this cache usually means; None if that is unknown."""
    return SIGNATURES.get(family(name))


def is_unreclaimable(cache: Cache) -> bool | None:
    """Return whether the cache is unreclaimable; None if neither the node nor its name shows it."""
    return _is_unreclaimable(cache.name, cache.is_reclaimable)


@lru_cache(NAMES_KEPT)
def _is_unreclaimable(name: str, is_reclaimable: bool | None) -> bool | None:  # noqa: FBT001  # as a cache wants it
    if _FOLLOWS_FILES.fullmatch(name):
        return False
    if is_reclaimable is not None:
        return not is_reclaimable
    if _RECLAIMABLE.fullmatch(name):
        return False
    if _UNRECLAIMABLE.fullmatch(name) or size_class_bytes(name) is not None:
        return True
    return None
