"""The list of node conditions: what ships is well-formed, and what is malformed is refused."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.knowledge.node_conditions import NodeCondition, hinted_bad, node_conditions, parse
from fleetscan.errors import ParseError
from fleetscan.model.finding import Severity
from fleetscan.model.kubernetes import Status

ENTRY = """
[[condition]]
type = "KernelReady"
bad = "False"
severity = "critical"
means = "the kernel is broken"
set_by = "node monitoring agent"
source = "reasons.yaml"
"""


def test_an_entry_is_read_whole() -> None:
    """Every field."""
    expected = NodeCondition(
        type="KernelReady",
        bad=Status.FALSE,
        severity=Severity.CRITICAL,
        means="the kernel is broken",
        set_by="node monitoring agent",
        source="reasons.yaml",
    )

    assert expected == parse(ENTRY)["KernelReady"]


def test_only_the_node_monitoring_agent_names_its_conditions_after_what_works() -> None:
    """The polarity of each author; a plugin alone does not confirm what it has set."""
    listed = node_conditions().values()

    assert {one.set_by for one in listed if one.bad is Status.FALSE} == {"node monitoring agent"}
    assert {one.type for one in listed if not one.is_confirmed} == {"NetworkUnavailable"}


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        ("EtcdReady", Status.FALSE),
        ("EtcdNotReady", Status.TRUE),
        ("RuntimeUnhealthy", Status.TRUE),
        ("RuntimeHealthy", Status.FALSE),
        ("FrequentAgentRestart", Status.TRUE),
        ("EtcdIsVoter", None),
        ("ready", None),
        ("", None),
    ],
)
def test_a_name_may_hint_at_what_is_bad(kind: str, bad: Status | None) -> None:
    """Or be silent."""
    assert hinted_bad(kind) is bad


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"False"', '"Unknown"'),
        ('"critical"', '"info"'),
        ('"KernelReady"', '"Ready"'),
        ('"KernelReady"', '"kernel ready"'),
        ('"node monitoring agent"', '"somebody"'),
        ("means", "meaning"),
        ('"reasons.yaml"', '""'),
        (ENTRY, ENTRY + ENTRY),
    ],
)
def test_a_malformed_entry_is_refused(before: str, after: str) -> None:
    """The build fails, never a scan."""
    with pytest.raises(ParseError, match=r"node_conditions\.toml"):
        parse(ENTRY.replace(before, after, 1))
