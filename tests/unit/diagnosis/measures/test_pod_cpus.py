"""The CPUs that all pods together kept busy."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import slices
from fleetscan.diagnosis.measures.pod_cpus import pod_cpus
from fleetscan.errors import AbsentError
from fleetscan.model import Sample, Window


def window(first: str, last: str, seconds: float | None = 5.0) -> Window:
    """Return two samples with these cgroups."""
    return Window(first=Sample([slices.parse(first)]), last=Sample([slices.parse(last)]), seconds=seconds)


@pytest.mark.parametrize("name", ["kubepods.slice", "kubepods"])
def test_the_mean_of_the_window(name: str) -> None:
    """Whichever driver names the cgroup; the others are no pods."""
    other = "system.slice cpu_usec=9"

    assert pod_cpus(window(f"{other}\n{name} cpu_usec=1000000", f"{other}\n{name} cpu_usec=8500000")) == 1.5


@pytest.mark.parametrize(
    ("first", "last", "seconds"),
    [
        ("system.slice cpu_usec=1", "system.slice cpu_usec=2", 5.0),
        ("kubepods cpu_usec=-", "kubepods cpu_usec=2", 5.0),
        ("kubepods cpu_usec=1", "kubepods cpu_usec=2", None),
        ("kubepods cpu_usec=2", "kubepods cpu_usec=1", 5.0),
    ],
    ids=["no pods", "not counted", "no time", "backwards"],
)
def test_what_was_not_measured_is_not_zero(first: str, last: str, seconds: float | None) -> None:
    """An AbsentError says what was missing."""
    with pytest.raises(AbsentError):
        pod_cpus(window(first, last, seconds))
