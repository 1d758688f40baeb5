"""The evaluator that says what the stack's alarms would have said."""

from __future__ import annotations

import pytest

from tests.failure_modes.alarms import Datapoint, state, window_seconds

NOW = 10_000.0


def of(name: str, *values: float, age_seconds: float = 60.0) -> list[Datapoint]:
    """Return values of a metric of some time ago."""
    return [Datapoint(at=NOW - age_seconds, name=name, value=value) for value in values]


@pytest.mark.parametrize(
    ("alarm", "datapoints", "expected"),
    [
        ("ScanMissing", [], "ALARM"),
        ("ScanMissing", of("ScanCompleted", 1.0), "OK"),
        ("ScanMissing", of("ScanCompleted", 1.0, age_seconds=window_seconds() + 1), "ALARM"),
        ("ScanErrors", [], "OK"),
        ("ScanErrors", of("Errors", 0.0, 1.0), "ALARM"),
        ("Coverage", [], "OK"),
        ("Coverage", of("CoveragePercent", 66.7, 100.0), "OK"),
        ("Coverage", of("CoveragePercent", 66.7, 83.3), "ALARM"),
        ("CriticalFindings", of("CriticalFindings", 0.0), "OK"),
        ("CriticalFindings", of("CriticalFindings", 14.0), "ALARM"),
    ],
)
def test_an_alarm_says_of_a_window_what_the_template_defines(
    alarm: str, datapoints: list[Datapoint], expected: str
) -> None:
    """Statistic, threshold, and what a window without data means."""
    assert expected == state(alarm, datapoints, at=NOW)
