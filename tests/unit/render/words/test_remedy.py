"""A remedy taken apart into prose and commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from fleetscan.model import Report
from fleetscan.model.finding import Cause, Finding
from fleetscan.render.words.remedy import Part, advice, parts
from tests.fixtures.clusters import NOW
from tests.fixtures.compared_fleet import node, slab, suspect


@pytest.mark.parametrize(
    ("remedy", "expected"),
    [
        ("", ()),
        ("Drain it.", (Part("Drain it."),)),
        ("Look:\n    kubectl get pods", (Part("Look:"), Part("kubectl get pods", is_command=True))),
        ("Look:\n$ uptime", (Part("Look:"), Part("uptime", is_command=True))),
        ("Run `kubectl get pods`.", (Part("Run:"), Part("kubectl get pods", is_command=True))),
        ("Raise `pid_max` with care.", (Part("Raise pid_max with care."),)),
        (
            "First `a b`, then `c d` and wait.",
            (
                Part("First:"),
                Part("a b", is_command=True),
                Part("then:"),
                Part("c d", is_command=True),
                Part("and wait."),
            ),
        ),
    ],
)
def test_commands_stand_alone(remedy: str, expected: tuple[Part, ...]) -> None:
    """A command can be copied without the words around it; a quoted word stays a word."""
    assert expected == parts(remedy)


ABOUT_A_POD = "    kubectl describe pod POD -n NAMESPACE\nShows it. NAMESPACES and PODS stay."


@pytest.mark.parametrize(
    ("pods", "expected"),
    [
        ([["live/main-0"]], "kubectl describe pod main-0 -n live"),
        ([["live/main-0"], ["live/main-0"]], "kubectl describe pod main-0 -n live"),
        ([["live/main-0", "live/main-1"]], "kubectl describe pod POD -n NAMESPACE"),
        ([["live/main-0"], ["live/main-1"]], "kubectl describe pod POD -n NAMESPACE"),
        ([["live/main-0"], []], "kubectl describe pod POD -n NAMESPACE"),
        ([[]], "kubectl describe pod POD -n NAMESPACE"),
        ([["live/main-0;reboot"]], "kubectl describe pod POD -n NAMESPACE"),
        ([["1c9a2b3d-0000-4000-8000-000000000001"]], "kubectl describe pod POD -n NAMESPACE"),
    ],
    ids=["one", "one on two nodes", "two", "another on each node", "one is not known", "none", "no name", "a uid"],
)
def test_a_remedy_for_one_pod_names_it(pods: Sequence[Sequence[str]], expected: str) -> None:
    """What is no name of a pod does not get into a command."""
    diagnoses = [node(number, findings=[_of_pods(names)]) for number, names in enumerate(pods)]
    made = Report(scan_id="s", started_at=NOW, duration_seconds=1.0, diagnoses=tuple(diagnoses))
    (entry,) = advice(made)

    assert parts(entry.remedy) == (Part(expected, is_command=True), Part("Shows it. NAMESPACES and PODS stay."))


def _of_pods(names: Sequence[str]) -> Finding:
    suspects = [replace(suspect(name, 0.5), kind="pod") for name in names]
    return replace(slab(Cause.UNATTRIBUTED, suspects), remedy=ABOUT_A_POD)


def test_each_remedy_is_reported_once_with_all_its_nodes(report: Report) -> None:
    """Three nodes with one illness need one remedy; the remedies of critical findings come first."""
    actual = [(entry.rules, entry.nodes) for entry in advice(report)]

    expected = [
        (["slab_unreclaimable_high"], ["ip-10-0-1-23", "ip-10-0-1-25", "ip-10-0-1-24"]),
        (["socket_buffers_held"], ["ip-10-0-1-23", "ip-10-0-1-25", "ip-10-0-1-24"]),
        (["memory_pressure_high"], ["ip-10-0-1-23"]),
        (["node_unreachable"], ["ip-10-0-1-40"]),
    ]
    assert expected == actual
