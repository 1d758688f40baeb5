"""Where the CPUs' time went between two samples."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import host, stat
from fleetscan.diagnosis.measures.cpu_time import CpuTime, cpu_time
from fleetscan.errors import AbsentError
from fleetscan.model import Sample, Window

# user, nice, system, idle, iowait, irq, softirq, steal
BEFORE = "cpu 1000 100 500 9000 50 10 20 30 7 3"


def window(after: str, *, seconds: float | None = 5.0) -> Window:
    """Return two samples of a node with 2 CPUs."""
    last = Sample([stat.parse(after), host.parse("cpus 2")])
    return Window(first=Sample([stat.parse(BEFORE)]), last=last, seconds=seconds)


def test_each_kind_of_time_is_the_difference_of_its_counters() -> None:
    """Guest time is in user time already, waiting for a disk is idling."""
    found = cpu_time(window("cpu 1201 102 604 9500 58 18 36 95 999 999"))

    assert found == CpuTime(busy_ticks=201 + 2 + 104 + 8 + 16, steal_ticks=65, idle_ticks=500 + 8)
    assert (found.busy_ratio, found.steal_ratio) == (331 / 904, 65 / 904)


def test_iowait_may_run_backwards_as_long_as_idling_does_not() -> None:
    """By design (filesystems/proc.rst)."""
    assert cpu_time(window("cpu 1100 100 500 9010 45 10 20 30")).idle_ticks == 5


@pytest.mark.parametrize(
    ("after", "seconds"),
    [
        pytest.param("cpu 1100 100 500 9500 50 10 20 29", 5.0, id="steal ran backwards"),
        pytest.param("cpu 999 100 500 9500 50 10 20 30", 5.0, id="user time ran backwards"),
        pytest.param("cpu 1100 100 500 8999 50 10 20 30", 5.0, id="idling ran backwards"),
        pytest.param(BEFORE, 5.0, id="no time passed"),
        pytest.param("cpu 3001 100 500 9000 50 10 20 30", 5.0, id="more than twice what 2 CPUs have in 5 s"),
    ],
)
def test_counters_that_cannot_be_right_say_nothing(after: str, seconds: float) -> None:
    """A share made of them would be any number."""
    with pytest.raises(AbsentError, match=r"/proc/stat|no CPU time"):
        cpu_time(window(after, seconds=seconds))


@pytest.mark.parametrize(
    ("after", "seconds"), [("cpu 3000 100 500 9000 50 10 20 30", 5.0), ("cpu 9000 100 500 9000 50 10 20 30", None)]
)
def test_up_to_twice_the_time_is_believed_and_without_a_length_all_of_it(after: str, seconds: float | None) -> None:
    """The two files are not read at the same instant."""
    assert cpu_time(window(after, seconds=seconds)).busy_ratio == 1.0
