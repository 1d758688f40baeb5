"""How bad the unreclaimable slab of a node is."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.measures.unreclaimable import SLAB_LIMITS, Level, is_below_warning, unreclaimable_level
from fleetscan.errors import AbsentError
from fleetscan.model import Severity
from tests.fixtures.windows import GIB, MIB, memory

WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL


def node(held_mib: float, total_mib: int, available_mib: int | None = None, free_mib: int | None = None) -> Meminfo:
    """Return the memory of a node."""
    given = {"available_bytes": available_mib, "free_bytes": free_mib}
    others = {name: size * MIB for name, size in given.items() if size is not None}
    return memory(total_bytes=total_mib * MIB, slab_unreclaimable_bytes=int(held_mib * MIB), **others)


@pytest.mark.parametrize(
    ("meminfo", "expected"),
    [
        pytest.param(node(500, 2_000), Level(CRITICAL, 0.25, 0.25), id="a quarter of a small node"),
        pytest.param(node(499, 1_996, 1_000), None, id="a quarter, but too little"),
        pytest.param(node(800, 5_000), Level(CRITICAL, 0.16, 0.15), id="800 MiB and 15 %"),
        pytest.param(node(799, 5_000), Level(WARNING, 799 / 5_000, 0.10), id="one MiB less"),
        pytest.param(node(500, 5_000), Level(WARNING, 0.10, 0.10), id="500 MiB and 10 %"),
        pytest.param(node(499, 4_900), None, id="one MiB less than that"),
        pytest.param(node(500, 5_001), None, id="less than 10 %"),
        pytest.param(node(4_000, 64_000), None, id="4 GiB of 64"),
        pytest.param(node(30, 124, 24), Level(WARNING, 30 / 124, 0.20), id="a tiny node that is short"),
        pytest.param(node(30, 124, 25), None, id="a tiny node that is not"),
        pytest.param(node(30, 124, None, 24), Level(WARNING, 30 / 124, 0.20), id="short by MemFree"),
        pytest.param(node(30, 124, 100, 24), None, id="MemAvailable is what counts"),
    ],
)
def test_a_share_and_an_amount_together(meminfo: Meminfo, expected: Level | None) -> None:
    """Neither alone will do."""
    assert expected == unreclaimable_level(meminfo, SLAB_LIMITS)


def test_without_a_total_only_much_for_any_node_counts() -> None:
    """Less cannot be evaluated."""
    expected = Level(WARNING, 5_000_000_000, 5_000_000_000)

    assert expected == unreclaimable_level(memory(slab_unreclaimable_bytes=5_000_000_000), SLAB_LIMITS)
    with pytest.raises(AbsentError, match="MemTotal"):
        unreclaimable_level(memory(slab_unreclaimable_bytes=4_999_999_999), SLAB_LIMITS)


@pytest.mark.parametrize("meminfo", [memory(total_bytes=GIB), memory(total_bytes=GIB, slab_unreclaimable_bytes=0)])
def test_what_is_not_known_is_not_normal(meminfo: Meminfo) -> None:
    """Nor is a node whose kernel has no slab at all."""
    with pytest.raises(AbsentError):
        unreclaimable_level(meminfo, SLAB_LIMITS)


@pytest.mark.parametrize(
    ("held_mib", "total_mib", "expected"),
    [(499, 1_000, True), (500, 5_000, False), (500, 5_001, True), (499, None, True), (500, None, False)],
)
def test_an_amount_by_itself(held_mib: int, total_mib: int | None, *, expected: bool) -> None:
    """Whether it would make no warning of this node."""
    meminfo = None if total_mib is None else memory(total_bytes=total_mib * MIB)

    assert is_below_warning(held_mib * MIB, meminfo, SLAB_LIMITS) is expected
