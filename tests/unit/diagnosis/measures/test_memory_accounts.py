"""The kernel's accounts of memory, and their sum."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetscan.capture.procfs import arcstats
from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.measures.memory_accounts import arc_bytes, explained_bytes, kernel_bytes, vmalloc_bytes
from fleetscan.errors import AbsentError
from tests.fixtures.windows import one_sample

EVERY = Meminfo(
    free_bytes=1,
    buffers_bytes=2,
    cached_bytes=4,
    anon_bytes=8,
    slab_bytes=16,
    page_tables_bytes=32,
    kernel_stack_bytes=64,
    secondary_page_tables_bytes=128,
    percpu_bytes=256,
    zswap_bytes=512,
    hardware_corrupted_bytes=1_024,
    swap_cached_bytes=2_048,
    hugetlb_bytes=4_096,
    # Parts of others, or not memory in use.
    available_bytes=1 << 40,
    total_bytes=1 << 41,
    slab_unreclaimable_bytes=1 << 42,
    vmalloc_used_bytes=1 << 43,
)
"""A power of two each, so that a sum shows what is in it."""


def test_each_account_is_counted_once() -> None:
    """And those that overlap are not."""
    assert kernel_bytes(EVERY) == 32 + 64 + 128 + 256 + 512 + 1_024
    assert explained_bytes(EVERY, one_sample()) == 8_191
    assert explained_bytes(EVERY, one_sample(arcstats.parse("size 8192"))) == 16_383


def test_the_cache_of_zfs_is_none_where_there_is_no_zfs() -> None:
    """Meminfo shows it in no field of its own."""
    assert arc_bytes(one_sample()) == 0
    assert arc_bytes(one_sample(arcstats.parse("size 8192"))) == 8_192


def test_what_a_kernel_need_not_have_is_nothing() -> None:
    """No swap, no KVM, no zswap."""
    few = replace(
        EVERY,
        secondary_page_tables_bytes=None,
        percpu_bytes=None,
        zswap_bytes=None,
        hardware_corrupted_bytes=None,
        swap_cached_bytes=None,
        hugetlb_bytes=None,
    )

    assert explained_bytes(few, one_sample()) == 127


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("free_bytes", "MemFree"),
        ("buffers_bytes", "Buffers"),
        ("cached_bytes", "Cached"),
        ("anon_bytes", "AnonPages"),
        ("slab_bytes", "Slab"),
        ("page_tables_bytes", "PageTables"),
        ("kernel_stack_bytes", "KernelStack"),
    ],
)
def test_without_a_large_account_there_is_no_sum(field: str, name: str) -> None:
    """It would look as if memory were missing."""
    with pytest.raises(AbsentError, match=name):
        explained_bytes(Meminfo(**{**_fields(EVERY), field: None}), one_sample())


def test_a_slab_of_nothing_is_not_the_node_s() -> None:
    """As inside an lxcfs container."""
    with pytest.raises(AbsentError, match="lxcfs"):
        explained_bytes(replace(EVERY, slab_bytes=0), one_sample())


@pytest.mark.parametrize(
    ("used", "stacks", "missing", "expected"),
    [
        (100, 30, 500, (70, 100)),
        (100, 30, 80, (70, 80)),
        (100, 30, 50, (50, 50)),
        (20, 30, 500, (0, 20)),
        (100, 30, -5, (0, 0)),
    ],
)
def test_vmalloc_explains_between_with_and_without_the_stacks(
    used: int, stacks: int, missing: int, expected: tuple[int, int]
) -> None:
    """And never more than is missing."""
    meminfo = Meminfo(vmalloc_used_bytes=used, kernel_stack_bytes=stacks)

    assert expected == vmalloc_bytes(meminfo, missing)


def _fields(meminfo: Meminfo) -> dict[str, int | None]:
    return {name: getattr(meminfo, name) for name in meminfo.__dataclass_fields__}
