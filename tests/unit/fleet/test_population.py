"""What runs where: by name where any node reported the name, else by the hash of a repository."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetscan.capture.procfs.images import narrow_hash, repository_hash
from fleetscan.fleet.population import Count, population
from fleetscan.fleet.workload import Kind, Owner
from fleetscan.model import Diagnosis
from fleetscan.model.presence import Presence, RunningImage
from tests.fixtures.compared_fleet import AGENT, EVERYWHERE, PAUSE, SHOP, holder, node

NETMAP = Owner(namespace="acme", name="netmap", kind=Kind.POD)
WITH_AGENT = (*EVERYWHERE, AGENT)
HASH = repository_hash("acme/netmap")


def test_two_nodes_that_name_images_name_them_for_all() -> None:
    """The others sent hashes; one of them sent nothing."""
    named = [node(at, WITH_AGENT, detail=True) for at in range(2)]
    found = population([*named, node(2, WITH_AGENT), node(3), node(4, None)])

    assert found.names[HASH] == "acme/netmap"
    assert (found.images["acme/netmap"], found.owners["acme/netmap"]) == (AGENT, frozenset({NETMAP}))
    assert found.pods[NETMAP] == (("i-00000000", "acme/netmap-bbbbb"), ("i-00000001", "acme/netmap-bbbbc"))
    assert [HASH in there if there is not None else None for there in found.hashes.values()] == [
        True,
        True,
        True,
        False,
        None,
    ]


def test_what_one_node_alone_says_names_no_hash_and_no_owner() -> None:
    """It may be anybody who got hold of it; that the image is there is its own matter."""
    found = population([node(0, WITH_AGENT, detail=True), *(node(at, WITH_AGENT) for at in range(1, 5))])

    assert (found.names, found.hashes_of("acme/netmap")) == ({}, frozenset())
    assert (found.images["acme/netmap"], found.owners["acme/netmap"]) == (AGENT, frozenset())
    assert found.kind(NETMAP, "acme/netmap") is Kind.POD


def test_a_name_without_its_hash_in_the_list_is_no_second_witness() -> None:
    """Both must come from the node: the list of its images contradicts what it calls them."""
    liar = node(1, WITH_AGENT, detail=True)
    liar = replace(liar, presence=replace(liar.presence, repository_hashes=frozenset({1})))

    assert HASH not in population([node(0, WITH_AGENT, detail=True), liar]).names


def version_1(number: int, repository: str, *, names: bool = True) -> Diagnosis:
    """Return a node that lists the narrow hash of its only image."""
    running = RunningImage(image=f"{repository}:1", repository=repository)
    presence = Presence(
        images=(running,) if names else (), repository_hashes=frozenset({narrow_hash(repository)}), holders=()
    )
    return replace(node(number), presence=presence)


def test_who_names_an_image_to_share_a_hash_names_nobody_s() -> None:
    """A tenant's ``acme/set8`` has the narrow hash of ``acme/serv``: the hash has no name any more, and not his."""
    honest = [version_1(at, "acme/serv") for at in range(2)]
    silent = [version_1(10 + at, "acme/serv", names=False) for at in range(5)]
    tenant = version_1(20, "acme/set8")
    before, after = population([*honest, *silent]), population([*honest, *silent, tenant])

    assert before.names[narrow_hash("acme/serv")] == "acme/serv"
    assert after.names == {}
    assert after.hashes_of("acme/serv") == after.hashes_of("acme/set8") == frozenset()


def test_a_pod_that_two_nodes_claim_is_contested() -> None:
    """A pod runs on one node; neither is believed."""
    nodes = [node(at, holders=[holder("acme/netmap-x7k2p", 1)]) for at in range(2)]
    found = population(nodes)

    assert (found.contested, NETMAP in found.pods) == (frozenset({"acme/netmap-x7k2p"}), False)


@pytest.mark.parametrize(
    ("images", "expected"), [([WITH_AGENT, EVERYWHERE, None], Count(1, 2)), ([None], Count(0, 0)), ([], Count(0, 0))]
)
def test_nodes_that_do_not_report_count_on_neither_side(images: list[tuple[str, ...] | None], expected: Count) -> None:
    """Not known is not absent."""
    nodes = [node(at, each) for at, each in enumerate(images)]

    assert population(nodes).count({HASH}, nodes) == expected


@pytest.mark.parametrize(
    ("running", "others", "kind"),
    [(2, 0, Kind.DAEMONSET), (3, 2, Kind.DAEMONSET), (2, 2, Kind.POD), (1, 0, Kind.POD)],
    ids=["on both", "on more than half", "on half", "on the only one"],
)
def test_a_random_suffix_on_most_nodes_is_a_daemonset_s(running: int, others: int, kind: Kind) -> None:
    """One node has no "most"."""
    nodes = [*(node(at, WITH_AGENT, detail=True) for at in range(running)), *(node(100 + at) for at in range(others))]

    assert population(nodes).kind(NETMAP, "acme/netmap") is kind


def test_what_the_name_says_is_not_guessed() -> None:
    """A Deployment's pods may run everywhere, too; and a pod without a suffix is itself."""
    deployment = Owner(namespace="live", name="shop", kind=Kind.DEPLOYMENT)
    bare = Owner(namespace="live", name="shop", kind=Kind.POD, is_bare=True)
    found = population([node(at, (PAUSE, SHOP), detail=True) for at in range(3)])

    assert found.kind(deployment, "shop") is Kind.DEPLOYMENT
    assert found.kind(bare, "shop") is Kind.POD


@pytest.mark.parametrize(("count", "ratio", "words"), [(Count(3, 16), 3 / 16, "3 of 16"), (Count(0, 0), 0.0, "0 of 0")])
def test_a_share_of_nothing_is_nothing(count: Count, ratio: float, words: str) -> None:
    """No division by it."""
    assert (count.ratio, str(count)) == (ratio, words)
