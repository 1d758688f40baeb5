"""Memory set aside for huge pages."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.measures.hugepages import hugepages_bytes
from tests.fixtures.windows import GIB, MIB


@pytest.mark.parametrize(
    ("meminfo", "expected"),
    [
        (Meminfo(), 0),
        (Meminfo(hugepages_total=512, hugepage_bytes=2 * MIB), GIB),
        (Meminfo(hugepages_total=512, hugepage_bytes=2 * MIB, hugetlb_bytes=3 * GIB), 3 * GIB),
        (Meminfo(hugepages_total=512, hugepage_bytes=2 * MIB, hugetlb_bytes=0), GIB),
        (Meminfo(hugepages_total=512), 0),
    ],
    ids=["none", "an old kernel", "pools of several sizes", "a pool of the default size alone", "size not known"],
)
def test_the_larger_of_all_pools_and_the_default_one(meminfo: Meminfo, expected: int) -> None:
    """Before Linux 4.17 only the default one is known."""
    assert expected == hugepages_bytes(meminfo)
