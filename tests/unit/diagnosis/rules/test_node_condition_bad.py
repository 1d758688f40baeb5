"""The rule node_condition_bad."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from fleetscan.diagnosis.knowledge.node_conditions import node_conditions
from fleetscan.diagnosis.rules.node_condition_bad import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window
from fleetscan.model.in_cluster import InCluster
from fleetscan.model.kubernetes import Condition, NodeView, Status
from tests.fixtures.clusters import ago, ready, view
from tests.fixtures.windows import one_sample

QUIET = (
    Condition(kind="MemoryPressure", status=Status.FALSE, reason="KubeletHasSufficientMemory"),
    Condition(kind="KernelReady", status=Status.TRUE, reason="KernelIsReady"),
    Condition(kind="KernelDeadlock", status=Status.FALSE, reason="KernelHasNoDeadlock"),
)
"""One of each author, as it should be."""


def node(*conditions: Condition, of_ready: Condition | None = None) -> NodeView:
    """Return a node with these conditions beside those that are as they should be."""
    return replace(view(), conditions=(of_ready or ready(), *QUIET, *conditions))


def condition(
    kind: str,
    status: Status,
    reason: str = "",
    message: str = "",
    *,
    since: datetime | None = None,
    heard_at: datetime | None = None,
) -> Condition:
    """Return a condition."""
    return Condition(kind=kind, status=status, reason=reason, message=message, since=since, heard_at=heard_at)


def fired(given: NodeView) -> Evidence | None:
    """Return what the rule finds on a node."""
    return check(one_sample(given))


def test_conditions_as_they_should_be_are_no_finding() -> None:
    """False where it is named after a problem, True where after what works."""
    assert fired(node()) is None


@pytest.mark.parametrize(
    ("bad", "severity", "text"),
    [
        (
            condition(
                "DiskPressure",
                Status.TRUE,
                "KubeletHasDiskPressure",
                "kubelet has disk pressure",
                since=ago(minutes=30),
                heard_at=ago(minutes=2),
            ),
            Severity.WARNING,
            (
                "DiskPressure is True since 05:35:00 UTC, for 30 min (KubeletHasDiskPressure: kubelet has disk "
                "pressure): "
                "the kubelet deletes images and evicts pods to free disk space, and no pod is scheduled here"
            ),
        ),
        (
            condition("NetworkingReady", Status.FALSE, "IPAMDNotRunning", since=ago(minutes=10)),
            Severity.CRITICAL,
            (
                "NetworkingReady is False since 05:55:00 UTC, for 10 min (IPAMDNotRunning): the node monitoring agent "
                "calls the network broken; EKS repairs the node where auto repair is on"
            ),
        ),
        (
            condition("NetworkingReady", Status.FALSE, "IPAMDNotRunning", since=ago(minutes=9, seconds=59)),
            Severity.WARNING,
            (
                "NetworkingReady is False since 05:55:01 UTC, for 9 min 59 s (IPAMDNotRunning): the node "
                "monitoring agent "
                "calls the network broken; EKS repairs the node where auto repair is on"
            ),
        ),
        (
            condition("ReadonlyFilesystem", Status.TRUE, "FilesystemIsReadOnly", since=ago(hours=1)),
            Severity.WARNING,
            (
                "ReadonlyFilesystem is True since 05:05:00 UTC, for 1 h (FilesystemIsReadOnly): a file system was "
                "remounted read-only; the condition stays until the detector restarts"
            ),
        ),
        (
            condition(
                "KernelDeadlock", Status.TRUE, "DockerHung", "task docker:20744 blocked", heard_at=ago(minutes=59)
            ),
            Severity.WARNING,
            (
                "KernelDeadlock is True (DockerHung: task docker:20744 blocked): a task of the runtime "
                "hung in the kernel; "
                "the condition stays until the detector restarts"
            ),
        ),
        (
            condition("KernelDeadlock", Status.TRUE, "DockerHung", heard_at=ago(hours=1)),
            Severity.INFO,
            "KernelDeadlock is True (DockerHung): not confirmed for 1 h, so it may be over",
        ),
        (
            condition("NetworkUnavailable", Status.TRUE, "NoRoute", since=ago(days=1), heard_at=ago(days=1)),
            Severity.CRITICAL,
            (
                "NetworkUnavailable is True since 06:05:00 UTC, for 1 d (NoRoute): the network of the pods is not "
                "set up, "
                "and no pod is scheduled here"
            ),
        ),
        (
            condition("PIDPressure", Status.UNKNOWN, "NodeStatusNeverUpdated"),
            Severity.INFO,
            "PIDPressure is Unknown (NodeStatusNeverUpdated): its state is unknown",
        ),
        (
            condition("FrobnicatorProblem", Status.TRUE, "Frobnicated"),
            Severity.INFO,
            "FrobnicatorProblem is True (Frobnicated): by its name a problem",
        ),
        (
            condition("FrobnicatorHealthy", Status.FALSE),
            Severity.INFO,
            "FrobnicatorHealthy is False: by its name a problem",
        ),
    ],
)
def test_a_bad_condition_is_told_with_its_reason(bad: Condition, severity: Severity, text: str) -> None:
    """Each author's polarity, and Kubernetes' own words."""
    expected = Evidence(severity=severity, text=text, measured=1.0, limit=1.0)

    assert expected == fired(node(bad))


@pytest.mark.parametrize("status", [Status.TRUE, Status.FALSE])
def test_a_condition_that_nobody_knows_is_no_problem_either_way(status: Status) -> None:
    """Its name says nothing of which status is bad."""
    assert fired(node(condition("Frobnicated", status))) is None


def test_the_worst_comes_first_and_the_others_are_counted() -> None:
    """Critical, then warnings, in the order of the node; the fourth is a number."""
    found = fired(
        node(
            condition("MemoryPressure", Status.TRUE, "KubeletHasInsufficientMemory"),
            condition("Frobnicated", Status.TRUE),
            condition("PIDPressure", Status.TRUE),
            condition("NTPProblem", Status.TRUE),
            condition("KubeletUnhealthy", Status.TRUE, since=ago(hours=2)),
        )
    )

    assert found is not None
    assert (found.severity, found.measured) == (Severity.CRITICAL, 1.0)
    assert found.text.startswith("KubeletUnhealthy is True since 04:05:00 UTC, for 2 h: ")
    assert found.text.endswith("; and 1 more condition")


def test_a_silent_kubelet_is_told_once() -> None:
    """The node controller sets all that the kubelet reports to Unknown: node_not_ready reports that."""
    silent = node(condition("DiskPressure", Status.UNKNOWN), of_ready=ready(Status.UNKNOWN))

    assert fired(silent) is None


def test_a_message_that_is_very_long_is_cut() -> None:
    """The node monitoring agent appends one message to the other."""
    found = fired(node(condition("StorageReady", Status.FALSE, "x", "y" * 10_000)))

    assert found is not None
    assert len(found.text) < 400


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (one_sample(view()), "no condition but Ready"),
        (Window(first=Sample(), last=InCluster().beside(Sample())), "no access to the Kubernetes API"),
        (one_sample(), NodeView.__name__),
    ],
)
def test_without_the_api_nothing_is_said(window: Window, words: str) -> None:
    """Absent is not healthy: the rule is skipped, with the reason."""
    with pytest.raises(AbsentError, match=words):
        check(window)


def test_every_entry_of_the_list_fires() -> None:
    """Each condition of the list, in its bad status, is at least a warning; in the other it is none."""
    found = {kind: fired(node(condition(kind, entry.bad))) for kind, entry in node_conditions().items()}
    other = {Status.TRUE: Status.FALSE, Status.FALSE: Status.TRUE}
    quiet = [kind for kind, entry in node_conditions().items() if fired(node(condition(kind, other[entry.bad])))]

    assert {kind for kind, evidence in found.items() if evidence and evidence.severity is Severity.WARNING} == set(
        node_conditions()
    )
    assert quiet == []
