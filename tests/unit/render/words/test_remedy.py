"""A remedy taken apart into prose and commands."""

from __future__ import annotations

import pytest

from fleetscan.model import Report
from fleetscan.render.words.remedy import Part, advice, parts


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
