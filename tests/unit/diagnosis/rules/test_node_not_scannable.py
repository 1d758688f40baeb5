"""The rule node_not_scannable: kinds of nodes that no command can be sent to."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.rules.node_not_scannable import check
from fleetscan.errors import AbsentError
from fleetscan.model import CaptureStatus, Coverage, Evidence, Sample, Severity, Window


def window(status: CaptureStatus) -> Window:
    """Return a node of which only the coverage is known."""
    return Window(first=Sample(), last=Sample([Coverage(status=status, reason="")]))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (
            CaptureStatus.AUTO_MODE,
            (
                "EKS Auto Mode allows no SSM commands on its nodes; use the node monitoring agent's conditions, a "
                "NodeDiagnostic, or kubectl debug"
            ),
        ),
        (
            CaptureStatus.WINDOWS,
            "Windows has no shell for the collection script; use the node monitoring agent's conditions",
        ),
        (
            CaptureStatus.BOTTLEROCKET,
            (
                "Bottlerocket is left out (BottlerocketScan=off); turn it on, or use the node monitoring agent's "
                "conditions"
            ),
        ),
    ],
)
def test_each_kind_is_reported_with_what_to_do_instead(status: CaptureStatus, words: str) -> None:
    """They are reported, not dropped: a report without them would look complete."""
    expected = Evidence(severity=Severity.WARNING, text=words, measured=1.0, limit=1.0)

    assert expected == check(window(status))


@pytest.mark.parametrize("status", [status for status in CaptureStatus if status.is_scannable])
def test_a_node_with_a_shell_is_not_it(status: CaptureStatus) -> None:
    """Whether it answered or not."""
    assert check(window(status)) is None


def test_without_coverage_the_rule_is_skipped() -> None:
    """A recorded tree was not collected through anything."""
    with pytest.raises(AbsentError, match="Coverage was not collected"):
        check(Window(first=Sample(), last=Sample()))
