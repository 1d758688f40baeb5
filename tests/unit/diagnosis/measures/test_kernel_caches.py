"""The slab caches of a node: only where they can be believed, and summed by family."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.measures.kernel_caches import (
    DEAD_CGROUP_CACHES,
    DEAD_CGROUP_FILES,
    CacheFamily,
    DeadCgroups,
    cache_bytes,
    dead_cgroups,
    families,
    trusted_caches,
)
from fleetscan.errors import AbsentError
from tests.fixtures.windows import MIB, cache, caches, four_kib_pages, memory, one_sample


@pytest.mark.parametrize("slab_mib", [None, 80, 100, 125])
def test_caches_that_agree_with_meminfo_are_believed(slab_mib: int | None) -> None:
    """Within 0.8 and 1.25 of its Slab, or where it does not say; here the caches are 100 MiB."""
    info = caches(cache("dentry", 10, 192), total_bytes=100 * MIB)
    others = [] if slab_mib is None else [memory(slab_bytes=slab_mib * MIB)]

    assert trusted_caches(one_sample(info, *others)) is info


@pytest.mark.parametrize("slab_bytes", [0, 79 * MIB, 126 * MIB])
def test_a_part_of_the_caches_is_not_believed(slab_bytes: int) -> None:
    """Nor the caches of another machine."""
    with pytest.raises(AbsentError, match="meminfo"):
        trusted_caches(
            one_sample(caches(cache("dentry", 10, 192), total_bytes=100 * MIB), memory(slab_bytes=slab_bytes))
        )


def test_flavours_of_one_size_are_one_family_the_largest_first() -> None:
    """The pages of all of them, used or not."""
    info = caches(
        cache("kmalloc-1k", 33, 1024),
        cache("kmalloc-cg-1k", 1, 1024),
        cache("kmalloc-rnd-07-1k", 32, 1024),
        cache("dentry", 1_700, 192, "1"),
    )
    slab_bytes = 8 * 4096
    expected = (
        CacheFamily(name="dentry", active_objects=1_700, held_bytes=10 * slab_bytes, is_unreclaimable=False),
        CacheFamily(name="kmalloc-1k", active_objects=66, held_bytes=4 * slab_bytes, is_unreclaimable=True),
    )

    assert expected == families(info, one_sample(info, four_kib_pages()))


def test_without_a_page_size_a_cache_is_its_objects() -> None:
    """All of them, free ones too."""
    info = caches(cache("kmalloc-1k", 33, 1024))
    (one,) = info.caches

    assert cache_bytes(one, one_sample(info)) == 64 * 1024
    assert cache_bytes(one, one_sample(info, four_kib_pages())) == 2 * 8 * 4096


@pytest.mark.parametrize(
    ("name", "objects", "limit"),
    [
        ("kmem_cache", DEAD_CGROUP_CACHES, DEAD_CGROUP_CACHES),
        ("kmem_cache_node", DEAD_CGROUP_CACHES, DEAD_CGROUP_CACHES),
        ("kernfs_node_cache", DEAD_CGROUP_FILES, DEAD_CGROUP_FILES),
    ],
)
def test_cgroups_that_live_on_leave_objects(name: str, objects: int, limit: int) -> None:
    """From exactly the limit on, one less is any node's."""
    assert dead_cgroups(caches(cache(name, objects, 128))) == DeadCgroups(cache=name, objects=objects, limit=limit)
    assert dead_cgroups(caches(cache(name, objects - 1, 128))) is None
