"""The status of a node with regard to one finding in one scan: affected, clean, gone, or unknown."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from dataclasses import field
from datetime import datetime

from fleetscan.immutable import immutable
from fleetscan.model import CaptureStatus, Diagnosis
from fleetscan.model.finding import Severity
from fleetscan.model.target import Unseen


class NodeStatus(enum.Enum):
    """What a scan knows of one node with regard to one finding."""

    AFFECTED = "sick"
    CLEAN = "clean"
    GONE = "gone"
    UNKNOWN = "unknown"


@immutable
class Facts:
    """One scan, looked up by node: what is needed to say that a finding is not there."""

    scan_id: str
    started_at: datetime
    diagnoses: Mapping[str, Diagnosis]
    """By instance id: every node that exists and was asked for."""
    unseen: tuple[Unseen, ...] = ()
    """What should have been scanned and was not."""
    lost: Collection[str] = frozenset()
    """Instance ids of the workers that a cluster or node group lost with most of its others."""
    is_roster_read: bool = True
    """Whether it is known which workers were lost; if not, every node that is gone may be one of them."""
    fired: Mapping[tuple[str, str], Severity] = field(init=False)
    """Instance id and rule -> the worst severity of the rule there, whatever the cause."""

    def __post_init__(self) -> None:
        fired: dict[tuple[str, str], Severity] = {}
        for instance_id, diagnosis in self.diagnoses.items():
            for finding in diagnosis.findings:
                there = fired.get((instance_id, finding.rule), finding.severity)
                fired[instance_id, finding.rule] = max(there, finding.severity, key=lambda severity: severity.rank)
        object.__setattr__(self, "fired", fired)

    def status(self, instance_id: str, rule: str, severity: Severity, cluster: str = "") -> NodeStatus:
        """Return what this scan knows of a node of a cluster that had a finding of this rule and severity.

        The rule may fire there with another cause: at the same severity that is the same finding with a new
        cause; at a lower one it is another finding.
        """
        diagnosis = self.diagnoses.get(instance_id)
        if diagnosis is None and any(one.hides(instance_id, cluster) for one in self.unseen):
            return NodeStatus.UNKNOWN
        if instance_id in self.lost or (diagnosis is None and not self.is_roster_read):
            return NodeStatus.UNKNOWN
        if diagnosis is None or diagnosis.coverage.status is CaptureStatus.TERMINATED:
            return NodeStatus.GONE
        fired = self.fired.get((instance_id, rule))
        if fired is not None and fired.rank >= severity.rank:
            return NodeStatus.AFFECTED
        is_evaluated = (
            diagnosis.coverage.status is CaptureStatus.ANSWERED
            and rule not in diagnosis.skipped
            and rule not in diagnosis.failed
        )
        return NodeStatus.CLEAN if is_evaluated else NodeStatus.UNKNOWN
