"""The rule evidence_incomplete: what is wrong with an answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetscan.capture.parse import read
from fleetscan.diagnosis.rule import Unevaluated
from fleetscan.diagnosis.rules.evidence_incomplete import check
from fleetscan.errors import AbsentError
from fleetscan.model import Capture, CaptureStatus, Coverage, Evidence, Node, Sample, Severity, Window

PRESSURE = "section pressure could not be read on the node"
SHORTENED = "section pods was dropped or shortened to fit the output limit"
SLABINFO = "section slabinfo could not be read on the node"


def window(*problems: str, status: CaptureStatus = CaptureStatus.ANSWERED) -> Window:
    """Return a node of which only the coverage is known."""
    return Window(first=Sample(), last=Sample([Coverage(status=status, problems=problems)]))


@pytest.mark.parametrize(
    ("problems", "severity", "text"),
    [
        ((PRESSURE,), Severity.INFO, PRESSURE),
        ((SHORTENED, PRESSURE), Severity.INFO, f"{SHORTENED}; {PRESSURE}"),
        ((PRESSURE, SLABINFO), Severity.WARNING, f"{SLABINFO}; {PRESSURE}"),
        (("a", "b", PRESSURE, "c"), Severity.WARNING, "a; b; c; and 1 more"),
        (
            ("the output was truncated after 2400 characters",),
            Severity.WARNING,
            "the output was truncated after 2400 characters",
        ),
    ],
)
def test_what_is_expected_is_reported_and_the_rest_is_a_warning(
    problems: tuple[str, ...], severity: Severity, text: str
) -> None:
    """A kernel without pressure and a list cut to size need nobody; the serious ones stand first."""
    expected = Evidence(severity=severity, text=text, measured=float(len(problems)), limit=1.0)

    assert expected == check(window(*problems))


@pytest.mark.parametrize(
    ("reasons", "problems", "text", "number"),
    [
        ({"kernel log": "it is empty"}, (), "kernel log not evaluated: it is empty", 1),
        # The problem is the reason, and is not told twice.
        ({"memory": SLABINFO}, (SLABINFO,), f"memory not evaluated: {SLABINFO}", 1),
        (
            {"load": "a", "kernel log": "b"},
            (SHORTENED, SLABINFO),
            f"load not evaluated: a; kernel log not evaluated: b; {SLABINFO}; and 1 more",
            4,
        ),
    ],
)
def test_what_was_not_evaluated_comes_first_and_is_a_warning(
    reasons: dict[str, str], problems: tuple[str, ...], text: str, number: int
) -> None:
    """Even where nothing was wrong with the output: a healthy node must have it."""
    seen = window(*problems)
    told = replace(seen, last=seen.last.with_values(Unevaluated(reasons=reasons)))

    assert check(told) == Evidence(severity=Severity.WARNING, text=text, measured=number, limit=1.0)


def test_the_expected_problems_are_those_that_the_reader_writes() -> None:
    """The words of the rule and of the reader of captures cannot drift apart."""
    text = "fleetscan-capture 1\n@first\n@last\n@end summary triggers=- dropped=pods unreadable=pressure\n"
    _, coverage = read(Capture(node=Node(instance_id="i-1"), status=CaptureStatus.ANSWERED, text=text))

    assert {PRESSURE, SHORTENED} <= set(coverage.problems)


@pytest.mark.parametrize(
    "seen", [window(), window("cut", status=CaptureStatus.TIMED_OUT)], ids=["no problem", "no answer"]
)
def test_a_whole_answer_and_no_answer_are_not_it(seen: Window) -> None:
    """A node that gave no answer has a rule of its own."""
    assert check(seen) is None


def test_without_coverage_the_rule_is_skipped() -> None:
    """A recorded tree was not collected through anything."""
    with pytest.raises(AbsentError, match="Coverage was not collected"):
        check(Window(first=Sample(), last=Sample()))
