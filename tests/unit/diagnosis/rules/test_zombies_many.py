"""The rule zombies_many: ended processes and the parent that does not collect them."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import processes, tasks
from fleetscan.diagnosis.rules.zombies_many import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Suspect, Window


def window(zombies: int, *others: object, parent: str = "") -> Window:
    """Return a node with this many zombies."""
    text = f"processes 312\nthreads 812\nzombies {zombies}\nuninterruptible 0{parent}"
    return Window(first=Sample(), last=Sample([tasks.parse(text), *others]))


def test_the_parent_is_named_with_its_pod() -> None:
    """40 of 50 are its children."""
    known = processes.parse("5150 java 100 0 live/checkout-0")
    expected = Evidence(
        severity=Severity.WARNING,
        text="50 zombie processes (threshold 20); 40 are children of java (pid 5150)",
        measured=50.0,
        limit=20.0,
        suspects=(
            Suspect(
                kind="process",
                name="java",
                reason="has 40 children that it does not reap; pod live/checkout-0",
                share=0.8,
            ),
        ),
    )

    assert expected == check(window(50, known, parent="\nzombie_parent 5150 40 java"))


def test_a_parent_outside_the_listed_processes_is_named_without_a_pod() -> None:
    """Where it runs is not known."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="20 zombie processes (threshold 20); 20 are children of sh (pid 7)",
        measured=20.0,
        limit=20.0,
        suspects=(Suspect(kind="process", name="sh", reason="has 20 children that it does not reap", share=1.0),),
    )

    assert expected == check(window(20, parent="\nzombie_parent 7 20 sh"))


def test_without_a_parent_nobody_is_a_likely_cause() -> None:
    """Exactly at the limit."""
    expected = Evidence(severity=Severity.WARNING, text="20 zombie processes (threshold 20)", measured=20.0, limit=20.0)

    assert expected == check(window(20))


def test_of_a_list_that_was_cut_it_is_the_least() -> None:
    """More processes than are read: there may be more zombies among the rest."""
    seen = tasks.parse("processes 9000\nthreads 9100\nzombies 41\nuninterruptible 0\nread 5000")
    found = check(Window(first=Sample(), last=Sample([seen])))

    assert found is not None
    assert found.text == "at least 41 zombie processes (threshold 20)"


def test_nineteen_are_healthy() -> None:
    """Just below the limit."""
    assert check(window(19)) is None


def test_without_the_tasks_the_rule_is_skipped() -> None:
    """Not collected is not zero."""
    with pytest.raises(AbsentError, match="Tasks was not collected"):
        check(Window(first=Sample(), last=Sample()))
