"""The rule socket_buffers_held: heads prove, data weighs, queues decide whose they are."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.rules.socket_buffers_held import check
from fleetscan.errors import AbsentError
from fleetscan.model import Cause, Evidence, Severity, Suspect, Window
from tests.fixtures.windows import (
    MIB,
    SCOPE,
    affected_node,
    cache,
    caches,
    four_kib_pages,
    healthy_node,
    one_sample,
    parsed,
    queues,
    surviving_node,
    third_node,
)

TASKS = parsed("tasks", "processes 312\nthreads 812\nzombies 0\nuninterruptible 0")


def node(*rows: str, others: tuple[object, ...] = ()) -> Window:
    """Return a node with these slab caches."""
    return one_sample(four_kib_pages(), caches(*rows), *others)


def leaking(*others: object) -> Window:
    """Return a node that holds 400,000 buffers of 1,280 bytes: 512 MB."""
    return node(cache("kmalloc-1k", 400_000, 1024), cache("skbuff_head_cache", 400_000, 256), others=others)


def test_the_incidents_affected_node() -> None:
    """1.66 million heads with their data; without sockets nobody is named as a likely cause."""
    expected = Evidence(
        severity=Severity.CRITICAL,
        text="1,657,980 socket buffers (skbuff, threshold 100,000) hold 2.0 GiB of kernel memory (405 MiB of heads, "
        "1.6 GiB of data); which process holds them is unknown: no socket could be read",
        measured=1_657_980,
        limit=100_000,
    )

    assert expected == check(affected_node())


@pytest.mark.parametrize(("window", "heads"), [(surviving_node(), 3_309_501), (third_node(), 1_310_669)])
def test_the_incidents_other_nodes_are_critical(window: Window, heads: int) -> None:
    """As bad as the slab as a whole, whatever the pressure."""
    found = check(window)

    assert found is not None
    assert (Severity.CRITICAL, heads) == (found.severity, found.measured)


def test_it_fires_at_exactly_the_limits() -> None:
    """100,000 heads of 256 bytes and as many data objects are 128 MB."""
    found = check(node(cache("kmalloc-1k", 120_000, 1024), cache("skbuff_head_cache", 100_000, 256)))

    assert found is not None
    assert (found.severity, found.measured, found.limit) == (Severity.WARNING, 100_000, 100_000)


@pytest.mark.parametrize(
    "rows",
    [
        (cache("kmalloc-1k", 120_000, 1024), cache("skbuff_head_cache", 99_999, 256)),
        (cache("kmalloc-1k", 70_000, 1024), cache("skbuff_head_cache", 110_000, 256)),
        (cache("kmalloc-64", 5_000_000, 64), cache("skbuff_head_cache", 300_000, 256)),
    ],
)
def test_just_below_is_healthy(rows: tuple[str, ...]) -> None:
    """Too few heads, or heads with too little data; size classes that no packet fits in do not count."""
    assert check(node(*rows)) is None


@pytest.mark.parametrize(
    "rows",
    [
        (cache("kmalloc-1k", 1_667_384, 1024), cache("skbuff_head_cache", 9_000, 256)),
        (
            cache("kmalloc-1k", 900_000, 1024),
            cache("kmalloc-512", 900_000, 512),
            cache("skbuff_head_cache", 4_000, 256),
        ),
        (cache("skbuff_small_head", 76, 832), cache("skbuff_head_cache", 378, 384), cache("kmalloc-1k", 670, 3072)),
    ],
)
def test_size_classes_without_heads_are_not_the_network(rows: tuple[str, ...]) -> None:
    """However equal the counts."""
    assert check(node(*rows)) is None


def test_a_healthy_node_has_no_finding() -> None:
    """9,000 heads and 60,000 kmalloc-1k."""
    assert check(healthy_node()) is None


@pytest.mark.parametrize(
    "rows",
    [
        (
            cache("kmalloc-512", 600_000, 512),
            cache("kmalloc-2k", 500_000, 2048),
            cache("kmalloc-cg-4k", 200_000, 4096),
            cache("kmalloc-rnd-03-1k", 300_000, 1024),
        ),
        (cache("skbuff_small_head", 1_600_000, 576),),
        (cache("size-2048", 1_600_000, 2048),),
        (cache("kmalloc-1k", 800_000, 1024),),
        (),
    ],
)
def test_data_may_lie_anywhere(rows: tuple[str, ...]) -> None:
    """Spread over size classes, in skbuff_small_head (6.3), under old names, shared by clones, or outside slab."""
    found = check(node(cache("skbuff_head_cache", 1_600_000, 256), *rows))

    assert found is not None
    assert found.measured == 1_600_000


def test_buffers_with_room_for_a_clone_are_counted() -> None:
    """skbuff_fclone_cache holds heads as well."""
    found = check(node(cache("skbuff_head_cache", 60_000, 256), cache("skbuff_fclone_cache", 400_000, 512)))

    assert found is not None
    assert found.measured == 460_000


def test_a_queue_of_half_the_bytes_explains_them() -> None:
    """256 MB unread of 512 MB; who holds a tenth is named with a reason, who holds less is not."""
    window = leaking(
        queues(
            f"netlink host 200000000 812 11 {SCOPE}",
            f"packet host 4800000 - 12 {SCOPE}",
            "packet 0b1f9a4e-55d0-4d7e-8f57-3c1a2f0e9d11 51200000 - 13 - - live/tap-0 - -",
            "packet host 1 - 14 811 dhclient - - -",
        )
    )
    expected = (
        Suspect(
            kind="pod",
            name="weave/weave-scope-agent-x7k2p",
            reason="1 netlink socket holds 191 MiB unread, 1 packet socket holds 4.6 MiB unread; process scope (pid "
            "4242)",
            image="weaveworks/scope:1.13.2",
            share=0.4,
        ),
        Suspect(
            kind="pod",
            name="live/tap-0",
            reason="1 packet socket holds 49 MiB unread in its network namespace; the process was not found",
            share=0.1,
        ),
    )
    found = check(window)

    assert found is not None
    assert (Cause.SOCKET_QUEUE, expected) == (found.cause, found.suspects)


def test_a_queue_of_a_host_process_names_the_process() -> None:
    """There is no pod to name."""
    found = check(leaking(queues("packet host 600000000 - 14 811 suricata - - -")))
    expected = Suspect(
        kind="process",
        name="suricata",
        reason="1 packet socket holds 572 MiB unread; process suricata (pid 811)",
        share=1.0,
    )

    assert found is not None
    assert (Cause.SOCKET_QUEUE, (expected,)) == (found.cause, found.suspects)
    assert found.text.endswith(
        "hold 572 MiB unread, netlink sockets are empty: that explains all of them (a clone is counted in full)"
    )


def test_buffers_that_no_queue_holds_are_lost_by_the_kernel() -> None:
    """All namespaces were read and nearly nothing waits."""
    found = check(leaking(TASKS, queues(f"netlink host 51200000 0 11 {SCOPE}")))

    assert found is not None
    assert (found.cause, found.suspects) == (Cause.NETWORK_KERNEL_LEAK, ())
    assert found.text.endswith(
        "netlink sockets hold 49 MiB unread, packet sockets are empty, in all 14 network namespaces: the kernel itself "
        "leaks the socket buffers"
    )


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ((TASKS, queues(failed=2)), "2 network namespaces could not be read"),
        ((queues(),), "no process was listed, so there may be other network namespaces"),
        (
            (TASKS, queues(), parsed("sockstat", "TCP: inuse 900 orphan 0 tw 1 alloc 900 mem 100000")),
            "TCP and UDP hold 391 MiB by their own counters (sockstat)",
        ),
    ],
)
def test_the_kernel_is_not_a_likely_cause_while_others_may_hold_them(others: tuple[object, ...], words: str) -> None:
    """Unread namespaces, unseen processes, and streams with full queues."""
    found = check(leaking(*others))

    assert found is not None
    assert found.cause is Cause.UNATTRIBUTED
    assert found.text.endswith(f"but {words}")


def test_a_queue_that_explains_a_part_is_no_cause() -> None:
    """A quarter of the bytes: the holder is named, the rest stays open."""
    found = check(leaking(TASKS, queues(f"netlink host 128000000 0 11 {SCOPE}")))

    assert found is not None
    assert (found.cause, [one.share for one in found.suspects]) == (Cause.UNATTRIBUTED, [0.25])


@pytest.mark.parametrize(
    ("window", "reason"),
    [
        (one_sample(), "Slabinfo was not collected"),
        (node(cache("kmalloc-1k", 5, 1024)), "skbuff_head_cache is not among"),
    ],
)
def test_missing_evidence_is_not_healthy(window: Window, reason: str) -> None:
    """Without slabinfo, or without the cache of the heads in it, the rule is skipped."""
    with pytest.raises(AbsentError, match=reason):
        check(window)


def test_the_slab_as_a_whole_decides_how_bad_it_is() -> None:
    """A warning where the slab is below its own critical limit."""
    small = leaking(parsed("meminfo", "MemTotal: 67108864\nSUnreclaim: 614400"))
    large = leaking(parsed("meminfo", "MemTotal: 4194304\nSUnreclaim: 1048576"))

    assert [found.severity for found in (check(small), check(large)) if found is not None] == [
        Severity.WARNING,
        Severity.CRITICAL,
    ]
    assert 500 * MIB < 614_400 * 1024


def test_the_limit_grows_with_the_cpus_of_a_huge_host() -> None:
    """192 CPUs keep freed objects at hand: 192,000 heads, not one less."""
    rows = caches(cache("kmalloc-1k", 300_000, 1024), cache("skbuff_head_cache", 192_000, 256))
    fewer = caches(cache("kmalloc-1k", 300_000, 1024), cache("skbuff_head_cache", 191_999, 256))
    huge = parsed("host", "cpus 192\npage_bytes 4096")
    found = check(one_sample(huge, rows))

    assert found is not None
    assert found.limit == 192_000
    assert check(one_sample(huge, fewer)) is None


NORMAL = parsed("meminfo", "MemTotal: 16777216\nMemAvailable: 9000000\nSUnreclaim: 614400")
LARGE = parsed("meminfo", "MemTotal: 4194304\nMemAvailable: 2000000\nSUnreclaim: 614400")
TCPDUMP = queues("packet host 500000000 - 12 77 tcpdump - - -")


def test_what_a_known_capture_agent_holds_is_information_while_the_slab_is_normal() -> None:
    """It is named with its purpose and not named as a likely cause."""
    expected = Evidence(
        severity=Severity.INFO,
        text="400,000 socket buffers (skbuff, threshold 100,000) hold 488 MiB of kernel memory (98 MiB of heads, 391 "
        "MiB of data); packet sockets hold 477 MiB unread, netlink sockets are empty: that explains 98% of the "
        "socket buffers; held by tcpdump for a capture that somebody started by hand, and SUnreclaim as a whole is "
        "normal",
        measured=400_000,
        limit=100_000,
        cause=Cause.SOCKET_QUEUE,
    )

    assert expected == check(leaking(TCPDUMP, NORMAL))


@pytest.mark.parametrize(
    "others",
    [
        (TCPDUMP, LARGE),
        (TCPDUMP,),
        (queues("packet host 500000000 - 12 77 scope - - -"), NORMAL),
        (queues("packet host 250000000 - 12 77 tcpdump - - -", "packet host 250000000 - 13 78 scope - - -"), NORMAL),
        (queues("packet host 100000000 - 12 77 tcpdump - - -"), NORMAL),
    ],
    ids=["large slab", "slab unknown", "a stranger", "a stranger beside it", "a part is nobody's"],
)
def test_nobody_else_is_excused(others: tuple[object, ...]) -> None:
    """The slab decides, and all who hold must be known."""
    found = check(leaking(*others))

    assert found is not None
    assert found.severity is Severity.WARNING
    assert found.suspects


def test_unread_tcp_and_udp_count_and_are_named() -> None:
    """Where they were read the sentence says so."""
    unread = queues("tcp host 300000000 - 12 77 backup - - -", "udp host 100000000 9 13 78 statsd - - -")
    found = check(leaking(unread))

    assert found is not None
    assert found.cause is Cause.SOCKET_QUEUE
    assert found.text.endswith(
        "; TCP sockets hold 286 MiB unread, UDP sockets hold 95 MiB unread, netlink and packet sockets are empty: "
        "that explains 78% of the socket buffers"
    )
    assert [one.reason for one in found.suspects] == [
        "1 TCP socket holds 286 MiB unread; process backup (pid 77)",
        "1 UDP socket holds 95 MiB unread; process statsd (pid 78)",
    ]
