"""What the names of slab caches say, and what they do not."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs.slabinfo import Cache
from fleetscan.diagnosis.knowledge.slab_signatures import family, is_unreclaimable, signature
from fleetscan.model import Cause


def cache(name: str, *, is_reclaimable: bool | None = None) -> Cache:
    """Return a cache of this name."""
    return Cache(
        name=name,
        active_objects=1,
        objects=1,
        object_bytes=1024,
        objects_per_slab=16,
        pages_per_slab=4,
        slabs=1,
        is_reclaimable=is_reclaimable,
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kmalloc-1k", "kmalloc-1k"),
        ("kmalloc-1024", "kmalloc-1k"),
        ("size-1024", "kmalloc-1k"),
        ("size-4096_DMA_", "kmalloc-4k"),
        ("kmalloc-cg-512", "kmalloc-512"),
        ("kmalloc-rnd-07-2k", "kmalloc-2k"),
        ("dma-kmalloc-64", "kmalloc-64"),
        ("kmalloc-rcl-1k", "kmalloc-rcl-1k"),
        ("kmalloc-192", "kmalloc-192"),
        ("dentry", "dentry"),
    ],
)
def test_flavours_of_a_cache_are_one_family(name: str, expected: str) -> None:
    """Accounted, randomised, DMA and old names are the same size; the reclaimable ones are not the same thing."""
    assert expected == family(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kernfs_node_cache", Cause.CONTAINER_CHURN),
        ("kmem_cache_node", Cause.CONTAINER_CHURN),
        ("ebitmap_node", Cause.SECURITY_MODULE),
        ("filp", Cause.PROCESS_HOLDS_FILES),
        ("TCPv6", Cause.PROCESS_HOLDS_FILES),
        ("cred_jar", Cause.UNATTRIBUTED),
        ("kmalloc-cg-512", Cause.UNATTRIBUTED),
        ("size-4096", Cause.UNATTRIBUTED),
        ("task_struct", Cause.UNATTRIBUTED),
        ("nf_conntrack", Cause.UNATTRIBUTED),
    ],
)
def test_only_what_published_cases_carry_is_a_cause(name: str, expected: Cause) -> None:
    """One report, or a size class that anything uses, is words but no result."""
    found = signature(name)

    assert found is not None
    assert expected == found.cause


def test_an_unknown_name_means_nothing() -> None:
    """No signature is better than a guess."""
    assert signature("i915_request") is None


@pytest.mark.parametrize(
    ("name", "flag", "expected"),
    [
        ("anything", True, False),
        ("anything", False, True),
        ("anything", None, None),
        ("dentry", None, False),
        ("xfs_inode", None, False),
        ("kmalloc-rcl-64", None, False),
        ("kmalloc-1k", None, True),
        ("size-4096", None, True),
        ("filp", None, True),
        ("lsm_inode_cache", False, False),
        ("dnode_t", False, False),
    ],
)
def test_whether_a_cache_can_be_reclaimed(name: str, flag: bool | None, expected: bool | None) -> None:  # noqa: FBT001  # a table's column
    """The node's own word first, then the name; what lives and dies with inodes or ZFS is reclaimable either way."""
    assert expected is is_unreclaimable(cache(name, is_reclaimable=flag))
