"""The largest slab caches of a node."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.measures.slab_ranking import slab_ranking
from fleetscan.errors import AbsentError
from fleetscan.model.picture import RankedCache
from tests.fixtures.windows import cache, caches, four_kib_pages, incident_caches, incident_memory, memory, one_sample


def test_the_incident_s_slab_is_two_caches() -> None:
    """Their pages, not only their objects: 1,632 MB and 414 MB in the article are these."""
    found = slab_ranking(one_sample(incident_memory(), incident_caches(), four_kib_pages()), 2)
    expected = (
        RankedCache(
            name="kmalloc-1k",
            held_bytes=104_212 * 4 * 4096,
            active_objects=1_667_384,
            object_bytes=1024,
            is_unreclaimable=True,
        ),
        RankedCache(
            name="skbuff_head_cache",
            held_bytes=103_624 * 4096,
            active_objects=1_657_980,
            object_bytes=256,
            is_unreclaimable=True,
        ),
    )

    assert expected == found


def test_a_cache_of_which_nothing_is_known_is_not_called_either() -> None:
    """Neither the node nor the name says so."""
    found = slab_ranking(one_sample(caches(cache("fuse_request", 10, 152, "-")), four_kib_pages()), 8)

    assert [one.is_unreclaimable for one in found] == [None]


def test_a_part_of_the_caches_is_no_ranking() -> None:
    """The largest of what is left may be the smallest of all."""
    with pytest.raises(AbsentError, match="data is incomplete"):
        slab_ranking(one_sample(memory(slab_bytes=2**30), caches(cache("dentry", 10, 192)), four_kib_pages()), 8)
