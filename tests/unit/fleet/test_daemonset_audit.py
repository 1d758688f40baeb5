"""The incident's three questions to every DaemonSet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetscan.fleet.daemonset_audit import audited
from fleetscan.model.audit import Audited, AuditResult
from fleetscan.model.conclusion import RootCause, Strength
from fleetscan.model.kubernetes import DaemonSet, Manager
from tests.fixtures.clusters import ago, daemonset
from tests.fixtures.dead_pods import AGENT, report, weaker

OTHER = "docker.io/acme/agent:1"
ENDED = "docker.io/grafana/promtail:2.9.3"


def standing(one: DaemonSet, *root_causes: RootCause) -> AuditResult:
    """Return how a DaemonSet stands."""
    (found,) = audited(report(daemonsets=[one], root_causes=root_causes))
    return found.standing


def test_the_incident_s_agent_is_reported_with_all_that_is_known() -> None:
    """Age, last change, the list's word on its image, and what it holds."""
    one = daemonset()
    expected = Audited(
        daemonset=one,
        standing=AuditResult.HOLDS,
        age_seconds=1056 * 86_400.0,
        unchanged_seconds=1056 * 86_400.0,
        listed="unmaintained since 2024",
        culprit=AGENT,
    )

    assert audited(report(daemonsets=[one])) == (expected,)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, AuditResult.ABANDONED),
        ({"images": (OTHER,), "abandoned": "abandoned since 2020"}, AuditResult.ABANDONED),
        ({"images": (OTHER,)}, AuditResult.UNMANAGED),
        ({"images": (OTHER,), "created_at": ago(days=365)}, AuditResult.BY_HAND),
        ({"images": (OTHER,), "created_at": None}, AuditResult.BY_HAND),
        ({"images": (OTHER,), "manager": Manager.HELM}, AuditResult.KEPT),
        ({"images": (OTHER,), "manager": Manager.HELM, "ready": 15}, AuditResult.INCOMPLETE),
        ({"manager": Manager.ARGO_CD}, AuditResult.ABANDONED),
        ({"images": (ENDED,), "manager": Manager.ARGO_CD}, AuditResult.ENDED),
        ({"images": (ENDED,), "created_at": ago(days=9)}, AuditResult.ENDED),
        ({"images": (ENDED,)}, AuditResult.UNMANAGED),
        ({"images": (ENDED, "docker.io/weaveworks/scope:1")}, AuditResult.ABANDONED),
    ],
)
def test_it_stands_by_the_worst_that_is_known(fields: dict[str, object], expected: AuditResult) -> None:
    """A year old exactly is not older than a year; who manages an abandoned image keeps nothing."""
    assert standing(daemonset(**fields)) is expected  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    "root_cause",
    [
        replace(AGENT, cluster="other"),
        replace(AGENT, workload="another"),
        weaker(Strength.PRESENT),
    ],
    ids=["of another cluster", "another workload", "merely present"],
)
def test_only_the_root_cause_itself_is_the_root_cause(root_cause: RootCause) -> None:
    """The same name elsewhere is another DaemonSet."""
    assert standing(daemonset(), root_cause) is AuditResult.ABANDONED


def test_those_that_want_an_answer_come_first_and_of_these_the_oldest() -> None:
    """Ages that are not known last."""
    kept = daemonset("a/kept", images=(OTHER,), manager=Manager.FLUX)
    young = daemonset("a/young", images=(OTHER,), created_at=ago(days=400))
    old = daemonset("z/old", images=(OTHER,), created_at=ago(days=900))
    found = audited(report(daemonsets=[kept, young, old, daemonset()], root_causes=()))

    assert [one.daemonset.name for one in found] == ["weave-scope-agent", "old", "young", "kept"]
