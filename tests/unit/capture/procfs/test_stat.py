"""The section ``stat``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from fleetscan.capture.procfs import stat
from fleetscan.capture.procfs.stat import Stat
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = Stat(
        user_ticks=10132153,
        nice_ticks=290696,
        system_ticks=3084719,
        idle_ticks=46828483,
        iowait_ticks=16683,
        irq_ticks=0,
        softirq_ticks=25195,
        steal_ticks=48211,
        boot_time_epoch_seconds=1718000000,
        running_total=38,
        blocked_total=4,
        forks_total=1203391,
    )

    assert expected == stat.parse(documented(stat))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "stat: has none of the fields that are read", id="empty"),
        pytest.param("btime 5", "stat: cpu is missing", id="no cpu"),
        pytest.param("cpu 1 2 3 4 5 6 7", "stat, line 1: steal is missing", id="no steal column"),
        pytest.param("cpu 1 2 3 4 5 6 7 8\ncpu 1 2 3 4 5 6 7 8", "stat, line 2: cpu is given twice", id="duplicate"),
        pytest.param("cpu0 1\n" * 1001, "stat: more than 1000 rows", id="too many rows"),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        stat.parse(text)

    assert error == str(raised.value)


def cpu(*, user: int, steal: int) -> Stat:
    """Return a sample in which only these columns count."""
    return Stat(
        user_ticks=user,
        nice_ticks=0,
        system_ticks=0,
        idle_ticks=0,
        iowait_ticks=0,
        irq_ticks=0,
        softirq_ticks=0,
        steal_ticks=steal,
        boot_time_epoch_seconds=None,
        running_total=None,
        blocked_total=None,
        forks_total=None,
    )


def test_the_first_sample_has_the_cpu_line_alone() -> None:
    """What was not sent is None, not 0."""
    expected = cpu(user=1, steal=8)

    assert expected == stat.parse("cpu 1 0 0 0 0 0 0 8 0 0\n")


def test_columns_of_a_newer_kernel_and_other_lines_are_ignored() -> None:
    """cpu0, intr, softirq and a column after guest_nice change nothing."""
    expected = cpu(user=1, steal=8)

    assert expected == stat.parse("cpu  1 0 0 0 0 0 0 8 0 0 77\ncpu0 x\nintr 1 2 3\nsoftirq 5\n")


def test_this_machine_s_own_file_is_understood() -> None:
    """The kernel that runs the test writes what the parser reads."""
    assert stat.parse(Path("/proc/stat").read_text()).idle_ticks > 0
