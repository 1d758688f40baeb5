"""The rule slab_cache_dominant: one cache that cannot be reclaimed, and what its name carries."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.rules.slab_cache_dominant import check
from fleetscan.errors import AbsentError
from fleetscan.model import Cause, Evidence, Severity, Suspect, Window
from tests.fixtures.windows import (
    GIB,
    MIB,
    affected_node,
    cache,
    caches,
    four_kib_pages,
    healthy_node,
    memory,
    one_sample,
    parsed,
    surviving_node,
    third_node,
)


def node(*rows: str, meminfo: Meminfo | None = None, others: tuple[object, ...] = ()) -> Window:
    """Return a node of 4 GiB with these caches."""
    return one_sample(four_kib_pages(), meminfo or memory(total_bytes=4 * GIB), caches(*rows), *others)


def test_the_incidents_affected_node_is_full_of_data_of_socket_buffers() -> None:
    """kmalloc-1k holds 41% of the memory; the heads say what it is."""
    expected = Evidence(
        severity=Severity.CRITICAL,
        text="slab cache kmalloc-1k holds 1.6 GiB, 41% of MemTotal (threshold 20%), in 1,667,384 objects: socket "
        "buffers (skbuff); which process holds them is unknown: no socket could be read",
        measured=104_212 * 4 * 4096 / (3936 * MIB),
        limit=0.20,
    )

    assert expected == check(affected_node())


@pytest.mark.parametrize("window", [surviving_node(), third_node()])
def test_the_incidents_other_nodes_are_dominated_too(window: Window) -> None:
    """A fifth and a third of the memory in one cache."""
    assert check(window) is not None


@pytest.mark.parametrize(
    ("mib", "severity", "limit"),
    [(200, Severity.WARNING, 0.05), (799, Severity.WARNING, 0.05), (800, Severity.CRITICAL, 0.20)],
)
def test_it_fires_at_exactly_the_shares(mib: int, severity: Severity, limit: float) -> None:
    """5% and 20% of 4,000 MiB, of which little is left."""
    meminfo = memory(total_bytes=4000 * MIB, available_bytes=199 * MIB)
    found = check(node(cache("filp", mib * 4096, 256), meminfo=meminfo))

    assert found is not None
    assert (severity, mib / 4000, limit) == (found.severity, found.measured, found.limit)


def test_just_below_is_healthy() -> None:
    """199 of 4,000 MiB."""
    assert check(node(cache("filp", 199 * 4096, 256), meminfo=memory(total_bytes=4000 * MIB))) is None


@pytest.mark.parametrize(
    ("fields_bytes", "severity", "measured", "limit"),
    [
        pytest.param({"available_bytes": 3000 * MIB}, Severity.WARNING, 0.2, 0.05, id="memory is left"),
        pytest.param({}, Severity.WARNING, 0.2, 0.05, id="what is left is unknown"),
        pytest.param(
            {"available_bytes": 3000 * MIB, "slab_unreclaimable_bytes": 1000 * MIB},
            Severity.CRITICAL,
            0.2,
            0.20,
            id="a quarter is unreclaimable slab",
        ),
    ],
)
def test_a_fifth_is_critical_with_a_present_danger(
    fields_bytes: dict[str, int], severity: Severity, measured: float, limit: float
) -> None:
    """800 of 4,000 MiB, and memory left."""
    meminfo = memory(total_bytes=4000 * MIB, **fields_bytes)
    found = check(node(cache("filp", 800 * 4096, 256), meminfo=meminfo))

    assert found is not None
    assert (severity, measured, limit) == (found.severity, found.measured, found.limit)


def test_much_on_any_node_is_found_whatever_its_memory() -> None:
    """96 million kmalloc-512 (Kong 4051): the size class proves nothing, so nobody is named as a likely cause."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="slab cache kmalloc-512 holds 46 GiB (threshold 4.7 GiB), in 96,000,000 objects: usually a leak per "
        "connection of a proxy, in the one known case (confidence low)",
        measured=96_000_000 * 512,
        limit=5_000_000_000,
    )

    assert expected == check(one_sample(four_kib_pages(), caches(cache("kmalloc-512", 96_000_000, 512))))


def test_a_share_below_the_warning_is_one_from_the_amount_on() -> None:
    """6 GiB of 256 GiB."""
    found = check(node(cache("kmalloc-2k", 3 << 20, 2048), meminfo=memory(total_bytes=256 * GIB)))

    assert found is not None
    assert (found.severity, found.measured, found.limit) == (Severity.WARNING, 6 * GIB, 5_000_000_000)


