"""The rule shims_leaking: shims against pods."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.rules.shims_leaking import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity, Window
from tests.fixtures.windows import one_sample, parsed


def node(shims: int, pods: int, more: str = "") -> Window:
    """Return a node with so many shims and pods."""
    tasks = parsed("tasks", f"processes 900\nthreads 9000\nzombies 0\nuninterruptible 0\nshims {shims}{more}")
    return one_sample(tasks, parsed("pods", f"total count={pods}"))


def test_far_more_shims_than_pods_are_left_over() -> None:
    """600 for 8 pods."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="600 shims (containerd-shim) for 8 pods (threshold 50)",
        measured=600.0,
        limit=50.0,
    )

    assert expected == check(node(600, 8))


@pytest.mark.parametrize(
    ("shims", "pods", "fires"),
    [(49, 0, False), (50, 0, True), (50, 25, False), (51, 25, True), (220, 110, False), (221, 110, True)],
)
def test_it_takes_more_than_two_a_pod_and_fifty(shims: int, pods: int, *, fires: bool) -> None:
    """A full node has as many shims as pods."""
    assert (check(node(shims, pods)) is not None) is fires


def test_of_a_list_that_was_cut_it_is_the_least() -> None:
    """More processes than are read."""
    found = check(node(600, 8, "\nread 700"))

    assert found is not None
    assert found.text.startswith("at least 600 shims")


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ([], "Tasks was not collected"),
        ([parsed("tasks", "processes 1\nthreads 1\nzombies 0\nuninterruptible 0")], "the number of shims was not"),
        ([parsed("tasks", "processes 1\nthreads 1\nzombies 0\nuninterruptible 0\nshims 60")], "Pods was not"),
    ],
)
def test_without_shims_or_pods_it_is_skipped(values: list[object], missing: str) -> None:
    """A script of before did not count them; where no pod is seen, nobody knows how many there are."""
    with pytest.raises(AbsentError, match=missing):
        check(one_sample(*values))
