"""The rule slab_unreclaimable_high: share and amount together, and what fills the slab."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.capture.procfs.slabinfo import Slabinfo
from fleetscan.diagnosis.rules.slab_unreclaimable_high import check
from fleetscan.errors import AbsentError
from fleetscan.model import Cause, Evidence, Severity, Suspect, Window
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
    queues,
    surviving_node,
    third_node,
)

KIB = 1024
UNKNOWN_CACHES = "which slab caches hold it is unknown: Slabinfo was not collected"


def node(unreclaimable_bytes: int, total_bytes: int, *others: object) -> Window:
    """Return a node with so much unreclaimable slab and memory to spare."""
    return one_sample(
        memory(
            total_bytes=total_bytes,
            slab_unreclaimable_bytes=unreclaimable_bytes,
            available_bytes=total_bytes // 2,
        ),
        *others,
    )


def test_the_incidents_affected_node_names_the_agent_whose_queue_fills_the_slab() -> None:
    """54% of the memory; the queue explains it."""
    expected = Evidence(
        severity=Severity.CRITICAL,
        text="SUnreclaim is 2.1 GiB, 54% of MemTotal 3.8 GiB (threshold 25%): kernel memory that cannot be "
        "reclaimed; 1,657,980 socket buffers (skbuff) hold 2.0 GiB of it; netlink sockets hold 1.9 GiB unread, "
        "packet sockets are empty: that explains 94% of the socket buffers",
        measured=2143 / 3936,
        limit=0.25,
        cause=Cause.SOCKET_QUEUE,
        suspects=(
            Suspect(
                kind="pod",
                name="weave/weave-scope-agent-x7k2p",
                reason="1 netlink socket holds 1.9 GiB unread; process scope (pid 4242)",
                image="weaveworks/scope:1.13.2",
                share=1900 * MIB / (1_657_980 * 1280),
            ),
        ),
    )

    assert expected == check(affected_node(queues(f"netlink host {1900 * MIB} 812 3912771 {SCOPE}")))


@pytest.mark.parametrize("window", [surviving_node(), third_node()])
def test_the_incidents_other_nodes_are_critical_although_nothing_presses(window: Window) -> None:
    """Pressure 0 and little load: only the slab shows what comes."""
    found = check(window)

    assert found is not None
    assert (found.severity, found.limit, found.cause) == (Severity.CRITICAL, 0.25, Cause.UNATTRIBUTED)


def test_the_danger_that_makes_it_critical_is_told() -> None:
    """A fifth of the memory, of which 200 MiB are left."""
    expected = Evidence(
        severity=Severity.CRITICAL,
        text="SUnreclaim is 1000 MiB, 20% of MemTotal 4.9 GiB (threshold 15%): kernel memory that cannot be reclaimed; "
        f"only 200 MiB (4.0%) is left; {UNKNOWN_CACHES}",
        measured=0.2,
        limit=0.15,
    )
    meminfo = memory(total_bytes=5000 * MIB, slab_unreclaimable_bytes=1000 * MIB, available_bytes=200 * MIB)

    assert expected == check(one_sample(meminfo))


@pytest.mark.parametrize(
    ("unreclaimable_bytes", "total_bytes", "severity", "limit"),
    [
        (500 * MIB, 5000 * MIB, Severity.WARNING, 0.10),
        (799 * MIB, 4 * GIB, Severity.WARNING, 0.10),
        (1500 * MIB, 10_000 * MIB, Severity.WARNING, 0.10),
        (800 * MIB, 5000 * MIB, Severity.WARNING, 0.10),
        (500 * MIB, 2000 * MIB, Severity.CRITICAL, 0.25),
    ],
)
def test_it_fires_at_exactly_the_limits(
    unreclaimable_bytes: int, total_bytes: int, severity: Severity, limit: float
) -> None:
    """Share and amount must both be reached."""
    found = check(node(unreclaimable_bytes, total_bytes))

    assert found is not None
    assert (severity, unreclaimable_bytes / total_bytes, limit) == (found.severity, found.measured, found.limit)


@pytest.mark.parametrize(
    ("unreclaimable_bytes", "total_bytes"),
    [
        (500 * MIB - KIB, 5000 * MIB),
        (500 * MIB - KIB, 2000 * MIB),
        (1000 * MIB - KIB, 10_000 * MIB),
        (200 * MIB, 940 * MIB),
        (4 * GIB, 64 * GIB),
    ],
)
def test_just_below_is_healthy(unreclaimable_bytes: int, total_bytes: int) -> None:
    """A large share of a small node, or much of a huge one, is no finding while memory is available."""
    assert check(node(unreclaimable_bytes, total_bytes)) is None


def test_a_healthy_node_has_no_finding() -> None:
    """170 MiB of 16 GiB."""
    assert check(healthy_node()) is None


def test_on_a_tiny_machine_a_large_share_counts_where_memory_is_short() -> None:
    """The figures of openwrt 3507 at its OOM: 7,509 pages of 123,648 kB, 22,216 kB free."""
    window = one_sample(
        memory(total_bytes=123_648 * KIB, slab_unreclaimable_bytes=7_509 * 4 * KIB, free_bytes=22_216 * KIB)
    )
    expected = Evidence(
        severity=Severity.WARNING,
        text="SUnreclaim is 29 MiB, 24% of MemTotal 121 MiB (threshold 20%): kernel memory that cannot be reclaimed; "
        f"{UNKNOWN_CACHES}",
        measured=7_509 * 4 / 123_648,
        limit=0.20,
    )

    assert expected == check(window)


def test_without_the_size_of_memory_only_an_amount_that_is_much_for_any_node_is_reported() -> None:
    """42,964,948 kB after 100 days, and nothing else published (netdata 3726)."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="SUnreclaim is 41 GiB (MemTotal unknown, threshold 4.7 GiB): kernel memory that cannot be reclaimed; "
        f"{UNKNOWN_CACHES}",
        measured=42_964_948 * KIB,
        limit=5_000_000_000,
    )

    assert expected == check(one_sample(memory(slab_unreclaimable_bytes=42_964_948 * KIB)))


