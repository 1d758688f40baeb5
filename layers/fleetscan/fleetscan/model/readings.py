"""The numbers of one node that every report shows, evaluated or not."""

from __future__ import annotations

from fleetscan.immutable import immutable


@immutable
class Readings:
    """The handful of numbers every report table and metric needs. None means not measured."""

    memory_total_bytes: int | None = None
    memory_free_bytes: int | None = None
    memory_available_bytes: int | None = None
    slab_unreclaimable_bytes: int | None = None
    swap_total_bytes: int | None = None
    swap_free_bytes: int | None = None
    memory_some_avg60_percent: float | None = None
    memory_full_avg60_percent: float | None = None
    load1: float | None = None
    cpus: int | None = None
    cpu_busy_ratio: float | None = None
    cpu_steal_ratio: float | None = None
    socket_buffers_total: int | None = None
    """Socket buffer heads alive in the kernel (skbuff_head_cache and its kin)."""
    socket_held_bytes: int | None = None
    """Sum of unread receive queues of the sockets that were seen (Rmem)."""
    uptime_seconds: float | None = None
    boot_id: str | None = None
    kernel: str | None = None
    operating_system: str | None = None
    oom_kills_total: int | None = None
    swapped_in_pages: int | None = None
    swapped_out_pages: int | None = None
    kubelet_started_seconds: int | None = None
    """Uptime at which the running kubelet started; it changes with every restart. Exact to a second or two."""
    containerd_started_seconds: int | None = None
    space_free_ratio: float | None = None
    """Of the fullest file system that a worker writes."""
    inodes_free_ratio: float | None = None
    """Of the one with the smallest share of free inodes."""
    bandwidth_in_exceeded_total: int | None = None
    """Packets beyond the instance's allowance, over all its interfaces; so are the following."""
    bandwidth_out_exceeded_total: int | None = None
    packets_exceeded_total: int | None = None
    conntrack_exceeded_total: int | None = None
    linklocal_exceeded_total: int | None = None