def test_flavours_of_a_size_class_are_summed() -> None:
    """Neither the accounted nor the randomised half reaches 5% alone."""
    found = check(node(cache("kmalloc-cg-1k", 120_000, 1024), cache("kmalloc-rnd-07-1k", 120_000, 1024)))

    assert found is not None
    assert found.text.startswith("slab cache kmalloc-1k holds 234 MiB")


@pytest.mark.parametrize(
    "rows",
    [
        (cache("dentry", 16_000_000, 192, "1"),),
        (cache("dentry", 16_000_000, 192, "-"),),
        (cache("xfs_inode", 2_000_000, 1024, "-"),),
        (cache("lsm_inode_cache", 16_000_000, 64),),
        (cache("kmalloc-rcl-128", 16_000_000, 128, "1"),),
    ],
)
def test_what_can_be_reclaimed_does_not_count(rows: tuple[str, ...]) -> None:
    """Dentries, inodes and what lives with them: benign unless memory is short."""
    assert check(node(*rows)) is None


def test_a_healthy_node_has_no_finding() -> None:
    """1.5 million dentries and nothing else."""
    assert check(healthy_node()) is None


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("kernfs_node_cache", Cause.CONTAINER_CHURN),
        ("ebitmap_node", Cause.SECURITY_MODULE),
        ("filp", Cause.PROCESS_HOLDS_FILES),
        ("task_struct", Cause.UNATTRIBUTED),
        ("names_cache", Cause.UNATTRIBUTED),
    ],
)
def test_the_name_carries_a_cause_or_it_does_not(name: str, cause: Cause) -> None:
    """Signatures with published cases."""
    found = check(node(cache(name, 2_000_000, 256)))

    assert found is not None
    assert cause is found.cause


def test_files_held_open_name_the_process() -> None:
    """Who holds a tenth of the objects is named; who holds less is not."""
    descriptors = parsed("descriptors", "4242 dockerd 1500000 -\n5150 java 200000 live/shop-0\n811 kubelet 402 -")
    expected = (
        Suspect(
            kind="process",
            name="dockerd",
            reason="process dockerd (pid 4242) has 1,500,000 files open, 75% of the filp objects",
            share=0.75,
        ),
        Suspect(
            kind="pod",
            name="live/shop-0",
            reason="process java (pid 5150) has 200,000 files open, 10% of the filp objects",
            share=0.1,
        ),
    )
    found = check(node(cache("filp", 2_000_000, 256), others=(descriptors,)))

    assert found is not None
    assert expected == found.suspects


@pytest.mark.parametrize(
    ("window", "reason"),
    [
        (one_sample(memory(total_bytes=GIB)), "Slabinfo was not collected"),
        (
            node(cache("filp", 2_000_000, 256), meminfo=memory(total_bytes=4 * GIB, slab_bytes=GIB)),
            "data is incomplete",
        ),
        (node(cache("filp", 2_000_000, 256), meminfo=memory(total_bytes=4 * GIB, slab_bytes=0)), "lxcfs"),
        (node(cache("filp", 9, 256), meminfo=memory(free_bytes=GIB)), "MemTotal was not reported"),
        (node(cache("mystery", 2_000_000, 256, "-")), "whether it can be reclaimed is unknown"),
    ],
)
def test_missing_or_partial_evidence_is_not_healthy(window: Window, reason: str) -> None:
    """Slabinfo that does not agree with meminfo is only a part of it."""
    with pytest.raises(AbsentError, match=reason):
        check(window)


def test_pages_count_and_neither_names_nor_objects() -> None:
    """On a debug kernel an object of kmalloc-128 takes 640 bytes; slabs count whole, however empty."""
    window = one_sample(
        four_kib_pages(),
        memory(total_bytes=1000 * MIB),
        parsed("slabinfo", "total caches=9 bytes=104857600\nkmalloc-128 100 141850 640 25 4 6400 0"),
    )
    found = check(window)

    assert found is not None
    assert found.measured == 0.1


def test_without_a_page_size_the_objects_are_a_lower_bound() -> None:
    """A recording of slabinfo alone has no page size."""
    window = one_sample(memory(total_bytes=4 * GIB), caches(cache("filp", 4 << 20, 256)))
    found = check(window)

    assert found is not None
    assert found.measured == 0.25


def test_a_small_cache_of_which_nothing_is_known_hides_nothing() -> None:
    """Whatever it is, it is not much."""
    assert check(node(cache("filp", 9, 256), cache("mystery", 2_000, 256, "-"))) is None
