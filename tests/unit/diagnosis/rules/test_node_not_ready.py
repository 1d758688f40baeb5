"""The rule node_not_ready."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetscan.diagnosis.rules.node_not_ready import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window
from fleetscan.model.in_cluster import InCluster
from fleetscan.model.kubernetes import NodeView, Status
from tests.fixtures.clusters import ago, ready, view
from tests.fixtures.windows import one_sample


def fired(severity: Severity, text: str) -> Evidence:
    """Return the evidence: the figure is the same as long as it lasts."""
    return Evidence(severity=severity, text=text, measured=1.0, limit=1.0)


def test_it_is_critical_from_a_quarter_of_an_hour_on() -> None:
    """Silent for 15 min; Kubernetes' own words, the last heartbeat, and when EKS replaces it."""
    silent = replace(
        view(condition=ready(Status.UNKNOWN, ago(minutes=15))), lease_renewed_at=ago(minutes=15, seconds=40)
    )
    expected = fired(
        Severity.CRITICAL,
        "Ready is Unknown since 05:50:00 UTC, for 15 min (NodeStatusUnknown: Kubelet stopped posting node status.); "
        "last heartbeat 15 min 40 s ago; EKS replaces the node in 15 min if node auto repair is on",
    )

    assert expected == check(one_sample(silent))


def test_it_is_a_warning_from_the_first_moment_on() -> None:
    """A kubelet that says so itself, and one of which nobody says since when."""
    young = view(condition=ready(Status.FALSE, ago(minutes=14, seconds=59)))
    ageless = view(condition=replace(ready(Status.FALSE), since=None, reason="", message=""))

    assert [evidence.severity for node in (young, ageless) if (evidence := check(one_sample(node)))] == [
        Severity.WARNING,
        Severity.WARNING,
    ]
    assert fired(
        Severity.WARNING,
        "Ready is False, start time unknown; EKS replaces the node in 30 min if node auto repair is on",
    ) == check(one_sample(ageless))


def test_long_after_the_time_of_repair_nothing_is_said_of_it() -> None:
    """EKS would have replaced it by now."""
    evidence = check(one_sample(view(condition=ready(Status.UNKNOWN, ago(days=2)))))

    assert evidence is not None
    assert "EKS" not in evidence.text


def test_a_kubelet_that_says_very_much_is_cut() -> None:
    """A plugin's error can be a stack trace."""
    evidence = check(one_sample(view(condition=replace(ready(Status.FALSE, ago(hours=1)), message="x" * 10_000))))

    assert evidence is not None
    assert len(evidence.text) < 300


def test_a_ready_node_is_healthy() -> None:
    """True is the only status that says so."""
    assert check(one_sample(view())) is None


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (one_sample(replace(view(), conditions=())), "reports no Ready condition"),
        (Window(first=Sample(), last=InCluster().beside(Sample())), "no access to the Kubernetes API"),
        (one_sample(), NodeView.__name__),
    ],
)
def test_missing_evidence_is_not_healthy(window: Window, words: str) -> None:
    """A node that reports nothing, and an API that was not asked."""
    with pytest.raises(AbsentError, match=words):
        check(window)
