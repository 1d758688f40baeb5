"""What all tests share: reproducible examples, AWS's descriptions read once, and what a run took."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from simulator.demo import quick_place
from tests.fixtures.descriptions import read_once

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

settings.register_profile(
    "fleetscan", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("fleetscan")
# The same examples in every run, however long a busy machine takes for each. New ones are what `make fuzz` is for.

read_once()

if (place := quick_place()) is not None:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(place))
# Simulated nodes are thousands of small files, which a disk takes ten times as long for.

_CPU = pytest.StashKey[dict[str, float]]()
_BEGAN = pytest.StashKey[float]()


def _cpu_seconds() -> float:
    """Return what this process and the children that it has waited for took of the processors."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def pytest_configure(config: pytest.Config) -> None:
    """Begin to measure."""
    config.stash[_BEGAN] = time.monotonic()
    config.stash[_CPU] = {}


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let a worker tell the process that prints what it took."""
    output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["cpu_seconds"] = _cpu_seconds()


class _Workers:
    """Hears of each worker's end; known only where there are workers."""

    def pytest_testnodedown(self, node: WorkerController, error: object | None) -> None:
        """Note what it took."""
        del error
        config: pytest.Config = node.config
        config.stash[_CPU][node.gateway.id] = float(getattr(node, "workeroutput", {}).get("cpu_seconds", 0.0))


def pytest_plugin_registered(plugin: object, manager: pytest.PytestPluginManager) -> None:
    """Listen to the workers where pytest-xdist starts some."""
    if type(plugin).__name__ == "DSession" and not manager.has_plugin("fleetscan-workers"):
        manager.register(_Workers(), "fleetscan-workers")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what the run took on the clock, and of the processors."""
    wall = (time.monotonic() - config.stash[_BEGAN]) / 60
    cpu = (_cpu_seconds() + sum(config.stash[_CPU].values())) / 60
    terminalreporter.write_line(f"{wall:.1f} minutes by the clock, {cpu:.1f} minutes of the processors")


def pytest_xdist_auto_num_workers() -> int:
    """Return how many tests run at once: one more than there are processors, for many wait for a scan's next look."""
    return len(os.sched_getaffinity(0)) + 1
