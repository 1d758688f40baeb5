"""The rule node_unreachable: a node that could be asked gave no answer."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.rules.node_unreachable import check
from fleetscan.errors import AbsentError
from fleetscan.model import CaptureStatus, Coverage, Evidence, Sample, Severity, Window
from fleetscan.model.memory import History, Reading


def window(status: CaptureStatus, reason: str = "") -> Window:
    """Return a node of which only the coverage is known."""
    return Window(first=Sample(), last=Sample([Coverage(status=status, reason=reason)]))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (CaptureStatus.TIMED_OUT, "no response before the timeout"),
        (CaptureStatus.FAILED, "the collection command failed"),
        (CaptureStatus.CONNECTION_LOST, "connection to Systems Manager lost"),
        (CaptureStatus.NOT_REGISTERED, "not registered with Systems Manager"),
    ],
)
def test_no_answer_is_a_warning(status: CaptureStatus, words: str) -> None:
    """In words, with the reason where there is one."""
    bare = Evidence(severity=Severity.WARNING, text=words, measured=1.0, limit=1.0)
    reported = Evidence(severity=Severity.WARNING, text=f"{words}: agent offline", measured=1.0, limit=1.0)

    assert (bare, reported) == (check(window(status)), check(window(status, "agent offline")))


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


NOW = 1_800_000_000


def silent(status: CaptureStatus, *answered_seconds_ago: int) -> Window:
    """Return a node that gave no answer, and answered so long ago."""
    readings = tuple(Reading(at_epoch_seconds=NOW - age) for age in answered_seconds_ago)
    history = History(at_epoch_seconds=NOW, readings=readings)
    return Window(first=Sample(), last=Sample([Coverage(status=status, reason="no answer within 60 s"), history]))


@pytest.mark.parametrize("status", [CaptureStatus.TIMED_OUT, CaptureStatus.CONNECTION_LOST])
def test_a_node_that_answered_lately_and_is_silent_is_critical(status: CaptureStatus) -> None:
    """Its role and network were good then, so it is the node."""
    found = check(silent(status, 900, 300))

    assert found is not None
    assert found.severity is Severity.CRITICAL
    assert found.text.endswith(
        ": no answer within 60 s; the node last responded 5 min ago and EC2 reports it as running"
    )


@pytest.mark.parametrize(
    "window",
    [
        pytest.param(silent(CaptureStatus.TIMED_OUT), id="it never answered"),
        pytest.param(silent(CaptureStatus.TIMED_OUT, 86_401), id="silent for more than a day"),
        pytest.param(silent(CaptureStatus.NOT_REGISTERED, 300), id="somebody took its role away"),
        pytest.param(silent(CaptureStatus.FAILED, 300), id="it answers, and cannot run the command"),
    ],
)
def test_other_silence_stays_a_warning(window: Window) -> None:
    """Nobody is woken for it."""
    found = check(window)

    assert found is not None
    assert found.severity is Severity.WARNING
