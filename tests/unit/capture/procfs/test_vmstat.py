"""The section ``vmstat``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from fleetscan.capture.procfs import vmstat
from fleetscan.capture.procfs.vmstat import Vmstat, rate_per_second
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = Vmstat(
        swapped_in_pages=40122918,
        swapped_out_pages=41882912,
        major_faults_total=18823311,
        oom_kills_total=3,
        scanned_by_kswapd_pages=912331810,
        scanned_directly_pages=81022311,
    )

    assert expected == vmstat.parse(documented(vmstat))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "vmstat: has none of the fields that are read", id="empty"),
        pytest.param("pswpin", "vmstat, line 1: pswpin is missing", id="no value"),
        pytest.param("pswpin 1\npswpin 2", "vmstat, line 2: pswpin is given twice", id="duplicate"),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        vmstat.parse(text)

    assert error == str(raised.value)


def test_a_kernel_that_does_not_count_oom_kills_is_understood() -> None:
    """A counter that is missing is None, not 0."""
    expected = Vmstat(swapped_in_pages=7)

    assert expected == vmstat.parse("pswpin 7\n")


def test_this_machine_s_own_file_is_understood() -> None:
    """The kernel that runs the test writes what the parser reads."""
    assert vmstat.parse(Path("/proc/vmstat").read_text()).major_faults_total is not None


@pytest.mark.parametrize(
    ("first", "last", "seconds", "expected"),
    [
        pytest.param(100, 125, 5.0, 5.0, id="grew"),
        pytest.param(100, 100, 5.0, 0.0, id="stood still"),
        pytest.param(100, 99, 5.0, None, id="ran backwards"),
        pytest.param(100, 125, 0.0, None, id="no time passed"),
        pytest.param(100, 125, -5.0, None, id="time ran backwards"),
        pytest.param(100, 125, None, None, id="time unknown"),
        pytest.param(None, 125, 5.0, None, id="no first sample"),
        pytest.param(100, None, 5.0, None, id="no last sample"),
    ],
)
def test_a_rate_is_known_only_for_a_counter_that_did_not_run_backwards(
    first: int | None, last: int | None, seconds: float | None, expected: float | None
) -> None:
    """Unknown is None and never 0: a rate of 0 would say that all is well."""
    assert expected == rate_per_second(first, last, seconds)
