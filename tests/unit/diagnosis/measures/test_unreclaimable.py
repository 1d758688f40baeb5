"""How bad the unreclaimable slab of a node is."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.measures.danger import DANGER_LIMITS
from fleetscan.diagnosis.measures.unreclaimable import (
    SLAB_LIMITS,
    Level,
    is_below_warning,
    slab_level,
    unreclaimable_level,
)
from fleetscan.errors import AbsentError
from fleetscan.model import Severity
from fleetscan.model.forecast import Forecast, Growth
from tests.fixtures.windows import GIB, MIB, memory, one_sample

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
        pytest.param(node(800, 5_000), Level(WARNING, 0.16, 0.10), id="800 MiB and 15 %"),
        pytest.param(node(799, 5_000), Level(WARNING, 799 / 5_000, 0.10), id="one MiB less than that is large"),
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


def growing(mib_per_hour: float) -> Forecast:
    """Return a forecast by which the slab grows at this pace."""
    rate = mib_per_hour * MIB
    growth = Growth(
        low_bytes_per_hour=rate, rate_bytes_per_hour=rate, high_bytes_per_hour=rate, span_seconds=7_200, readings=24
    )
    return Forecast(slab=growth, remembered_seconds=7_200)


LARGE = node(1_000, 5_000, 2_000)
TO_A_QUARTER = "it grows by 21 MiB/h (observed over 2 h), to 1.2 GiB within 12 h"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([LARGE], Level(WARNING, 0.2, 0.1), id="a fifth, and memory is left"),
        pytest.param([LARGE, growing(20)], Level(WARNING, 0.2, 0.1), id="grows, but not to a quarter in 12 h"),
        pytest.param([LARGE, growing(21)], Level(CRITICAL, 0.2, 0.15, TO_A_QUARTER), id="grows to a quarter"),
        pytest.param(
            [node(1_000, 5_000, 200)],
            Level(CRITICAL, 0.2, 0.15, "only 200 MiB (4.0%) is left"),
            id="little memory is left",
        ),
        pytest.param([node(799, 5_000, 200)], Level(WARNING, 799 / 5_000, 0.1), id="not large"),
        pytest.param([node(1_250, 5_000, 200)], Level(CRITICAL, 0.25, 0.25), id="critical by itself"),
        pytest.param([node(400, 5_000, 200)], None, id="normal"),
    ],
)
def test_from_15_to_25_percent_it_takes_growth_or_little_memory_left(
    values: list[object], expected: Level | None
) -> None:
    """A node with a fifth of slab and a third of its memory available is not dying (awesome-prometheus-alerts 50)."""
    assert expected == slab_level(one_sample(*values), SLAB_LIMITS, DANGER_LIMITS)


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