@pytest.mark.parametrize(
    ("meminfo", "reason"),
    [
        (memory(slab_unreclaimable_bytes=738_384 * KIB), "MemTotal was not reported"),
        (memory(total_bytes=GIB), "SUnreclaim was not reported"),
        (memory(total_bytes=GIB, slab_unreclaimable_bytes=0), "lxcfs"),
    ],
)
def test_missing_evidence_is_not_healthy(meminfo: Meminfo, reason: str) -> None:
    """Absent is not zero, and a zero that no kernel has is absent."""
    with pytest.raises(AbsentError, match=reason):
        check(one_sample(meminfo))


@pytest.mark.parametrize(
    ("info", "cause", "words"),
    [
        (
            caches(cache("ebitmap_node", 20_000_000, 64)),
            Cause.SECURITY_MODULE,
            "ebitmap_node holds 1.2 GiB of it: usually SELinux contexts that are never freed (confidence medium)",
        ),
        (
            caches(cache("kmalloc-64", 20_000_000, 64), cache("kmalloc-512", 30_000, 512)),
            Cause.UNATTRIBUTED,
            (
                "kmalloc-64 holds 1.2 GiB of it: usually monitoring of cgroups or with eBPF, in the few known cases "
                "(confidence low)"
            ),
        ),
        (
            caches(cache("dentry", 20_000_000, 192, "1"), cache("kmem_cache", 60_000, 256)),
            Cause.CONTAINER_CHURN,
            (
                "there are 60,000 kmem_cache objects (a node has a few hundred): left over from memory cgroups of "
                "deleted containers"
            ),
        ),
        (
            caches(cache("filp", 2_000_000, 256)),
            Cause.UNATTRIBUTED,
            "filp holds 488 MiB of it, the rest is spread over other caches",
        ),
        (caches(cache("filp", 100_000, 256)), Cause.UNATTRIBUTED, "no single slab cache explains it"),
    ],
)
def test_a_cause_is_reported_only_where_one_thing_makes_up_most_of_it(info: Slabinfo, cause: Cause, words: str) -> None:
    """What dominates and what its name carries; else unattributed."""
    found = check(node(1500 * MIB, 8 * GIB, four_kib_pages(), info))

    assert found is not None
    assert (cause, f"; {words}") == (found.cause, found.text[found.text.index(";") :])


def test_caches_that_do_not_add_up_to_the_slab_are_no_cause() -> None:
    """Half of the slab is missing from slabinfo: it is partial evidence."""
    meminfo = memory(total_bytes=4 * GIB, slab_bytes=2 * GIB, slab_unreclaimable_bytes=2 * GIB)
    info = caches(cache("ebitmap_node", 16_777_216, 64))
    found = check(one_sample(meminfo, four_kib_pages(), info))

    assert found is not None
    assert found.cause is Cause.UNATTRIBUTED
    assert found.text.endswith("the caches in slabinfo add up to 50% of meminfo's Slab: the data is incomplete")
