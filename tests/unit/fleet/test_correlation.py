"""What runs on the affected nodes and not on the others: counts, odds and what is clear by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from fleetscan.fleet.correlation import Correlation, correlations, odds, shared_traits, ubiquitous
from fleetscan.fleet.population import Count, population
from fleetscan.fleet.signature_group import Group, groups
from fleetscan.fleet.workload import Kind, Owner
from fleetscan.model import Diagnosis
from fleetscan.model.finding import Cause
from tests.fixtures.compared_fleet import AGENT, EVERYWHERE, PROXY, SCOPE, SHOP, node, slab

NETMAP = Owner(namespace="acme", name="netmap", kind=Kind.POD)
BATCH = "registry.example/batch:7"
CRON = "registry.example/cron:7"


def group(affected: Sequence[Diagnosis], others: Sequence[Diagnosis]) -> Group:
    """Return the nodes of one signature and those they are compared with."""
    (only,) = groups([*affected, *others])
    return only


def affected_node(number: int, *images: str) -> Diagnosis:
    """Return an affected node that says the names of what runs there."""
    return node(number, (*EVERYWHERE, *images), [slab(Cause.NETWORK_KERNEL_LEAK)], detail=True)


def found(affected: Sequence[Diagnosis], others: Sequence[Diagnosis]) -> tuple[Correlation, ...]:
    """Return the correlations of these nodes."""
    return correlations(group(affected, others), population([*affected, *others]))


def also_of_another(one: Diagnosis, pod: str) -> Diagnosis:
    """Return a node that shows the agent's image in a pod of another owner as well."""
    (image,) = [running for running in one.presence.images if running.image == AGENT]
    rest = tuple(running for running in one.presence.images if running.image != AGENT)
    return replace(one, presence=replace(one.presence, images=(*rest, replace(image, pods=(*image.pods, pod)))))


class TestCorrelations:
    """Clear by the odds, after all images that were compared."""

    def test_an_agent_of_the_affected_nodes_alone_is_found(self) -> None:
        """All four of them and none of nine."""
        expected = Correlation(
            owner=NETMAP,
            repositories=("acme/netmap",),
            affected=Count(4, 4),
            others=Count(0, 9),
            chance=1 / 715,
        )

        assert (expected,) == found([affected_node(at, AGENT) for at in range(4)], [node(100 + at) for at in range(9)])

    def test_the_odds_are_those_of_all_images_that_were_compared(self) -> None:
        """Alone, 1 in 126 would be clear; of three that differ between the nodes one is so by chance at 3 in 126."""
        affected = [
            affected_node(0, AGENT, BATCH),
            affected_node(1, AGENT, BATCH),
            affected_node(2, AGENT, CRON),
            affected_node(3, AGENT),
        ]
        others = [node(100), *(node(100 + at, (*EVERYWHERE, BATCH, CRON)) for at in range(1, 5))]
        plain = [affected_node(at, AGENT) for at in range(4)], [node(100 + at) for at in range(5)]

        assert [one.chance for one in found(*plain)] == [1 / 126]
        assert found(affected, others) == ()

    @pytest.mark.parametrize(("running", "expected"), [(1, 1), (2, 0)])
    def test_one_of_ten_others_may_run_it_too(self, running: int, expected: int) -> None:
        """A tenth is let pass, a fifth is not."""
        others = [node(100 + at, (*EVERYWHERE, AGENT) if at < running else EVERYWHERE) for at in range(10)]

        assert len(found([affected_node(at, AGENT) for at in range(9)], others)) == expected

    @pytest.mark.parametrize(("missing", "expected"), [(1, 1), (2, 0)])
    def test_nine_of_ten_affected_nodes_are_enough(self, missing: int, expected: int) -> None:
        """One may have been read at the wrong moment."""
        affected = [affected_node(at, *(() if at < missing else (AGENT,))) for at in range(10)]

        assert len(found(affected, [node(100 + at) for at in range(20)])) == expected

    @pytest.mark.parametrize(("affected", "others"), [(2, 40), (40, 2)])
    def test_two_nodes_of_a_side_are_no_pattern(self, affected: int, others: int) -> None:
        """Whatever the odds."""
        assert (
            found([affected_node(at, AGENT) for at in range(affected)], [node(100 + at) for at in range(others)]) == ()
        )

    def test_an_image_of_several_owners_is_named_by_itself(self) -> None:
        """Its pods belong to two."""
        affected = [affected_node(at, AGENT) for at in range(4)]
        for at in range(2):
            affected[at] = also_of_another(affected[at], f"other/agent-x7k2{'pq'[at]}")
        (one,) = found(affected, [node(100 + at) for at in range(9)])

        assert (one.owner, one.repositories) == (None, ("acme/netmap",))

    def test_one_node_alone_cannot_give_it_another_owner(self) -> None:
        """Neither for the others nor against what they say."""
        affected = [affected_node(at, AGENT) for at in range(4)]
        affected[0] = also_of_another(affected[0], "other/agent-x7k2p")
        (one,) = found(affected, [node(100 + at) for at in range(9)])

        assert one.owner == NETMAP


@pytest.mark.parametrize(
    ("affected", "others", "expected"),
    [
        (Count(4, 4), Count(0, 5), 1 / 126),
        (Count(3, 4), Count(0, 5), 6 / 126),
        (Count(2, 4), Count(2, 5), (60 + 20 + 1) / 126),
        (Count(0, 4), Count(0, 5), 1.0),
        (Count(4, 4), Count(5, 5), 1.0),
        (Count(0, 0), Count(0, 0), 1.0),
    ],
)
def test_the_odds_are_the_hypergeometric_tail(affected: Count, others: Count, expected: float) -> None:
    """So many or more, of all ways to choose the affected nodes."""
    assert odds(affected, others) == pytest.approx(expected)


class TestTraits:
    """What else sets the affected nodes apart."""

    @pytest.mark.parametrize(
        ("affected", "others", "expected"),
        [
            (("spot", "spot"), ("base", "base"), ("node group spot",)),
            (("spot", "spot"), ("base", "spot"), ()),
            (("spot", "base"), ("other", "other"), ()),
            (("", ""), ("base", "base"), ()),
            (("spot", "spot"), (), ()),
        ],
    )
    def test_a_trait_of_all_affected_and_no_other(
        self, affected: Sequence[str], others: Sequence[str], expected: tuple[str, ...]
    ) -> None:
        """Without others there is nothing to be apart from; a node group that is not known is none."""
        finding = slab(Cause.NETWORK_KERNEL_LEAK)
        ill = [node(at, findings=[finding], group=name) for at, name in enumerate(affected)]
        healthy = [node(100 + at, group=name) for at, name in enumerate(others)]
        apart = [replace(one, node=replace(one.node, instance_type="")) for one in ill]

        assert expected == shared_traits(group(apart, healthy))


def test_what_runs_everywhere_is_counted() -> None:
    """Of the affected nodes' images, on every node that reports them."""
    affected, others = [affected_node(0, SCOPE)], [node(1), node(2, (PROXY, SHOP)), node(3, None)]

    assert ubiquitous(group(affected, others), population([*affected, *others])) == 2
