"""What all tests share: reproducible examples, AWS's descriptions read once, and what a run took."""

from __future__ import annotations

import os
import time

import pytest
from hypothesis import HealthCheck, settings

from simulator.demo import quick_place
from tests.fixtures.descriptions import read_once

settings.register_profile(
    "fleetscan", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("fleetscan")
# The same examples in every run, however long a busy machine takes for each. New ones are what `make fuzz` is for.

read_once()

if (place := quick_place()) is not None:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(place))
# Simulated nodes are thousands of small files, which a disk takes ten times as long for.

_BEGAN = pytest.StashKey[float]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to measure."""
    config.stash[_BEGAN] = time.monotonic()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what the run took on the clock, and of the processors; pytest-xdist has waited for its workers by now."""
    wall = (time.monotonic() - config.stash[_BEGAN]) / 60
    times = os.times()
    cpu = (times.user + times.system + times.children_user + times.children_system) / 60
    terminalreporter.write_line(f"{wall:.1f} minutes by the clock, {cpu:.1f} minutes of the processors")


def pytest_xdist_auto_num_workers() -> int:
    """Return how many tests run at once: two more than there are processors, for many wait for scans and servers."""
    return len(os.sched_getaffinity(0)) + 2
