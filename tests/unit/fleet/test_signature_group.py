"""Nodes with the same problem, and those they can be compared with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fleetscan.diagnosis.condition import Condition, condition
from fleetscan.fleet.signature_group import groups
from fleetscan.model import CaptureStatus, Coverage, Diagnosis
from fleetscan.model.finding import Cause, Finding, Severity
from tests.fixtures.compared_fleet import node, slab

LEAK, QUEUE, UNKNOWN = Cause.NETWORK_KERNEL_LEAK, Cause.SOCKET_QUEUE, Cause.UNATTRIBUTED


def of_rule(rule: str, cause: Cause = UNKNOWN, severity: Severity = Severity.WARNING) -> Finding:
    """Return a finding of another rule."""
    return replace(slab(cause, severity=severity), rule=rule)


def ids(diagnoses: Iterable[Diagnosis]) -> list[int]:
    """Return the numbers of nodes."""
    return [int(one.node.instance_id.removeprefix("i-"), 16) for one in diagnoses]


def test_one_family_with_one_cause_in_one_cluster_is_one_group() -> None:
    """The most nodes first; a node with another cause of the family is neither affected nor compared with."""
    fleet = [
        node(1, findings=[slab(QUEUE)]),
        node(2, findings=[slab(LEAK)]),
        node(3, findings=[slab(LEAK), of_rule("slab_growing", QUEUE)]),
        node(4),
        node(5, findings=[slab(LEAK)], cluster="other"),
        node(6, findings=[of_rule("conntrack_nearly_full")]),
    ]
    found = [(one.cluster, one.cause, ids(one.affected), ids(one.others), sorted(one.rules)) for one in groups(fleet)]

    assert found == [
        ("live", LEAK, [2, 3], [4, 6], ["slab_growing", "slab_unreclaimable_high"]),
        ("live", QUEUE, [1], [4, 6], ["slab_unreclaimable_high"]),
        ("live", UNKNOWN, [6], [1, 2, 3, 4], ["conntrack_nearly_full"]),
        ("other", LEAK, [5], [], ["slab_unreclaimable_high"]),
    ]


def test_the_cause_is_that_of_the_worst_finding_that_has_one() -> None:
    """Findings come worst first."""
    (one,) = groups([node(1, findings=[slab(), of_rule("slab_growing", LEAK), of_rule("socket_buffers_held", QUEUE)])])

    assert (one.cause, one.nodes) == (LEAK, ("i-00000001",))


def test_information_symptoms_and_silence_are_no_problem_of_a_family() -> None:
    """A node that did not answer is not even compared with."""
    silent = replace(node(4, findings=[slab()]), coverage=Coverage(status=CaptureStatus.TIMED_OUT))
    fleet = [
        node(1, findings=[slab(severity=Severity.INFO)]),
        node(2, findings=[of_rule("load_high")]),
        node(3, findings=[slab()]),
        silent,
    ]
    (one,) = groups(fleet)

    assert (ids(one.affected), ids(one.others)) == ([3], [1, 2])


def test_an_unknown_node_that_answered_is_compared_with() -> None:
    """It has no finding of the family, whatever else could not be evaluated on it: it counts as one that has none."""
    unknown = replace(node(2), unevaluated={"kernel log": "section kernel_log could not be read on the node"})
    (found,) = groups([node(1, findings=[slab(QUEUE)]), unknown, node(3)])

    assert condition(unknown) is Condition.UNKNOWN
    assert (ids(found.affected), ids(found.others)) == ([1], [2, 3])
