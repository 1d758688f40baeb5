"""The rule page_allocation_failing: by order and by number."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import buddyinfo
from fleetscan.diagnosis.rules.page_allocation_failing import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity
from tests.fixtures.kernel_lines import logged, without_a_log


def failure(order: int) -> str:
    """Return the kernel's line."""
    return f"kworker/u4:3: page allocation failure: order:{order}, mode:0x40a20(GFP_ATOMIC|__GFP_COMP), nodemask=(null)"


@pytest.mark.parametrize(
    ("order", "total", "severity"),
    [(4, 9, Severity.INFO), (4, 10, Severity.WARNING), (0, 1, Severity.WARNING), (10, 1, Severity.INFO)],
)
def test_few_of_a_higher_order_are_information_many_or_of_order_0_a_warning(
    order: int, total: int, severity: Severity
) -> None:
    """A packet is sent again; without a single page it is the memory."""
    lines = "line" if total == 1 else "lines"
    text = f"{total} {lines} in the kernel log within 24 h, the last 1 min ago: {failure(order)}"
    expected = Evidence(severity=severity, text=text, measured=float(total), limit=10.0)

    assert expected == check(logged(f"page_allocation 60 {failure(order)}", counts=f"page_allocation={total}"))


def test_one_of_order_0_is_reported_before_newer_ones_with_the_blocks_that_are_free_now() -> None:
    """Of order 4 and higher ones there are two; of all orders 31."""
    free = buddyinfo.parse("20 7 1 1 2 0 0 0 0 0 0")
    window = logged(f"page_allocation 10 {failure(4)}", f"page_allocation 120 {failure(0)}", others=(free,))
    found = check(window)
    higher = check(logged(f"page_allocation 10 {failure(4)}", others=(free,)))

    assert found is not None
    assert higher is not None
    assert found.text.startswith("1 line in the kernel log within 24 h, the last 2 min ago: ")
    assert found.text.endswith(f"{failure(0)}; now 31 blocks of order 0 or higher are free")
    assert higher.text.endswith("; now 2 blocks of order 4 or higher are free")


def test_a_day_without_failures_is_healthy_and_an_unknown_day_is_skipped() -> None:
    """Silence counts only if the log reaches back."""
    assert check(logged(f"page_allocation 86401 {failure(0)}")) is None
    with pytest.raises(AbsentError, match=r"kernel log covers only 1\.0 h"):
        check(logged(oldest=3600))
    with pytest.raises(AbsentError, match="KernelLog was not collected"):
        check(without_a_log())
