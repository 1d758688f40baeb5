"""What runs on a node, as far as its window shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fleetscan.capture.procfs import containers, images, pods, processes
from fleetscan.diagnosis.measures.running import presence
from fleetscan.model.kubernetes import Ending, PodEnd, ScheduledPod, ScheduledPods
from fleetscan.model.presence import Holder, Presence, RunningImage
from tests.fixtures.windows import MIB, SCOPE, cache, caches, four_kib_pages, one_sample, queues

POD = "weave/weave-scope-agent-x7k2p"


def test_a_summary_has_hashes_and_the_largest_sockets() -> None:
    """The image of a socket is a name too."""
    expected = Presence(
        images=(RunningImage(image="weaveworks/scope:1.13.2", repository="weaveworks/scope", pods=(POD,)),),
        repository_hashes=frozenset({86157680, 1136546744}),
        holders=(Holder(held_bytes=400, pod=POD, command="scope", image="weaveworks/scope:1.13.2"),),
    )

    assert expected == presence(
        one_sample(images.parse("86157680 1136546744"), queues(f"netlink host 400 1 11 {SCOPE}"))
    )


def test_a_detail_names_the_containers() -> None:
    """Each image once with its pods; one whose image is not known is no image."""
    rows = (
        "aaaaaaaaaaaa a/one-x7k2p c x.io/app:1\nbbbbbbbbbbbb a/two-x7k2p c x.io/app:1\ncccccccccccc a/three-x7k2p c -"
    )
    expected = (RunningImage(image="x.io/app:1", repository="app", pods=("a/one-x7k2p", "a/two-x7k2p")),)

    assert expected == presence(one_sample(containers.parse(rows))).images


def test_the_sockets_of_one_pod_are_one_holder_and_those_of_nobody_are_none() -> None:
    """Most bytes first; a process of the host by its command."""
    sockets = queues(
        f"netlink host 300 1 11 {SCOPE}",
        f"packet host 200 - 12 {SCOPE}",
        "netlink host 900 1 13 811 conntrackd - - -",
        "packet host 800 - 14 - - - - -",
    )
    expected = (
        Holder(held_bytes=900, command="conntrackd"),
        Holder(held_bytes=500, pod=POD, command="scope", image="weaveworks/scope:1.13.2"),
    )

    assert expected == presence(one_sample(sockets)).holders


def test_pods_that_kubernetes_does_not_list_on_the_node_are_told() -> None:
    """Of sockets, containers, processes and cgroups; a pod that has just ended there is one of the node."""
    at = datetime(2026, 1, 15, tzinfo=UTC)
    scheduled = ScheduledPods(
        at=at,
        pods=(ScheduledPod(namespace="a", name="one"),),
        ends=(PodEnd(namespace="a", name="gone", ending=Ending.EVICTED),),
    )
    sources = (
        containers.parse("aaaaaaaaaaaa a/one c x.io/app:1\nbbbbbbbbbbbb a/gone c x.io/app:1"),
        queues(f"netlink host 400 1 11 {SCOPE}"),
        processes.parse("7 sh 100 0 b/process\n8 sh 100 0 -"),
        pods.parse("total count=1\nu1 b/cgroup 100 max burstable"),
    )

    assert presence(one_sample(*sources, scheduled)).unlisted_pods == ("b/cgroup", "b/process", POD)
    assert presence(one_sample(*sources)).unlisted_pods == ()
    assert presence(one_sample(*sources, replace(scheduled, not_listed=1))).unlisted_pods == ()


@pytest.mark.parametrize(
    ("heads", "expected_mib"),
    [(320_000, (300, 100)), (99_999, (720, 240)), (1_200_000, (720, 240))],
    ids=["four clones of each", "not many", "all of it"],
)
def test_a_clone_is_counted_once(heads: int, expected_mib: tuple[int, int]) -> None:
    """With four sockets on one device the queues counted 960 MiB where 400 were held: each has its part of them."""
    info = caches(cache("skbuff_head_cache", heads, 256), cache("kmalloc-1k", heads, 1024 + 31))
    sockets = queues(
        f"packet host {720 * MIB} - 11 {SCOPE}",
        f"packet host {240 * MIB} - 12 811 tcpdump - - -",
    )
    holders = presence(one_sample(info, sockets, four_kib_pages())).holders

    assert holders is not None
    assert tuple(round(one.held_bytes / MIB) for one in holders) == expected_mib


def test_what_was_not_collected_is_not_known() -> None:
    """None is not the same as nothing."""
    assert Presence(images=(), repository_hashes=None, holders=None) == presence(one_sample())
