"""The rule memory_available_low: what is left of what is not set aside for huge pages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetscan.capture.procfs import pressure
from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.rules.memory_available_low import DEFAULTS, check
from fleetscan.errors import AbsentError
from fleetscan.model import Cause, Evidence, Severity, Suspect, Window
from fleetscan.quantities import percent
from tests.fixtures.windows import (
    GIB,
    MIB,
    SCOPE,
    affected_node,
    cache,
    caches,
    four_kib_pages,
    healthy_node,
    memory,
    one_sample,
    parsed,
    queues,
    surviving_node,
)


def left(mib: int, **fields_bytes: int) -> Meminfo:
    """Return a node of 1,000 MiB with so much available."""
    return memory(**{"total_bytes": 1000 * MIB, "available_bytes": mib * MIB} | fields_bytes)


@pytest.mark.parametrize(
    ("mib", "severity", "limit"),
    [(99, Severity.WARNING, 0.10), (50, Severity.WARNING, 0.10), (49, Severity.CRITICAL, 0.05)],
)
def test_it_fires_below_the_limits(mib: int, severity: Severity, limit: float) -> None:
    """Below 10% and 5%; at 5% it is still a warning."""
    expected = Evidence(
        severity=severity,
        text=f"MemAvailable is {mib} MiB of 1000 MiB ({mib / 10:.1f}%, threshold {percent(limit)})",
        measured=mib / 1000,
        limit=limit,
    )

    assert expected == check(one_sample(left(mib)))


@pytest.mark.parametrize(
    ("meminfo", "severity", "text"),
    [
        pytest.param(
            memory(total_bytes=768 * GIB, available_bytes=35 * GIB),
            Severity.WARNING,
            "MemAvailable is 35 GiB of 768 GiB (4.6%, threshold 10%)",
            id="little of much",
        ),
        pytest.param(
            memory(total_bytes=768 * GIB, available_bytes=2 * GIB - 1),
            Severity.CRITICAL,
            "MemAvailable is 2.0 GiB of 768 GiB (0.3%, threshold 5.0%)",
            id="little of much, and little",
        ),
        pytest.param(
            memory(
                total_bytes=1848 * MIB,
                available_bytes=34 * MIB,
                swap_total_bytes=1847 * MIB,
                swap_free_bytes=869 * MIB,
            ),
            Severity.WARNING,
            "MemAvailable is 34 MiB of 1.8 GiB (1.8%, threshold 10%), 869 MiB of swap is free",
            id="compressed swap in memory",
        ),
    ],
)
def test_little_is_little_of_the_whole_and_little_at_all(meminfo: Meminfo, severity: Severity, text: str) -> None:
    """A share alone is a warning, and so is little memory with much swap (elastic-beanstalk-roadmap 293)."""
    found = check(one_sample(meminfo))

    assert found is not None
    assert (severity, text) == (found.severity, found.text)


def test_a_large_node_that_stalls_is_critical_whatever_is_left() -> None:
    """35 GiB are left, and tasks wait for memory a fifth of the time."""
    stalls = pressure.parse("memory some avg10=21.00 avg60=20.00 avg300=9.00 total=9")
    found = check(one_sample(memory(total_bytes=768 * GIB, available_bytes=35 * GIB), stalls))

    assert found is not None
    assert (found.severity, found.limit) == (Severity.CRITICAL, 0.05)


def test_at_the_limit_is_healthy() -> None:
    """Exactly 10%."""
    assert check(one_sample(left(100))) is None


@pytest.mark.parametrize("window", [affected_node(), surviving_node(), healthy_node()])
def test_the_incidents_nodes_are_healthy_by_this_measure(window: Window) -> None:
    """18.7% was available on the node that died."""
    assert check(window) is None


def test_huge_pages_are_no_part_of_the_whole() -> None:
    """600 MiB of 800 MiB are set aside: 20 of the 200 MiB left are 10%, one less is not."""
    pool = {"hugepages_total": 300, "hugepage_bytes": 2 * MIB}
    fields = {"total_bytes": 800 * MIB}

    assert check(one_sample(left(20, **fields, **pool))) is None
    assert Evidence(
        severity=Severity.WARNING,
        text="MemAvailable is 19 MiB of 200 MiB (9.5%, threshold 10%), 600 MiB more is reserved for huge pages; the "
        "huge page pool takes 75% of MemTotal",
        measured=0.095,
        limit=0.10,
        cause=Cause.HUGEPAGES,
    ) == check(one_sample(left(19, **fields, **pool)))


def test_the_pool_of_all_sizes_counts() -> None:
    """Pages of 1 GiB are in Hugetlb alone."""
    assert check(one_sample(left(60, hugetlb_bytes=500 * MIB))) is None


@pytest.mark.parametrize(
    ("others", "fields_bytes", "cause", "words"),
    [
        (
            (parsed("arcstats", f"size {400 * MIB}"),),
            {},
            Cause.ZFS_ARC,
            "the ZFS ARC holds 400 MiB and shrinks under memory pressure",
        ),
        (
            (),
            {"slab_reclaimable_bytes": 300 * MIB},
            Cause.FILESYSTEM_CACHE,
            "the dentry and inode caches (SReclaimable) hold 300 MiB, which is freed only slowly",
        ),
        (
            (caches(cache("dentry", 1_500_000, 192, "1"), cache("kmem_cache_node", 80_000, 64)),),
            {"slab_reclaimable_bytes": 300 * MIB},
            Cause.CONTAINER_CHURN,
            (
                "there are 80,000 kmem_cache_node objects (a node has a few hundred): left over from memory cgroups "
                "of deleted containers"
            ),
        ),
        (
            (caches(cache("ebitmap_node", 9_000_000, 64)),),
            {"slab_unreclaimable_bytes": 600 * MIB},
            Cause.SECURITY_MODULE,
            (
                "SUnreclaim is 600 MiB: ebitmap_node holds 549 MiB of it: usually SELinux contexts that are never "
                "freed (confidence medium)"
            ),
        ),
    ],
)
def test_what_takes_the_memory_is_reported(
    others: tuple[object, ...], fields_bytes: dict[str, int], cause: Cause, words: str
) -> None:
    """The ZFS cache, files, containers long gone, and what fills the slab."""
    found = check(one_sample(left(30, **fields_bytes), four_kib_pages(), *others))

    assert found is not None
    assert (found.cause, found.text.partition("; ")[2]) == (cause, words)


def test_what_holds_more_than_the_slab_is_named_beside_it() -> None:
    """A tenth is slab, three quarters are programs; containerd has most of those."""
    services = parsed("services", f"containerd pid=812 age_seconds=9000 rss_bytes={5000 * MIB}")
    meminfo = left(
        30,
        total_bytes=8000 * MIB,
        slab_unreclaimable_bytes=800 * MIB,
        anon_bytes=6000 * MIB,
    )
    window = one_sample(meminfo, services)
    found = check(window)

    assert found is not None
    assert found.text.endswith(
        "; SUnreclaim is 800 MiB: which slab caches hold it is unknown: Slabinfo was not collected; most is in pods "
        "and host processes: 5.9 GiB (75%); process containerd (pid 812) outside pods uses 4.9 GiB (62%)"
    )


def test_the_holder_of_the_slab_is_the_suspect() -> None:
    """A queue that fills the slab leaves little for others."""
    window = one_sample(
        left(30, slab_unreclaimable_bytes=700 * MIB),
        four_kib_pages(),
        caches(cache("kmalloc-1k", 500_000, 1024), cache("skbuff_head_cache", 500_000, 256)),
        queues(f"netlink host {600 * MIB} 1 11 {SCOPE}"),
    )
    found = check(window)

    assert found is not None
    assert (found.cause, [one.image for one in found.suspects]) == (Cause.SOCKET_QUEUE, ["weaveworks/scope:1.13.2"])


def test_pods_that_use_a_quarter_are_named() -> None:
    """Exactly a quarter is named, less is not."""
    pods = parsed(
        "pods",
        f"total count=3\nu1 live/checkout {400 * MIB} max burstable\nu2 live/shop {250 * MIB} {500 * MIB} burstable\n"
        f"u3 live/small {249 * MIB} max burstable",
    )
    found = check(one_sample(left(30), pods))

    assert found is not None
    assert found.suspects == (
        Suspect(
            kind="pod",
            name="live/checkout",
            reason="uses 400 MiB including page cache and has no memory limit",
            share=0.4,
        ),
        Suspect(
            kind="pod",
            name="live/shop",
            reason="uses 250 MiB including page cache and has a memory limit of 500 MiB",
            share=0.25,
        ),
    )


@pytest.mark.parametrize(
    ("meminfo", "reason"),
    [
        (memory(available_bytes=2_068_505_368 * 1024), "MemTotal was not reported"),
        (memory(total_bytes=GIB, free_bytes=MIB), "MemAvailable was not reported"),
        (left(10, hugepages_total=500, hugepage_bytes=2 * MIB), "larger than MemTotal"),
    ],
)
def test_missing_evidence_is_not_healthy(meminfo: Meminfo, reason: str) -> None:
    """Kernels before 3.14 do not estimate it; a pool as large as the memory is a lie."""
    with pytest.raises(AbsentError, match=reason):
        check(one_sample(meminfo))


def test_what_the_zfs_cache_takes_is_information() -> None:
    """MemAvailable leaves out the cache, and the cache shrinks when others need it."""
    window = one_sample(left(30), parsed("arcstats", f"size {400 * MIB}"))
    expected = Evidence(
        severity=Severity.INFO,
        text="MemAvailable is 30 MiB of 1000 MiB (3.0%, threshold 10%); the ZFS ARC holds 400 MiB and shrinks under "
        "memory pressure",
        measured=0.03,
        limit=0.10,
        cause=Cause.ZFS_ARC,
    )

    assert expected == check(window)


def test_a_zfs_cache_that_is_too_small_to_help_is_no_excuse() -> None:
    """Where somebody wants half of the memory left, 430 MiB of 1,000 are too little."""
    changed = replace(DEFAULTS.danger.left, warning_ratio=0.5)
    limits = replace(DEFAULTS, danger=replace(DEFAULTS.danger, left=changed))
    found = check(one_sample(left(30), parsed("arcstats", f"size {400 * MIB}")), limits)

    assert found is not None
    assert (found.severity, found.cause, found.limit) == (Severity.CRITICAL, Cause.ZFS_ARC, changed.critical_ratio)
