"""Evidence that all nodes of one image lack is told once, and the nodes stay unknown."""

from __future__ import annotations

from dataclasses import replace

from fleetscan.diagnosis.condition import Condition, condition
from fleetscan.diagnosis.rules.evidence_incomplete import RULE
from fleetscan.fleet.missing_evidence import gathered_evidence
from fleetscan.model import Diagnosis, Evidence, Severity
from fleetscan.model.conclusion import FleetFinding
from tests.fixtures.evaluated_nodes import HEALTHY, evaluated, finding, report

LOG = {"kernel log": "section kernel_log could not be read on the node"}
AL2023 = "Amazon_Linux_2023.7"


def lacking(number: int, kernel: str = "6.1.141", missing: dict[str, str] | None = None) -> Diagnosis:
    """Return a node of an image that lacks evidence, by default the kernel log."""
    lost = LOG if missing is None else missing
    readings = replace(HEALTHY, kernel=kernel, operating_system=AL2023)
    findings = (finding(RULE.id, Severity.WARNING),) if lost else ()
    return replace(evaluated(number, *findings, readings=readings), unevaluated=lost)


def test_what_all_nodes_of_an_image_lack_is_one_finding_of_the_fleet() -> None:
    """Not one for each; and another image's nodes are healthy as before."""
    other = lacking(3, "5.10.238", {})
    found = gathered_evidence(report(lacking(1), lacking(2), other))
    expected = FleetFinding(
        rule="evidence_incomplete",
        cluster="live",
        title=RULE.title,
        remedy=RULE.remedy,
        evidence=Evidence(
            severity=Severity.WARNING,
            text="not evaluated on any of the 2 nodes with Amazon_Linux_2023.7, kernel 6.1.141: kernel log: section "
            "kernel_log could not be read on the node",
            measured=1.0,
            limit=1.0,
        ),
        instance_ids=("i-00000000000000001", "i-00000000000000002"),
        subject="Amazon_Linux_2023.7, kernel 6.1.141",
    )

    assert found.fleet_findings == (expected,)
    assert [one.findings for one in found.diagnoses] == [(), (), ()]
    assert [condition(one) for one in found.diagnoses] == [Condition.UNKNOWN, Condition.UNKNOWN, Condition.HEALTHY]


def test_what_only_some_of_them_lack_stays_with_the_nodes() -> None:
    """One that has it, one that lacks something else, and one alone of its image."""
    for other in (
        lacking(2, missing={}),
        lacking(2, missing={"load (loadavg)": "section loadavg missing from the collected data"}),
        lacking(2, "5.10.238"),
    ):
        whole = report(lacking(1), other)

        assert gathered_evidence(whole) == whole


def test_other_findings_of_the_nodes_stay() -> None:
    """A critical finding is not gathered away with what is missing."""
    slab = finding("slab_unreclaimable_high", Severity.CRITICAL)
    worse = replace(lacking(1), findings=(slab, *lacking(1).findings))
    found = gathered_evidence(report(lacking(2), worse))

    assert [one.findings for one in found.diagnoses] == [(slab,), ()]
    assert condition(found.diagnoses[0]) is Condition.CRITICAL
