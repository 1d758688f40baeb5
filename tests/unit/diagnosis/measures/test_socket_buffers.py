"""Socket buffers in the kernel: how many, how many bytes, and whose."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import host, sockstat
from fleetscan.diagnosis.measures.socket_buffers import (
    BUFFER_LIMITS,
    SocketBuffers,
    attribute,
    holders,
    socket_buffers,
)
from fleetscan.errors import AbsentError
from fleetscan.model import Cause
from tests.fixtures.windows import MIB, cache, caches, four_kib_pages, one_sample, parsed, queues

HELD = SocketBuffers(heads=400_000, head_bytes=100 * MIB, data_bytes=400 * MIB)
TASKS = parsed("tasks", "processes 312\nthreads 812\nzombies 0\nuninterruptible 0")
POD = "4242 scope weave/weave-scope-agent-x7k2p scope-agent weaveworks/scope:1.13.2"


class TestSocketBuffers:
    """Heads prove, data is counted as far as there are heads."""

    def test_heads_of_both_kinds_with_the_data_of_as_many(self) -> None:
        """300 heads: 200 objects of the largest class, and 100 of the next."""
        info = caches(
            cache("skbuff_head_cache", 200, 256),
            cache("skbuff_fclone_cache", 100, 512),
            cache("kmalloc-1k", 200, 1024),
            cache("kmalloc-2k", 150, 2048),
            cache("kmalloc-256", 9_000, 256),
        )
        expected = SocketBuffers(
            heads=300,
            head_bytes=200 * 256 + 100 * 512,
            data_bytes=200 * 1024 + 100 * 2048,
            many_heads=100_000,
            many_bytes=100_000_000,
        )

        assert expected == socket_buffers(one_sample(info, four_kib_pages()), BUFFER_LIMITS)

    @pytest.mark.parametrize(("cpus", "many"), [(100, 100_000), (101, 101_000)])
    def test_on_a_huge_host_many_are_more(self, cpus: int, many: int) -> None:
        """Each CPU keeps some at hand."""
        window = one_sample(caches(cache("skbuff_head_cache", 200, 256)), host.parse(f"cpus {cpus}"))

        assert socket_buffers(window, BUFFER_LIMITS).many_heads == many

    @pytest.mark.parametrize(
        ("heads", "held_bytes", "expected"),
        [(100_000, 100_000_000, True), (99_999, 100_000_000, False), (100_000, 99_999_999, False)],
    )
    def test_they_are_many_in_number_and_in_bytes(self, heads: int, held_bytes: int, *, expected: bool) -> None:
        """Both limits must be reached."""
        assert SocketBuffers(heads=heads, head_bytes=1, data_bytes=held_bytes - 1).are_many is expected

    def test_without_the_cache_of_their_heads_they_cannot_be_counted(self) -> None:
        """Size classes alone are not the network."""
        with pytest.raises(AbsentError, match="skbuff_head_cache"):
            socket_buffers(one_sample(caches(cache("kmalloc-1k", 9, 1024))), BUFFER_LIMITS)


class TestAttribution:
    """Unread queues beside 500 MiB of buffers."""

    @pytest.mark.parametrize(
        ("queued_mib", "cause", "suspects"),
        [
            (600, Cause.SOCKET_QUEUE, 1),
            (250, Cause.SOCKET_QUEUE, 1),
            (249, Cause.UNATTRIBUTED, 1),
            (51, Cause.UNATTRIBUTED, 1),
            (50, Cause.NETWORK_KERNEL_LEAK, 0),
            (0, Cause.NETWORK_KERNEL_LEAK, 0),
        ],
    )
    def test_half_explains_them_a_tenth_does_not(self, queued_mib: int, cause: Cause, suspects: int) -> None:
        """What lies between is no cause."""
        found = attribute(HELD, one_sample(queues(f"packet host {queued_mib * MIB} 9 1 {POD}"), TASKS))

        assert (found.cause, len(found.suspects)) == (cause, suspects)

    @pytest.mark.parametrize(
        ("tcp_pages", "udp_pages", "cause"),
        [
            (12_800, 0, Cause.NETWORK_KERNEL_LEAK),
            (12_801, 0, Cause.UNATTRIBUTED),
            (0, 12_800, Cause.NETWORK_KERNEL_LEAK),
            (0, 12_801, Cause.UNATTRIBUTED),
            (6_400, 6_401, Cause.UNATTRIBUTED),
        ],
    )
    def test_what_tcp_and_udp_hold_is_no_leak_of_the_kernel(self, tcp_pages: int, udp_pages: int, cause: Cause) -> None:
        """More than a tenth of the buffers, 50 MiB in pages of 4 KiB, of both together."""
        used = sockstat.parse(f"TCP: inuse 21 mem {tcp_pages}\nUDP: inuse 9 mem {udp_pages}")

        assert attribute(HELD, one_sample(queues(), TASKS, used, four_kib_pages())).cause is cause

    @pytest.mark.parametrize(
        "values",
        [
            pytest.param((), id="no socket was read"),
            pytest.param((queues(failed=1), TASKS), id="a namespace was not read"),
            pytest.param((queues(read=0), TASKS), id="no namespace was read"),
            pytest.param((queues(),), id="no process was listed, so others may exist"),
        ],
    )
    def test_no_leak_is_reported_where_a_queue_may_have_been_missed(self, values: tuple[object, ...]) -> None:
        """Not seen is not "not there"."""
        assert attribute(HELD, one_sample(*values)).cause is Cause.UNATTRIBUTED


def test_who_holds_a_tenth_is_named_the_most_first() -> None:
    """A pod by its sockets together, a process of the host by its command."""
    sockets = queues(
        f"packet host {30 * MIB} 9 1 {POD}",
        f"netlink host {30 * MIB} 9 2 {POD}",
        f"packet host {300 * MIB} 9 3 77 dhcpcd - - -",
        f"packet host {49 * MIB} 9 4 78 tcpdump - - -",
    )
    found = [(one.kind, one.name, one.share, one.image) for one in holders(sockets, 500 * MIB)]

    assert found == [
        ("process", "dhcpcd", 0.6, ""),
        ("pod", "weave/weave-scope-agent-x7k2p", 0.12, "weaveworks/scope:1.13.2"),
    ]
