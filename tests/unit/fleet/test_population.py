"""What runs where: by name where any node reported the name, else by the hash of a repository."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs.images import repository_hash
from fleetscan.fleet.population import Count, population
from fleetscan.fleet.workload import Kind, Owner
from tests.fixtures.compared_fleet import AGENT, EVERYWHERE, PAUSE, SHOP, node

NETMAP = Owner(namespace="acme", name="netmap", kind=Kind.POD)
WITH_AGENT = (*EVERYWHERE, AGENT)
HASH = repository_hash("acme/netmap")


def test_one_node_that_names_images_names_them_for_all() -> None:
    """The others sent hashes; one of them sent nothing."""
    found = population([node(0, WITH_AGENT, detail=True), node(1, WITH_AGENT), node(2), node(3, None)], ["not/there"])

    assert (found.names[HASH], found.names[repository_hash("not/there")]) == ("acme/netmap", "not/there")
    assert (found.images["acme/netmap"], found.owners["acme/netmap"]) == (AGENT, frozenset({NETMAP}))
    assert found.pods[NETMAP] == "acme/netmap-x7k2p"
    assert [HASH in there if there is not None else None for there in found.hashes.values()] == [
        True,
        True,
        False,
        None,
    ]


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
    bare = Owner(namespace="live", name="shop", kind=Kind.POD)
    found = population([node(at, (PAUSE, SHOP)) for at in range(3)])

    assert found.kind(deployment, "shop") is Kind.DEPLOYMENT
    assert found.kind(bare, "") is Kind.POD


@pytest.mark.parametrize(("count", "ratio", "words"), [(Count(3, 16), 3 / 16, "3 of 16"), (Count(0, 0), 0.0, "0 of 0")])
def test_a_share_of_nothing_is_nothing(count: Count, ratio: float, words: str) -> None:
    """No division by it."""
    assert (count.ratio, str(count)) == (ratio, words)
