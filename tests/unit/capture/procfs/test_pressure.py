"""The section ``pressure``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from fleetscan.capture.procfs import pressure
from fleetscan.capture.procfs.pressure import Pressure, ResourcePressure, Stall
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = Pressure(
        memory=ResourcePressure(
            some=Stall(avg10_percent=98.98, avg60_percent=98.90, avg300_percent=98.38, total_microseconds=571204211903),
            full=Stall(avg10_percent=62.85, avg60_percent=63.91, avg300_percent=63.33, total_microseconds=361290011245),
        ),
        cpu=ResourcePressure(
            some=Stall(avg10_percent=85.41, avg60_percent=84.62, avg300_percent=82.10, total_microseconds=481920118220),
            full=None,
        ),
        io=None,
    )

    assert expected == pressure.parse(documented(pressure))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "pressure: has none of the fields that are read", id="empty"),
        pytest.param("memory", "pressure, line 1: some or full is missing", id="not enough fields"),
        pytest.param(
            "io some total=1\nio some total=1", "pressure, line 2: io some is given twice", id="duplicate line"
        ),
        pytest.param("io some total=1 total=2", "pressure, line 1: 'total' is given twice", id="duplicate field"),
        pytest.param(
            "io some avg10=100.01 total=1",
            "pressure, line 1: avg10 is above 100 percent: 100.01",
            id="above 100 percent",
        ),
        pytest.param(
            "cpu some avg60=x total=1",
            "pressure, line 1: avg60 is not a decimal number: 'x'",
            id="not a number in an average",
        ),
        pytest.param(
            "cpu some avg60=-5 total=1",
            "pressure, line 1: avg60 is not a decimal number: '-5'",
            id="negative in an average",
        ),
        pytest.param(
            "cpu some avg60=1_0 total=1",
            "pressure, line 1: avg60 is not a decimal number: '1_0'",
            id="underscore in an average",
        ),
        pytest.param(
            "cpu some avg60=\uff15 total=1",
            "pressure, line 1: avg60 is not a decimal number: '\\uff15'",
            id="unicode digit in an average",
        ),
        pytest.param(
            "cpu some avg60=nan total=1",
            "pressure, line 1: avg60 is not a decimal number: 'nan'",
            id="nan in an average",
        ),
        pytest.param(
            "cpu some avg60=1e9 total=1",
            "pressure, line 1: avg60 is not a decimal number: '1e9'",
            id="exponent in an average",
        ),
        pytest.param(
            "cpu some avg60=" + "9" * 10_000 + " total=1",
            "pressure, line 1: avg60 is not a decimal number: '9999999999999999999999999999999999999999...'",
            id="ten thousand digits in an average",
        ),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        pressure.parse(text)

    assert error == str(raised.value)


def test_exactly_100_percent_is_believed() -> None:
    """Every task can stall all the time."""
    expected = Stall(avg10_percent=100.0, avg60_percent=None, avg300_percent=None, total_microseconds=1)

    assert Pressure(memory=ResourcePressure(some=expected, full=None), cpu=None, io=None) == pressure.parse(
        "memory some avg10=100.00 total=1"
    )


def test_full_above_some_is_no_error() -> None:
    """The two are sampled one after the other, and kernels were seen to report it."""
    parsed = pressure.parse("io some avg10=1.00 total=1\nio full avg10=2.00 total=2")

    assert parsed.io == ResourcePressure(
        some=Stall(avg10_percent=1.0, avg60_percent=None, avg300_percent=None, total_microseconds=1),
        full=Stall(avg10_percent=2.0, avg60_percent=None, avg300_percent=None, total_microseconds=2),
    )


def test_resources_and_kinds_of_a_newer_kernel_are_ignored() -> None:
    """``irq full`` came with Linux 6.1; more will come."""
    expected = pressure.parse("cpu some total=1")

    assert expected == pressure.parse("irq full total=x\ncpu most total=x\ncpu some total=1 new=5")


def test_this_machine_s_own_files_are_understood() -> None:
    """The kernel that runs the test writes what the parser reads, once the resource stands in front."""
    lines = []
    for resource in ("memory", "cpu", "io"):
        try:
            lines += [f"{resource} {line}" for line in Path(f"/proc/pressure/{resource}").read_text().splitlines()]
        except OSError:
            pytest.skip("no PSI in this kernel")
    parsed = pressure.parse("\n".join(lines))

    assert parsed.memory is not None
    assert parsed.memory.some is not None


def test_averages_without_a_total_are_understood() -> None:
    """The summary has room for one total."""
    parsed = pressure.parse("io full avg10=2.00 avg60=1.00")

    assert parsed.io is not None
    assert Stall(avg10_percent=2.0, avg60_percent=1.0, avg300_percent=None, total_microseconds=None) == parsed.io.full
