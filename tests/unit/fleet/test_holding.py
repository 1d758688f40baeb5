"""Who holds what the affected nodes lack, summed over the nodes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fleetscan.fleet.holding import MUCH_BYTES, Holding, holdings
from fleetscan.fleet.population import Count
from fleetscan.fleet.signature_group import groups
from fleetscan.fleet.workload import Kind, Owner
from fleetscan.model import Diagnosis
from fleetscan.model.finding import Cause
from fleetscan.model.presence import Holder
from tests.fixtures.compared_fleet import EVERYWHERE, GIB, SCOPE, holder, node, slab, suspect

POD = "weave/weave-scope-agent-x7k2p"
SCOPES = Owner(namespace="weave", name="weave-scope-agent", kind=Kind.POD)
IDS = tuple(f"i-{at:08x}" for at in range(3))


def held(number: int, share: float, held_bytes: int, *, name: str = POD, kind: str = "pod") -> Diagnosis:
    """Return an affected node with 2 GiB of slab, on which somebody holds so much."""
    who = holder(name, held_bytes) if kind == "pod" else Holder(command=name, held_bytes=held_bytes)
    finding = slab(Cause.SOCKET_QUEUE, [suspect(name, share, SCOPE if kind == "pod" else "", kind)])
    return node(number, EVERYWHERE, [finding], holders=[who])


def found(*diagnoses: Diagnosis) -> Sequence[Holding]:
    """Return who holds it, of the one signature that there is."""
    (group,) = groups(diagnoses)
    return holdings(group)


def test_all_of_one_owner_s_pods_are_one_holder() -> None:
    """Bytes are summed; of a clone that is counted in full no node's part is above its slab."""
    others = [
        node(100, holders=[holder(POD, MUCH_BYTES)]),
        node(101, holders=[holder(POD, MUCH_BYTES - 1)]),
        node(102, holders=None),
    ]
    expected = Holding(
        identity=SCOPES,
        is_process=False,
        pods=dict.fromkeys(IDS[:2], POD),
        images=dict.fromkeys(IDS[:2], SCOPE),
        shares={IDS[0]: 1.0, IDS[1]: 0.2},
        held_bytes=2 * GIB + GIB // 2,
        slab_bytes=4 * GIB,
        others=Count(1, 2),
    )

    (one,) = found(held(0, 1.0, 3 * GIB), held(1, 0.2, GIB // 2), *others)
    assert one == expected
    assert (one.explained, one.share) == ((IDS[0],), 2.5 / 4)


@pytest.mark.parametrize(("share", "explained"), [(0.25, (IDS[0],)), (0.249, ())])
def test_a_quarter_of_it_explains_a_node(share: float, explained: tuple[str, ...]) -> None:
    """As for an unmaintained image."""
    (one,) = found(held(0, share, GIB))

    assert one.explained == explained


def test_who_explains_most_nodes_comes_first_then_who_holds_most() -> None:
    """A process of the host is no pod of its name."""
    nodes = (
        held(0, 0.5, GIB, name="a/one"),
        held(1, 0.5, GIB, name="b/two"),
        held(2, 0.5, GIB, name="b/two"),
        held(3, 0.5, 2 * GIB, name="b/two", kind="process"),
    )

    assert [(one.is_process, one.explained, one.pods) for one in found(*nodes)] == [
        (False, IDS[1:], dict.fromkeys(IDS[1:], "b/two")),
        (True, ("i-00000003",), {}),
        (False, IDS[:1], {IDS[0]: "a/one"}),
    ]


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        (("forged:1", SCOPE, SCOPE), SCOPE),
        (("forged:1", SCOPE), ""),
        (("docker.io/weaveworks/scope:1.13.1", SCOPE, SCOPE), SCOPE),
        (("forged:1",), "forged:1"),
    ],
    ids=["the worst node's word against two", "one against one", "two versions", "one alone"],
)
def test_the_image_is_the_one_that_most_nodes_name(images: Sequence[str], expected: str) -> None:
    """Whichever node stands first."""
    named = dict(zip(("a", "b", "c"), images, strict=False))

    assert Holding(identity=SCOPES, is_process=False, images=named).image == expected


@pytest.mark.parametrize("cause", [Cause.NETWORK_KERNEL_LEAK, Cause.UNATTRIBUTED])
def test_a_leak_of_the_kernel_has_no_holder(cause: Cause) -> None:
    """Whoever is suspected."""
    assert found(node(0, findings=[slab(cause, [suspect(POD, 0.9)])], holders=[holder(POD, GIB)])) == ()


def test_open_files_have_no_bytes_and_the_mean_of_their_shares() -> None:
    """What waits unread on the node is another matter."""
    files = [slab(Cause.PROCESS_HOLDS_FILES, [suspect("java", share, kind="process")]) for share in (0.6, 0.2)]
    (one,) = found(*(node(at, findings=[each], holders=[holder("a/b", GIB)]) for at, each in enumerate(files)))

    assert one == Holding(identity="java", is_process=True, shares={IDS[0]: 0.6, IDS[1]: 0.2})
    assert one.share == pytest.approx(0.4)
