"""What lies behind the unreclaimable slab: a cause only where one thing makes up most of it."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import descriptors
from fleetscan.capture.procfs.slabinfo import Slabinfo
from fleetscan.diagnosis.measures.kernel_caches import families
from fleetscan.diagnosis.measures.slab_cause import family_cause, known_buffers, slab_cause
from fleetscan.diagnosis.measures.socket_buffers import BUFFER_LIMITS
from fleetscan.model import Cause, Window
from tests.fixtures.windows import GIB, MIB, SCOPE, cache, caches, four_kib_pages, memory, one_sample, queues

HEADS, DATA = 409_600, 409_600
"""Socket buffers of 512 MiB in all, whole slabs of both caches."""


def node(*rows: str, others: tuple[object, ...] = ()) -> Window:
    """Return a node with these caches."""
    return one_sample(caches(*rows), four_kib_pages(), *others)


def buffers(*others: object) -> Window:
    """Return a node with 512 MiB of socket buffers."""
    return node(cache("skbuff_head_cache", HEADS, 256), cache("kmalloc-1k", DATA, 1024), others=others)


class TestSlabCause:
    """Of all of it."""

    @pytest.mark.parametrize(("unreclaimable_mib", "cause"), [(1_000, Cause.SOCKET_QUEUE), (1_001, Cause.UNATTRIBUTED)])
    def test_socket_buffers_are_half_of_it(self, unreclaimable_mib: int, cause: Cause) -> None:
        """500 MiB that somebody has not read."""
        window = buffers(queues(f"netlink host {500 * MIB} 9 1 {SCOPE}"))

        assert slab_cause(window, unreclaimable_mib * MIB, BUFFER_LIMITS).cause is cause

    def test_a_part_of_the_caches_has_no_cause(self) -> None:
        """Which caches hold it is not known."""
        window = node(cache("files_cache", 2_000, 704), others=(memory(slab_bytes=GIB),))

        assert slab_cause(window, MIB, BUFFER_LIMITS).cause is Cause.UNATTRIBUTED

    def test_cgroups_that_live_on_are_churn(self) -> None:
        """However little their caches hold."""
        window = node(cache("kmem_cache", 50_000, 256), cache("kmalloc-1k", DATA, 1024))

        assert slab_cause(window, GIB, BUFFER_LIMITS).cause is Cause.CONTAINER_CHURN


class TestFamilyCause:
    """Of one cache that grows."""

    @pytest.mark.parametrize("name", ["skbuff_head_cache", "kmalloc-1k"])
    def test_a_cache_of_socket_buffers_is_theirs(self, name: str) -> None:
        """Heads by name, a size class where most of it is their data."""
        window = buffers(queues(f"netlink host {500 * MIB} 9 1 {SCOPE}"))
        found = next(one for one in families(window.last[Slabinfo], window) if one.name == name)

        assert family_cause(found, window, BUFFER_LIMITS).cause is Cause.SOCKET_QUEUE

    def test_a_size_class_of_others_is_unattributed(self) -> None:
        """Twice and more what the heads explain."""
        window = node(
            cache("skbuff_head_cache", HEADS, 256),
            cache("kmalloc-1k", 2 * DATA + 32, 1024),
            others=(queues(f"netlink host {500 * MIB} 9 1 {SCOPE}"),),
        )
        found = next(one for one in families(window.last[Slabinfo], window) if one.name == "kmalloc-1k")

        assert family_cause(found, window, BUFFER_LIMITS).cause is Cause.UNATTRIBUTED

    @pytest.mark.parametrize(("open_files", "expected"), [(200, [("process", "java", 0.1)]), (199, [])])
    def test_who_has_a_tenth_of_the_files_open_is_named(
        self, open_files: int, expected: list[tuple[str, str, float]]
    ) -> None:
        """Of 2,000 objects."""
        window = node(cache("filp", 2_000, 256), others=(descriptors.parse(f"5150 java {open_files} -"),))
        (family,) = families(window.last[Slabinfo], window)
        found = family_cause(family, window, BUFFER_LIMITS)

        assert found.cause is Cause.PROCESS_HOLDS_FILES
        assert [(one.kind, one.name, one.share) for one in found.suspects] == expected


def test_buffers_that_cannot_be_counted_are_none() -> None:
    """Not zero."""
    assert known_buffers(node(cache("dentry", 9, 192)), BUFFER_LIMITS) is None
