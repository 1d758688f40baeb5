"""What one scan knows of a node: unknown is not healthy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetscan.incidents.node_status import Facts, NodeStatus
from fleetscan.model import CaptureStatus, Diagnosis
from fleetscan.model.finding import Cause, Severity
from fleetscan.model.target import Target, Unseen
from tests.fixtures.lives import RULE, START, diagnosis, finding, instance


def status(given: Diagnosis | None, severity: Severity = Severity.CRITICAL) -> NodeStatus:
    """Return what a scan of one node knows of it."""
    diagnoses = {} if given is None else {given.node.instance_id: given}
    return Facts(scan_id="1", started_at=START, diagnoses=diagnoses).status(instance(1), RULE, severity)


def test_a_node_whose_rule_was_evaluated_and_did_not_fire_is_clean() -> None:
    """Whatever else fired there."""
    assert status(diagnosis(1)) is NodeStatus.CLEAN
    assert status(diagnosis(1, finding(rule="load_high"))) is NodeStatus.CLEAN


@pytest.mark.parametrize("given", [None, diagnosis(1, status=CaptureStatus.TERMINATED)])
def test_a_node_that_does_not_exist_is_gone(given: Diagnosis | None) -> None:
    """It is in no inventory any more, or went during the scan."""
    assert status(given) is NodeStatus.GONE


@pytest.mark.parametrize(
    "capture_status",
    [one for one in CaptureStatus if one not in {CaptureStatus.ANSWERED, CaptureStatus.TERMINATED}],
)
def test_a_node_that_did_not_answer_is_unknown(capture_status: CaptureStatus) -> None:
    """Silence says nothing about its memory."""
    assert status(diagnosis(1, status=capture_status)) is NodeStatus.UNKNOWN


def test_a_rule_that_could_not_be_evaluated_is_unknown() -> None:
    """Skipped for want of evidence, or failed for a bug."""
    assert status(diagnosis(1, skipped={RULE: "Meminfo was not collected"})) is NodeStatus.UNKNOWN
    assert status(replace(diagnosis(1), failed={RULE: "ValueError"})) is NodeStatus.UNKNOWN


def test_the_same_rule_with_another_cause_is_the_same_problem_unless_it_is_milder() -> None:
    """Where a holder can no longer be read the leak is unattributed, and still there."""
    other = finding(cause=Cause.UNATTRIBUTED)
    mild = finding(Severity.INFO, cause=Cause.UNATTRIBUTED)

    assert status(diagnosis(1, other)) is NodeStatus.AFFECTED
    assert status(diagnosis(1, mild, other)) is NodeStatus.AFFECTED
    assert status(diagnosis(1, mild)) is NodeStatus.CLEAN
    assert status(diagnosis(1, mild), Severity.INFO) is NodeStatus.AFFECTED


def test_a_node_of_a_target_that_was_not_seen_is_unknown_and_not_gone() -> None:
    """Its account was not looked at. A node that was looked at is what was seen of it, and other accounts' are gone."""
    unseen = Unseen(target=Target(account="444455556666", region="us-east-1"), reason="refused")
    seen = diagnosis(1)
    facts = Facts(scan_id="1", started_at=START, diagnoses={seen.node.instance_id: seen}, unseen=(unseen,))

    def of(number: int, cluster: str) -> NodeStatus:
        return facts.status(instance(number), RULE, Severity.CRITICAL, cluster)

    assert of(2, "444455556666/us-east-1/live") is NodeStatus.UNKNOWN
    assert of(2, "live") is NodeStatus.GONE
    assert of(1, "444455556666/us-east-1/live") is NodeStatus.CLEAN


def test_a_node_that_went_with_most_others_is_unknown_and_not_gone() -> None:
    """Its disappearance says nothing about what it had."""
    facts = Facts(scan_id="1", started_at=START, diagnoses={}, lost={instance(1)})

    assert facts.status(instance(1), RULE, Severity.CRITICAL) is NodeStatus.UNKNOWN
    assert facts.status(instance(2), RULE, Severity.CRITICAL) is NodeStatus.GONE


def test_where_nobody_knows_who_was_there_a_node_that_is_gone_is_unknown() -> None:
    """It may have gone with most of the others; what is there is known as ever."""
    facts = Facts(scan_id="1", started_at=START, diagnoses={instance(1): diagnosis(1)}, is_roster_read=False)

    assert facts.status(instance(1), RULE, Severity.CRITICAL) is NodeStatus.CLEAN
    assert facts.status(instance(2), RULE, Severity.CRITICAL) is NodeStatus.UNKNOWN
