"""Evidence that all nodes of one image lack alike is one finding of the fleet: the image is at fault, not each node.

Which image a node was started from is not collected; nodes of one cluster with the same kernel and operating system are
taken as of one image. The nodes stay unknown, for what was not evaluated is kept with each of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from fleetscan.diagnosis.order import worst_first
from fleetscan.diagnosis.rules.evidence_incomplete import RULE
from fleetscan.immutable import immutable
from fleetscan.model import CaptureStatus, Diagnosis, Report
from fleetscan.model.conclusion import FleetFinding
from fleetscan.model.finding import Evidence, Severity
from fleetscan.quantities import counted

LEAST_NODES = 2
"""With one node there is nothing in common."""


@immutable(kw_only=False)
class _Image:
    cluster: str
    operating_system: str
    kernel: str

    @property
    def text(self) -> str:
        """The image in words, the same in every scan."""
        return f"{self.operating_system or 'unknown system'}, kernel {self.kernel}"


def gathered_evidence(report: Report) -> Report:
    """Return the report with one fleet-wide finding for each image whose nodes all lack the same evidence.

    The finding replaces those of the nodes: they say the same.
    """
    images: dict[_Image, list[Diagnosis]] = defaultdict(list)
    for one in report.diagnoses:
        if one.coverage.status is CaptureStatus.ANSWERED and one.readings.kernel:
            image = _Image(one.node.cluster, one.readings.operating_system or "", one.readings.kernel)
            images[image].append(one)
    alike = {image: nodes for image, nodes in images.items() if len(nodes) >= LEAST_NODES and _are_alike(nodes)}
    if not alike:
        return report
    told = {one.node.instance_id for nodes in alike.values() for one in nodes}
    return replace(
        report,
        diagnoses=worst_first(
            _without_finding(one) if one.node.instance_id in told else one for one in report.diagnoses
        ),
        fleet_findings=(*(_finding(image, nodes) for image, nodes in alike.items()), *report.fleet_findings),
    )


def _are_alike(nodes: Sequence[Diagnosis]) -> bool:
    """Whether all lack the same, and have the same problems beside it."""
    first = nodes[0]
    return bool(first.unevaluated) and all(
        one.unevaluated.keys() == first.unevaluated.keys() and one.coverage.problems == first.coverage.problems
        for one in nodes
    )


def _without_finding(one: Diagnosis) -> Diagnosis:
    return replace(one, findings=tuple(finding for finding in one.findings if finding.rule != RULE.id))


def _finding(image: _Image, nodes: Sequence[Diagnosis]) -> FleetFinding:
    missing = "; ".join(f"{name}: {reason}" for name, reason in nodes[0].unevaluated.items())
    return FleetFinding(
        rule=RULE.id,
        cluster=image.cluster,
        title=RULE.title,
        remedy=RULE.remedy,
        evidence=Evidence(
            severity=Severity.WARNING,
            text=f"not evaluated on any of the {counted(len(nodes), 'node')} with {image.text}: {missing}",
            measured=float(len(nodes[0].unevaluated)),
            limit=1.0,
        ),
        instance_ids=tuple(one.node.instance_id for one in nodes),
        subject=image.text,
    )
