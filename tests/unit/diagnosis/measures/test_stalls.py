"""What tasks wait for, one number a resource."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import pressure
from fleetscan.diagnosis.measures.stalls import stalled_percent
from fleetscan.errors import AbsentError
from tests.fixtures.windows import one_sample

PRESSURE = pressure.parse(
    "memory some avg10=7.00 avg60=3.00 avg300=0.00 total=1\nmemory full avg10=99.00 avg60=99.00 avg300=0.00 total=1\n"
    "cpu some avg10=1.00 avg60=85.00 avg300=0.00 total=1"
)


@pytest.mark.parametrize(
    ("of_seconds", "expected"), [(60, [("cpu", 85.0), ("memory", 3.0)]), (10, [("memory", 7.0), ("cpu", 1.0)])]
)
def test_the_worst_comes_first_and_what_is_not_known_not_at_all(
    of_seconds: int, expected: list[tuple[str, float]]
) -> None:
    """Of ten seconds or of a minute, in which some task waited."""
    assert expected == list(stalled_percent(one_sample(PRESSURE), of_seconds=of_seconds).items())


def test_a_kernel_without_pressure_says_nothing() -> None:
    """Not zero."""
    with pytest.raises(AbsentError):
        stalled_percent(one_sample())
