"""Which types have CPU credits, and why a node has none to evaluate."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.diagnose import diagnose
from fleetscan.diagnosis.knowledge.burstable import why_without_credits
from fleetscan.model import CaptureStatus, Coverage, Node, Sample, Window

EMPTY = Window(first=Sample(), last=Sample())


@pytest.mark.parametrize(
    ("instance_type", "reason"),
    [
        ("m6a.large", "the instance type is not burstable: it has no CPU credits"),
        ("t3.medium", "EC2 did not return the credit mode"),
        ("", "the instance type is unknown, so it is unknown whether it has CPU credits"),
    ],
)
def test_a_node_without_credits_says_why(instance_type: str, reason: str) -> None:
    """In the reasons of the rules that were skipped for it."""
    node = Node(instance_id="i-1", instance_type=instance_type)
    skipped = diagnose(node, EMPTY, Coverage(status=CaptureStatus.ANSWERED)).skipped

    assert reason == why_without_credits(instance_type)
    assert {reason} == {skipped[rule] for rule in ("cpu_credits_exhausted", "cpu_surplus_charged")}
