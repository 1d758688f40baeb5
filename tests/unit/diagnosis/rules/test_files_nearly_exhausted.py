"""The rule files_nearly_exhausted: open files against file-max, and who holds them."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import descriptors, file_nr
from fleetscan.diagnosis.rules.files_nearly_exhausted import check
from fleetscan.errors import AbsentError
from fleetscan.model import Cause, Evidence, Sample, Severity, Suspect, Window


def window(open_total: int, *others: object) -> Window:
    """Return a node with this many of 1,000 files open."""
    return Window(first=Sample(), last=Sample([file_nr.parse(f"{open_total} 0 1000"), *others]))


def test_the_process_that_holds_them_is_the_cause() -> None:
    """600 of 900, and another that is named; the third is too small to be."""
    holders = descriptors.parse("9 small 89 -\n4711 java 600 live/checkout-0\n12 nginx 95 -")
    expected = Evidence(
        severity=Severity.CRITICAL,
        text="900 of 1,000 file handles in use (90%, threshold 90%); java (pid 4711) holds 600",
        measured=0.9,
        limit=0.90,
        cause=Cause.PROCESS_HOLDS_FILES,
        suspects=(
            Suspect(
                kind="process",
                name="java",
                reason="holds 600 open files; pod live/checkout-0",
                share=600 / 900,
            ),
            Suspect(kind="process", name="nginx", reason="holds 95 open files", share=95 / 900),
        ),
    )

    assert expected == check(window(900, holders))


def test_holders_of_less_than_half_are_named_and_not_the_cause() -> None:
    """Most of the files are somewhere else."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="800 of 1,000 file handles in use (80%, threshold 70%); java (pid 4711) holds 399",
        measured=0.8,
        limit=0.70,
        suspects=(Suspect(kind="process", name="java", reason="holds 399 open files", share=399 / 800),),
    )

    assert expected == check(window(800, descriptors.parse("4711 java 399 -")))


def test_without_the_holders_nobody_is_named() -> None:
    """Exactly at the limit."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="700 of 1,000 file handles in use (70%, threshold 70%)",
        measured=0.7,
        limit=0.70,
    )

    assert expected == check(window(700))


def test_just_below_there_is_no_finding() -> None:
    """699 of 1,000."""
    assert check(window(699)) is None


def test_without_the_count_the_rule_is_skipped() -> None:
    """Not collected is not zero."""
    with pytest.raises(AbsentError, match="FileNr was not collected"):
        check(Window(first=Sample(), last=Sample()))
