"""Memory reserved for huge pages, which ordinary programs cannot use."""

from __future__ import annotations

from fleetscan.capture.procfs.meminfo import Meminfo


def hugepages_bytes(meminfo: Meminfo) -> int:
    """Return the size of the pools of huge pages, used or not; 0 where the kernel reports none.

    Hugetlb counts pages of all sizes; before Linux 4.17 only the pool of the default size is known.
    """
    default_pool_bytes = (meminfo.hugepages_total or 0) * (meminfo.hugepage_bytes or 0)
    return max(meminfo.hugetlb_bytes or 0, default_pool_bytes)
