"""The section ``slabinfo``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import slabinfo
from fleetscan.capture.procfs.slabinfo import Cache, Slabinfo
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = Slabinfo(
        caches_total=187,
        total_bytes=2254857830,
        caches=(
            cache("kmalloc-1k", active=1667384, objects=1667392, size=1024, pages=4, slabs=104212, reclaimable=False),
            cache("skbuff_head_cache", active=1657980, objects=1657984, slabs=103624, reclaimable=False),
            cache("dentry", active=81234, objects=84021, size=192, per_slab=21, slabs=4001, reclaimable=True),
        ),
    )

    assert expected == slabinfo.parse(documented(slabinfo))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "slabinfo: is empty", id="empty"),
        pytest.param("dentry 1 1 1 1 1 1 1", "slabinfo, line 1: does not begin with total: 'dentry'", id="no total"),
        pytest.param("total caches=5", "slabinfo, line 1: bytes is missing", id="no sum"),
        pytest.param(
            "total caches=5 caches=5 bytes=1", "slabinfo, line 1: 'caches' is given twice", id="duplicate field"
        ),
        pytest.param(
            "total caches=5 bytes=1\ndentry 1 1 1 1 1",
            "slabinfo, line 2: reclaimable is missing",
            id="not enough fields",
        ),
        pytest.param(
            "total caches=5 bytes=1\ndentry 1 1 1 1 1 1 2",
            "slabinfo, line 2: reclaimable is neither 1 nor 0 nor -",
            id="neither yes nor no",
        ),
        pytest.param(
            "total caches=5 bytes=1\nden<try 1 1 1 1 1 1 1",
            "slabinfo, line 2: name is not a clean name: 'den<try'",
            id="unclean name",
        ),
        pytest.param(
            "total caches=5 bytes=1\n" + "dentry 1 1 1 1 1 1 1\n" * 200,
            "slabinfo: more than 200 rows",
            id="too many rows",
        ),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        slabinfo.parse(text)

    assert error == str(raised.value)


def cache(  # as short as a row of the file
    name: str,
    *,
    active: int = 0,
    objects: int = 0,
    size: int = 256,
    per_slab: int = 16,
    pages: int = 1,
    slabs: int = 0,
    reclaimable: bool | None = None,
) -> Cache:
    """Return a cache of which only these fields matter."""
    return Cache(
        name=name,
        active_objects=active,
        objects=objects,
        object_bytes=size,
        objects_per_slab=per_slab,
        pages_per_slab=pages,
        slabs=slabs,
        is_reclaimable=reclaimable,
    )


def info(*caches: Cache) -> Slabinfo:
    """Return a node's slab caches, of which these are listed."""
    return Slabinfo(caches_total=len(caches), total_bytes=0, caches=caches)


def test_two_caches_may_bear_one_name() -> None:
    """Kernels allow it, so it is no lie."""
    expected = (cache("bio", size=1, per_slab=1, slabs=1), cache("bio", size=1, per_slab=1, slabs=2))

    assert expected == slabinfo.parse("total caches=2 bytes=3\nbio 0 0 1 1 1 1 -\nbio 0 0 1 1 1 2 -").caches


def test_objects_that_do_not_fit_the_slabs_are_believed() -> None:
    """On debug kernels objsize is more than the name says, and num_objs need not be slabs times objperslab."""
    expected = cache("skbuff_head_cache", active=282, objects=378, size=384, per_slab=21, pages=2, slabs=18)

    assert (expected,) == slabinfo.parse("total caches=1 bytes=147456\nskbuff_head_cache 282 378 384 21 2 18 -").caches


def test_a_cache_is_as_large_as_its_pages() -> None:
    """Objects in use do not matter: the kernel has given away the pages."""
    assert slabinfo.size_bytes(cache("kmalloc-1k", pages=4, slabs=10), 65536) == 4 * 10 * 65536


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kmalloc-8", 8),
        ("kmalloc-1k", 1024),
        ("kmalloc-8M", 8 * 1024 * 1024),
        ("kmalloc-1024", 1024),
        ("kmalloc-cg-2k", 2048),
        ("kmalloc-rcl-96", 96),
        ("kmalloc-rnd-07-4k", 4096),
        ("dma-kmalloc-512", 512),
        ("size-4096", 4096),
        ("size-1024_DMA_", 1024),
        ("skbuff_head_cache", None),
        ("kmalloc-", None),
        ("kmalloc-1kB", None),
        ("xkmalloc-1k", None),
        ("kmalloc-999999999", None),
        ("kmalloc-\uff15", None),
    ],
)
def test_the_name_of_a_size_class_shows_its_size(name: str, expected: int | None) -> None:
    """Names changed with the kernels; a cache with a name of its own is no size class."""
    assert expected == slabinfo.size_class_bytes(name)


class TestSocketBuffers:
    """What of the slab caches belongs to the network."""

    def test_heads_are_those_of_both_caches(self) -> None:
        """A buffer made to be cloned comes from a cache of its own."""
        both = info(
            cache("skbuff_fclone_cache", active=7), cache("dentry", active=9), cache("skbuff_head_cache", active=5)
        )

        assert slabinfo.skb_heads(both) == 12

    def test_heads_that_are_not_listed_are_unknown(self) -> None:
        """The cache may be merged with another or cut off the list: that is not 0."""
        assert slabinfo.skb_heads(info(cache("skbuff_fclone_cache", active=7))) is None

    def test_data_lies_in_size_classes_that_are_not_reclaimable(self) -> None:
        """Reclaimable classes hold names of files; small data has its own cache since Linux 6.3."""
        data = cache("kmalloc-1k"), cache("skbuff_small_head"), cache("kmalloc-rnd-03-2k", reclaimable=False)
        other = cache("kmalloc-rcl-1k"), cache("dentry"), cache("kmalloc-512", reclaimable=True)

        assert data == slabinfo.data_classes(info(*data, *other))
