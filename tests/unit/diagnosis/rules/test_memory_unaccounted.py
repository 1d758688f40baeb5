"""The rule memory_unaccounted: what no counter explains."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.rules.memory_unaccounted import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity
from tests.fixtures.windows import MIB, memory, one_sample, parsed


def node(missing_mib: int, **fields_bytes: int) -> Meminfo:
    """Return a node of 1,000 MiB of which so much is in no account."""
    given = {
        "total_bytes": 1000 * MIB,
        "free_bytes": (1000 - 700 - missing_mib) * MIB,
        "buffers_bytes": 10 * MIB,
        "cached_bytes": 290 * MIB,
        "anon_bytes": 300 * MIB,
        "slab_bytes": 80 * MIB,
        "page_tables_bytes": 10 * MIB,
        "kernel_stack_bytes": 10 * MIB,
    }
    return memory(**given | fields_bytes)


@pytest.mark.parametrize(
    ("missing_mib", "available_mib"),
    [(100, 50), (249, 20), (250, 50), (260, 600)],
)
def test_a_share_alone_is_a_warning(missing_mib: int, available_mib: int) -> None:
    """From 10% on, however little is left below 25%; BPF or a driver, nobody is named as a likely cause."""
    expected = Evidence(
        severity=Severity.WARNING,
        text=f"{missing_mib} MiB of 1000 MiB ({missing_mib / 10:.0f}%, threshold 10%) is in no field of "
        "/proc/meminfo; vmalloc (BPF "
        "programs, kernel modules) is 50 MiB to 60 MiB of it",
        measured=missing_mib / 1000,
        limit=0.10,
    )
    meminfo = node(missing_mib, vmalloc_used_bytes=60 * MIB, available_bytes=available_mib * MIB)

    assert expected == check(one_sample(meminfo))


def test_a_quarter_is_critical_where_little_is_left() -> None:
    """49 of 1,000 MiB."""
    expected = Evidence(
        severity=Severity.CRITICAL,
        text="250 MiB of 1000 MiB (25%, threshold 25%) is in no field of /proc/meminfo; how much of it is vmalloc is "
        "unknown; only 49 MiB (4.9%) is left",
        measured=0.25,
        limit=0.25,
    )

    assert expected == check(one_sample(node(250, available_bytes=49 * MIB)))


def test_just_below_is_healthy() -> None:
    """Healthy nodes miss some percent: buffers of drivers."""
    assert check(one_sample(node(99))) is None


@pytest.mark.parametrize(
    ("vmalloc_bytes", "words"),
    [
        (0, "how much of it is vmalloc is unknown"),
        (900 * MIB, "vmalloc (BPF programs, kernel modules) is 300 MiB of it"),
    ],
)
def test_vmalloc_is_reported_as_far_as_it_is_known(vmalloc_bytes: int, words: str) -> None:
    """Kernels before 5.3 say 0; more than is missing explains all that is."""
    found = check(one_sample(node(300, vmalloc_used_bytes=vmalloc_bytes)))

    assert found is not None
    assert found.text.endswith(f"; {words}")


@pytest.mark.parametrize(
    "fields_bytes",
    [
        {"hugepages_total": 150, "hugepage_bytes": 2 * MIB},
        {"hugetlb_bytes": 300 * MIB},
        {"percpu_bytes": 300 * MIB},
        {"zswap_bytes": 300 * MIB},
        {"secondary_page_tables_bytes": 300 * MIB},
        {"swap_cached_bytes": 300 * MIB},
        {"hardware_corrupted_bytes": 300 * MIB},
    ],
)
def test_what_has_an_account_of_its_own_is_not_missing(fields_bytes: dict[str, int]) -> None:
    """Pools of huge pages leave the same gap innocently."""
    assert check(one_sample(node(300, **fields_bytes))) is None


def test_the_zfs_cache_is_explained() -> None:
    """It is in no field of meminfo."""
    assert check(one_sample(node(300), parsed("arcstats", f"size {250 * MIB}"))) is None


@pytest.mark.parametrize(
    ("meminfo", "reason"),
    [
        (
            memory(total_bytes=4_024_644 * 1024, free_bytes=173_504 * 1024, buffers_bytes=1, cached_bytes=1),
            "Slab was not reported",
        ),
        (memory(slab_bytes=1), "MemTotal"),
        (node(300, slab_bytes=0), "lxcfs"),
    ],
)
def test_missing_evidence_is_not_healthy(meminfo: Meminfo, reason: str) -> None:
    """A meminfo cut off before Slab (zfs 292) cannot be added up."""
    with pytest.raises(AbsentError, match=reason):
        check(one_sample(meminfo))
