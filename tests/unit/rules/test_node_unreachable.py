"""The rule node_unreachable: a node that could be asked gave no answer."""

from __future__ import annotations

import pytest

from fleetscan.errors import AbsentError
from fleetscan.model import CaptureStatus, Coverage, Evidence, Sample, Severity, Window
from fleetscan.rules.node_unreachable import check


def window(status: CaptureStatus, reason: str = "") -> Window:
    """Return a node of which only the coverage is known."""
    return Window(first=Sample(), last=Sample([Coverage(status=status, reason=reason)]))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (CaptureStatus.TIMED_OUT, "it did not answer in time"),
        (CaptureStatus.FAILED, "the collection could not run"),
        (CaptureStatus.CONNECTION_LOST, "it lost its connection to Systems Manager"),
        (CaptureStatus.NOT_REGISTERED, "it is not registered with Systems Manager"),
    ],
)
def test_no_answer_is_a_warning(status: CaptureStatus, words: str) -> None:
    """In words, with the reason where there is one."""
    bare = Evidence(severity=Severity.WARNING, text=words, measured=1.0, limit=1.0)
    told = Evidence(severity=Severity.WARNING, text=f"{words}: agent offline", measured=1.0, limit=1.0)

    assert (bare, told) == (check(window(status)), check(window(status, "agent offline")))


@pytest.mark.parametrize(
    "status",
    [
        CaptureStatus.ANSWERED,
        CaptureStatus.TERMINATED,
        CaptureStatus.AUTO_MODE,
        CaptureStatus.WINDOWS,
        CaptureStatus.BOTTLEROCKET,
    ],
)
def test_an_answer_a_node_that_is_gone_and_one_without_a_shell_are_not_it(status: CaptureStatus) -> None:
    """A terminated node is normal; the others have a rule of their own."""
    assert check(window(status, "whatever")) is None


def test_without_coverage_the_rule_is_skipped() -> None:
    """A recorded tree was not collected through anything."""
    with pytest.raises(AbsentError, match="Coverage was not collected"):
        check(Window(first=Sample(), last=Sample()))
