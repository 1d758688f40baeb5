"""The share of a window in which tasks waited for memory."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import pressure
from fleetscan.diagnosis.measures.memory_stall import stalled_ratio
from fleetscan.model import Sample, Window


def window(first: str, last: str, seconds: float | None) -> Window:
    """Return two samples with these lines of pressure; empty for none."""
    samples = [Sample([pressure.parse(text)] if text else []) for text in (first, last)]
    return Window(first=samples[0], last=samples[1], seconds=seconds)


@pytest.mark.parametrize(
    ("first", "last", "seconds", "expected"),
    [
        ("memory some total=1000000", "memory some total=3500000", 5.0, 0.5),
        ("memory some total=1000000", "memory some total=1000000", 5.0, 0.0),
        ("memory some total=1000000", "memory some total=9000000", 5.0, 1.0),
        ("memory some total=1000001", "memory some total=1000000", 5.0, None),
        ("memory some total=1000000", "memory some total=3500000", None, None),
        ("memory some total=1000000", "memory some total=3500000", 0.0, None),
        ("memory some total=1000000", "memory some total=3500000", -5.0, None),
        ("", "memory some total=3500000", 5.0, None),
        ("memory some total=1000000", "", 5.0, None),
        ("io some total=1000000", "memory some total=3500000", 5.0, None),
    ],
)
def test_the_running_total_is_enough(first: str, last: str, seconds: float | None, expected: float | None) -> None:
    """Half of five seconds; never more than all of it; None where it is not known."""
    assert expected == stalled_ratio(window(first, last, seconds))
