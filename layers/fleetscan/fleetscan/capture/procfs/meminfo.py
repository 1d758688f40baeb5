"""/proc/meminfo: where the node's memory is, in kB (1,024 bytes) but for the counts of huge pages.

::

    MemTotal: 4030464
    MemFree: 88064
    MemAvailable: 752640
    SReclaimable: 51200
    SUnreclaim: 2194432
    HugePages_Total: 0
    Hugepagesize: 2048

The script leaves the unit off; the kernel's own ``MemTotal:        4030464 kB`` is understood alike. Always there;
fields come and go with the kernel (MemAvailable since 3.14, Percpu 4.20, SecPageTables 6.1, Zswap only where
configured). The first sample has ``SUnreclaim`` alone. Inside a container under lxcfs ``Slab`` may be 0, which is not
true of the node.
https://docs.kernel.org/filesystems/proc.html#meminfo
"""

from __future__ import annotations

from fleetscan import numbers
from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "meminfo"
_UNIT = "kB"
_UNIT_BYTES = 1024
_SIZES = {
    "MemTotal:": "total_bytes",
    "MemFree:": "free_bytes",
    "MemAvailable:": "available_bytes",
    "Buffers:": "buffers_bytes",
    "Cached:": "cached_bytes",
    "SwapCached:": "swap_cached_bytes",
    "SwapTotal:": "swap_total_bytes",
    "SwapFree:": "swap_free_bytes",
    "AnonPages:": "anon_bytes",
    "Shmem:": "shmem_bytes",
    "Slab:": "slab_bytes",
    "SReclaimable:": "slab_reclaimable_bytes",
    "SUnreclaim:": "slab_unreclaimable_bytes",
    "KernelStack:": "kernel_stack_bytes",
    "PageTables:": "page_tables_bytes",
    "SecPageTables:": "secondary_page_tables_bytes",
    "VmallocUsed:": "vmalloc_used_bytes",
    "Percpu:": "percpu_bytes",
    "Committed_AS:": "committed_bytes",
    "Hugepagesize:": "hugepage_bytes",
    "Hugetlb:": "hugetlb_bytes",
    "Zswap:": "zswap_bytes",
    "HardwareCorrupted:": "hardware_corrupted_bytes",
}
_COUNTS = {"HugePages_Total:": "hugepages_total", "HugePages_Free:": "hugepages_free"}
_NAMES = {key: key.rstrip(":") for key in _SIZES | _COUNTS}
_TOTAL = "MemTotal:"
_WORDS_WITH_UNIT = 3


@immutable
class Meminfo:
    """The memory of one node; None where the kernel did not say or the script did not send it."""

    total_bytes: int | None = None
    """Never 0."""
    free_bytes: int | None = None
    available_bytes: int | None = None
    """The kernel's own estimate of what can be had without swapping."""
    buffers_bytes: int | None = None
    cached_bytes: int | None = None
    """Page cache, shared memory among it."""
    swap_cached_bytes: int | None = None
    swap_total_bytes: int | None = None
    swap_free_bytes: int | None = None
    anon_bytes: int | None = None
    shmem_bytes: int | None = None
    slab_bytes: int | None = None
    slab_reclaimable_bytes: int | None = None
    slab_unreclaimable_bytes: int | None = None
    kernel_stack_bytes: int | None = None
    page_tables_bytes: int | None = None
    secondary_page_tables_bytes: int | None = None
    """Page tables of virtual machines and, on some architectures, of IOMMUs."""
    vmalloc_used_bytes: int | None = None
    percpu_bytes: int | None = None
    committed_bytes: int | None = None
    """Committed_AS: what all processes together were promised."""
    hugepages_total: int | None = None
    """Huge pages of the default size, ``hugepage_bytes`` each."""
    hugepages_free: int | None = None
    hugepage_bytes: int | None = None
    hugetlb_bytes: int | None = None
    """Memory in huge pages of all sizes."""
    zswap_bytes: int | None = None
    hardware_corrupted_bytes: int | None = None


def parse(text: str) -> Meminfo:
    """Parse the section ``meminfo`` or the whole file; a text without any of the fields is a ParseError."""
    found = rows.read_keyed(text, source=_SOURCE, keys=_NAMES)
    sizes = {field: _size_bytes(found[key], _NAMES[key]) for key, field in _SIZES.items() if key in found}
    counts = {field: found[key].whole(1, _NAMES[key]) for key, field in _COUNTS.items() if key in found}
    if _TOTAL in found:
        found[_TOTAL].positive(1, _NAMES[_TOTAL])
    return Meminfo(**sizes, **counts)


def _size_bytes(row: rows.Row, name: str) -> int:
    if len(row.words) >= _WORDS_WITH_UNIT and row.words[2] != _UNIT:
        raise row.error(f"{name} is not in {_UNIT}: {numbers.shown(row.words[2])}")
    return row.whole(1, name) * _UNIT_BYTES
