"""Where memory is: nothing counted twice, nothing left out, and what is not known is said."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.capture.procfs.arcstats import Arcstats
from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.measures.ledger import NAMED_CACHES, accounts, ledger
from fleetscan.errors import AbsentError
from fleetscan.model.ledger import Entry, Ledger, Place
from tests.fixtures.windows import MIB, cache, caches, four_kib_pages, memory, one_sample, parsed

POD_SLICE = parsed("slices", f"kubepods.slice memory_bytes=700 anon_bytes={200 * MIB}\nsystem.slice memory_bytes=9")


def node(**changes_mib: int) -> Meminfo:
    """Return a node of 1,000 MiB of which 100 MiB are in no account."""
    given_mib = {
        "total": 1000,
        "free": 100,
        "buffers": 10,
        "cached": 200,
        "swap_cached": 5,
        "anon": 250,
        "shmem": 30,
        "slab": 300,
        "slab_reclaimable": 40,
        "slab_unreclaimable": 260,
        "page_tables": 10,
        "kernel_stack": 10,
        "percpu": 5,
        "vmalloc_used": 25,
        "hugetlb": 10,
    }
    return memory(**{f"{name}_bytes": mib * MIB for name, mib in (given_mib | changes_mib).items()})


def mib(found: Ledger) -> list[tuple[str, str, int]]:
    """Return a ledger's entries as place, name and MiB."""
    return [(entry.place.value, entry.name, entry.held_bytes // MIB) for entry in found.entries]


def test_all_of_it_has_a_place() -> None:
    """Shared memory is taken from the page cache, the stacks from vmalloc, the largest caches from the slab."""
    info = caches(cache("kmalloc-1k", 150 * 1024, 1024), cache("dentry", 100 * 1024, 1024, "1"))
    found = ledger(one_sample(node(), info, four_kib_pages(), POD_SLICE))
    expected = [
        ("pods", "", 200),
        ("system", "", 50),
        ("shared", "", 30),
        ("page_cache", "", 185),
        ("slab_unreclaimable", "kmalloc-1k", 150),
        ("slab_unreclaimable", "", 110),
        ("slab_reclaimable", "", 40),
        ("kernel_other", "", 40),
        ("hugepages", "", 10),
        ("unaccounted", "", 85),
        ("free", "", 100),
    ]

    assert expected == mib(found)


def test_pods_and_system_are_one_where_the_node_did_not_separate_them() -> None:
    """A summary has the pods' memory with their page cache in it, which is no number to subtract."""
    pods = parsed("slices", "kubepods.slice memory_bytes=700000000")

    assert mib(ledger(one_sample(node(), pods)))[:1] == [("processes", "", 250)]
    assert mib(ledger(one_sample(node())))[:1] == [("processes", "", 250)]


def test_caches_are_named_only_where_slabinfo_can_be_believed() -> None:
    """What adds up to a tenth of the slab is a part of it: the slab then is one entry."""
    partial = caches(cache("kmalloc-1k", 30 * 1024, 1024))

    assert ("slab_unreclaimable", "", 260) in mib(ledger(one_sample(node(), partial, four_kib_pages())))


def test_the_caches_named_are_few_large_and_no_more_than_the_slab() -> None:
    """Read a moment later they may hold more than SUnreclaim; a bar must not become longer for it."""
    rows = [cache(f"kmalloc-{size}k", 100 * 1024, 1024) for size in (1, 2, 4, 8)]
    found = ledger(one_sample(node(), caches(*rows, total_bytes=300 * MIB), four_kib_pages()))
    named = [entry for entry in found.entries if entry.place is Place.SLAB_UNRECLAIMABLE]
    expected = [100 * MIB, 100 * MIB, 60 * MIB]

    assert expected == [entry.held_bytes for entry in named]
    assert len(named) == NAMED_CACHES


def test_the_cache_of_zfs_has_its_place() -> None:
    """Meminfo does not show it: without arcstats it would be in no account."""
    found = mib(ledger(one_sample(node(), Arcstats(size_bytes=60 * MIB))))

    assert found[-3:-1] == [("zfs_cache", "", 60), ("unaccounted", "", 25)]


def test_a_sum_above_the_whole_is_taken_from_the_page_cache() -> None:
    """Pages that are swapped out and still mapped are counted twice."""
    found = ledger(one_sample(node(anon=390)))

    assert [entry for entry in mib(found) if entry[0] == "page_cache"] == [("page_cache", "", 145)]
    assert found.total_bytes == sum(entry.held_bytes for entry in found.entries)


def test_counters_that_contradict_each_other_make_no_ledger() -> None:
    """More than the page cache cannot be counted twice, nor more than some percent: one of the numbers lies."""
    with pytest.raises(AbsentError, match="add up to more than MemTotal"):
        ledger(one_sample(node(cached=30, anon=560)))
    with pytest.raises(AbsentError, match=r"add up to 1\.5 GiB, more than MemTotal 1000 MiB"):
        ledger(one_sample(node(anon=900)))


_FIELDS = [field.name for field in fields(Meminfo)]


@pytest.mark.parametrize(
    "missing",
    ["total", "free", "buffers", "cached", "anon", "slab", "slab_unreclaimable", "page_tables", "kernel_stack"],
)
def test_without_a_large_account_there_is_none(missing: str) -> None:
    """A hole would be taken for memory that nobody accounts for."""
    meminfo = Meminfo(**{name: getattr(node(), name) for name in _FIELDS if name != f"{missing}_bytes"})

    with pytest.raises(AbsentError):
        ledger(one_sample(meminfo))


def test_a_container_s_meminfo_makes_none() -> None:
    """Under lxcfs the slab is 0, which is not true of the node."""
    with pytest.raises(AbsentError, match="lxcfs"):
        ledger(one_sample(node(slab=0)))


_SIZES = st.integers(min_value=0, max_value=2**50)


@given(
    fields=st.fixed_dictionaries({name: st.none() | _SIZES for name in _FIELDS if name != "total_bytes"}),
    total_bytes=st.integers(min_value=1, max_value=2**50),
    pods_bytes=_SIZES,
)
def test_whatever_a_node_says_the_entries_add_up_or_there_is_no_ledger(
    fields: dict[str, int | None], total_bytes: int, pods_bytes: int
) -> None:
    """No place holds less than nothing, and all of them together are MemTotal."""
    pods = parsed("slices", f"kubepods.slice anon_bytes={pods_bytes}")
    try:
        found = ledger(one_sample(Meminfo(total_bytes=total_bytes, **fields), pods))
    except AbsentError:
        return

    assert total_bytes == sum(entry.held_bytes for entry in found.entries)
    assert all(entry.held_bytes > 0 for entry in found.entries)


@given(
    shares=st.lists(st.integers(min_value=0, max_value=10_000), min_size=9, max_size=9),
    vmalloc_bytes=_SIZES,
    overlap=st.integers(min_value=0, max_value=500),
)
def test_accounts_that_agree_always_make_a_ledger(shares: list[int], vmalloc_bytes: int, overlap: int) -> None:
    """Also where the sum is a little too large: what is swapped and mapped is in two accounts."""
    names = (
        "free",
        "buffers",
        "anon",
        "slab_reclaimable",
        "slab_unreclaimable",
        "page_tables",
        "kernel_stack",
        "shmem",
    )
    fields = {f"{name}_bytes": share for name, share in zip(names, shares[1:], strict=True)}
    slab_bytes = fields["slab_reclaimable_bytes"] + fields["slab_unreclaimable_bytes"] + 1
    fields |= {"slab_bytes": slab_bytes, "cached_bytes": fields["shmem_bytes"] + overlap}
    total_bytes = shares[0] + 1 + sum(
        fields[f"{name}_bytes"]
        for name in ("free", "buffers", "cached", "anon", "slab", "page_tables", "kernel_stack")
    ) - min(overlap, shares[0])  # fmt: skip
    found = ledger(one_sample(memory(total_bytes=total_bytes, vmalloc_used_bytes=vmalloc_bytes, **fields)))

    assert total_bytes == sum(entry.held_bytes for entry in found.entries)


def test_who_holds_nothing_has_no_entry() -> None:
    """Absent is not zero: what is zero is known to be nothing, and takes no line."""
    found = ledger(one_sample(node(hugetlb=0, shmem=0)))
    expected: list[Entry] = []

    assert expected == [entry for entry in found.entries if entry.place in {Place.HUGEPAGES, Place.SHARED}]


@pytest.mark.parametrize(
    ("changes_mib", "expected"),
    [
        ({"percpu": 19}, [("kernel_other", "", 54)]),
        ({"percpu": 60}, [("per_cpu", "", 60), ("kernel_other", "", 35)]),
        ({"page_tables": 20, "percpu": 60}, [("page_tables", "", 20), ("per_cpu", "", 60), ("kernel_other", "", 25)]),
        ({"vmalloc_used": 60}, [("vmalloc", "", 50), ("kernel_other", "", 25)]),
    ],
)
def test_what_the_kernel_holds_beside_slab_is_named_where_it_is_large(
    changes_mib: dict[str, int], expected: list[tuple[str, str, int]]
) -> None:
    """From 2% on; the rest is one entry."""
    found = mib(ledger(one_sample(node(**changes_mib))))
    kernel = {"page_tables", "per_cpu", "vmalloc", "kernel_other"}

    assert expected == [entry for entry in found if entry[0] in kernel]
    assert sum(size for _, _, size in found) == 1000


def test_what_is_known_is_told_where_it_cannot_be_added_up() -> None:
    """Programs by their cgroups, and what contradicts as each counter says."""
    slices = parsed("slices", f"kubepods.slice memory_bytes=9 anon_bytes={MIB}\nsystem.slice anon_bytes={2 * MIB}")
    known = one_sample(memory(total_bytes=1000 * MIB, percpu_bytes=600 * MIB), slices)

    assert accounts(known) == (
        Entry(place=Place.PODS, held_bytes=MIB),
        Entry(place=Place.SYSTEM, held_bytes=2 * MIB),
        Entry(place=Place.PER_CPU, held_bytes=600 * MIB),
    )
    assert accounts(one_sample()) == ()
    assert accounts(one_sample(node())) == ledger(one_sample(node())).entries
