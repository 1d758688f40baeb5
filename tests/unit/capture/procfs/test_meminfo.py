"""The section ``meminfo``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from fleetscan.capture.procfs import meminfo
from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = Meminfo(
        total_bytes=4030464 * 1024,
        free_bytes=88064 * 1024,
        available_bytes=752640 * 1024,
        slab_reclaimable_bytes=51200 * 1024,
        slab_unreclaimable_bytes=2194432 * 1024,
        hugepages_total=0,
        hugepage_bytes=2048 * 1024,
    )

    assert expected == meminfo.parse(documented(meminfo))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "meminfo: has none of the fields that are read", id="empty"),
        pytest.param("pswpin 5", "meminfo: has none of the fields that are read", id="another file"),
        pytest.param("MemFree:", "meminfo, line 1: MemFree is missing", id="no value"),
        pytest.param("MemFree: 1\nMemFree: 1", "meminfo, line 2: MemFree: is given twice", id="duplicate"),
        pytest.param("MemFree: 1 MB", "meminfo, line 1: MemFree is not in kB: 'MB'", id="another unit"),
        pytest.param("MemTotal: 0", "meminfo, line 1: MemTotal is zero", id="no memory at all"),
        pytest.param("Foo: 1\n" * 1001, "meminfo: more than 1000 rows", id="too many rows"),
        pytest.param("x" * 100_001, "meminfo: more than 100000 characters", id="too many characters"),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        meminfo.parse(text)

    assert error == str(raised.value)


def test_the_kernel_s_own_spacing_and_unit_are_understood() -> None:
    """The script cleans both away; a file as the kernel writes it means the same."""
    expected = Meminfo(total_bytes=4030464 * 1024, hugepages_total=5)

    assert expected == meminfo.parse("MemTotal:        4030464 kB\nHugePages_Total:       5\nActive(anon): x\n")


def test_the_largest_64_bit_counter_is_understood() -> None:
    """Twenty digits are the most that a kernel writes."""
    expected = Meminfo(vmalloc_used_bytes=18446744073709551615 * 1024)

    assert expected == meminfo.parse("VmallocUsed: 18446744073709551615 kB")


def test_a_thousand_rows_are_understood() -> None:
    """The limit itself is allowed."""
    expected = Meminfo(free_bytes=1024)

    assert expected == meminfo.parse("MemFree: 1\n" + "Foo: 1\n" * 999)


def test_slab_may_be_zero() -> None:
    """Under lxcfs the files show a container's; what it means is not the parser's to judge."""
    expected = Meminfo(slab_bytes=0)

    assert expected == meminfo.parse("Slab: 0 kB")


def test_this_machine_s_own_file_is_understood() -> None:
    """The kernel that runs the test writes what the parser reads."""
    parsed = meminfo.parse(Path("/proc/meminfo").read_text())

    assert parsed.total_bytes is not None
    assert parsed.slab_unreclaimable_bytes is not None
