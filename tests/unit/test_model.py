"""The values that flow: severities have an order, samples say why something is missing."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs.pid_max import PidMax
from fleetscan.capture.procfs.uptime import Uptime
from fleetscan.errors import AbsentError
from fleetscan.model import (
    CaptureStatus,
    Coverage,
    Diagnosis,
    Evidence,
    Finding,
    Node,
    Sample,
    Severity,
)


def finding(severity: Severity) -> Finding:
    """Return a finding of this severity."""
    evidence = Evidence(severity=severity, text="x", measured=1.0, limit=1.0)
    return Finding(rule="load_high", title="x", remedy="x", evidence=evidence)


def diagnosis(*findings: Finding) -> Diagnosis:
    """Return a diagnosis with these findings."""
    coverage = Coverage(status=CaptureStatus.ANSWERED)
    return Diagnosis(node=Node(instance_id="i-1"), coverage=coverage, findings=findings)


class TestSeverity:
    """Severities are compared by rank."""

    def test_they_rank_from_info_to_critical(self) -> None:
        """The order of the alphabet is another one: critical would come first."""
        expected = [Severity.INFO, Severity.WARNING, Severity.CRITICAL]

        assert expected == sorted(Severity, key=lambda severity: severity.rank)

    def test_a_diagnosis_is_as_bad_as_its_worst_finding(self) -> None:
        """Whatever the order of its findings."""
        affected = diagnosis(finding(Severity.INFO), finding(Severity.CRITICAL), finding(Severity.WARNING))

        assert affected.severity is Severity.CRITICAL

    def test_a_diagnosis_without_findings_has_no_severity(self) -> None:
        """Which is not the same as info."""
        assert diagnosis().severity is None


class TestSample:
    """Sources are looked up by their type."""

    def test_a_source_is_found_by_its_type(self) -> None:
        """With its own type for the type checker."""
        expected = Uptime(uptime_seconds=5.0)

        assert expected == Sample([PidMax(maximum=5), expected])[Uptime]

    def test_a_source_that_was_not_collected_says_why(self) -> None:
        """The reason given when the sample was made."""
        sample = Sample(absent={Uptime: "uptime could not be read on the node"})
        with pytest.raises(AbsentError) as raised:
            sample[Uptime]

        assert str(raised.value) == "uptime could not be read on the node"

    def test_a_source_without_a_reason_was_not_collected(self) -> None:
        """The sentence names it."""
        with pytest.raises(AbsentError) as raised:
            Sample()[Uptime]

        assert str(raised.value) == "Uptime was not collected"

    def test_get_is_none_for_what_is_missing(self) -> None:
        """For those who can do without."""
        sample = Sample([PidMax(maximum=5)])

        assert (None, PidMax(maximum=5)) == (sample.get(Uptime), sample.get(PidMax))
        assert PidMax in sample
        assert Uptime not in sample

    def test_a_value_added_replaces_one_of_its_type_and_leaves_the_first_sample_alone(self) -> None:
        """Samples never change."""
        sample = Sample([PidMax(maximum=5)], {Uptime: "gone"})
        changed = sample.with_values(PidMax(maximum=6))

        assert Sample([PidMax(maximum=6)], {Uptime: "gone"}) == changed
        assert sample[PidMax] == PidMax(maximum=5)

    def test_samples_are_equal_by_what_they_hold_and_lack(self) -> None:
        """The reasons count: another reason is another sample."""
        assert Sample([PidMax(maximum=5)]) == Sample([PidMax(maximum=5)])
        assert Sample(absent={Uptime: "a"}) != Sample(absent={Uptime: "b"})
        assert Sample() != "a sample"

    def test_a_sample_shows_what_it_holds_and_lacks(self) -> None:
        """For the reader of a failed test."""
        expected = "Sample([PidMax(maximum=5)], absent={})"

        assert expected == repr(Sample([PidMax(maximum=5)]))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *((status, False) for status in (CaptureStatus.AUTO_MODE, CaptureStatus.WINDOWS, CaptureStatus.BOTTLEROCKET)),
        (CaptureStatus.ANSWERED, True),
        (CaptureStatus.TIMED_OUT, True),
        (CaptureStatus.NOT_REGISTERED, True),
    ],
)
def test_a_node_without_a_shell_is_not_scannable(*, status: CaptureStatus, expected: bool) -> None:
    """That it did not answer this time does not make a node unscannable."""
    assert expected is status.is_scannable
