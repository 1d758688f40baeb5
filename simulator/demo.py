"""The demonstration: the incident's fleet on this machine, scanned by the real function with the real script.

Nothing leaves 127.0.0.1. What is simulated is AWS and the nodes' kernels; the function's own code discovers, sends the
document, reads, evaluates and publishes exactly as it does in Lambda.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from fleetscan.incidents.lifecycle import CLEAN_SCANS
from fleetscan.model import Report
from fleetscan.ports import Progress
from fleetscan.scan.ports import unwatched
from functions.scan import app
from simulator.cluster import SimulatedAws
from simulator.earlier import earlier, scan_earlier
from simulator.fleet import Fleet, load
from simulator.removal import without

ROOT_CAUSE = "weave-scope-agent"
TIME_LIMIT_SECONDS = 240.0
"""What a scan of 16 simulated nodes may take on a slow machine; it takes about ten."""
QUICK_PLACE_BYTES = 1 << 30
"""Room that a place in memory must have; a fleet of 16 nodes takes 50 MB of it."""


def run(*, fix: bool = False, progress: Progress = unwatched, folder: Path | None = None) -> tuple[Report, ...]:
    """Scan the incident's fleet; with ``fix``, delete the root cause and scan twice more. Return each report.

    It takes two clean scans to call an incident resolved, so the third report has the before and after. Before all of
    them a scan is made as of four hours ago, when a pod died: Kubernetes has forgotten that by now, the table has not.
    The nodes' trees are written below ``folder`` and stay there; without it they are temporary.
    """
    with tempfile.TemporaryDirectory(prefix="fleetscan-demo-", dir=quick_place()) as temporary:
        place = (folder or Path(temporary)).resolve()  # nodes run their scripts elsewhere
        incident = load("incident")
        was = earlier(incident)
        with SimulatedAws(was, place / "earlier", has_kubernetes=True) as aws, environment(aws.environment):
            scan_earlier(aws)
            aws.become(incident, place / "before")
            reports = [_scan(incident, progress)]
            if fix:
                aws.become(without(incident, ROOT_CAUSE), place / "after")
                reports += [_scan(incident, progress) for _ in range(CLEAN_SCANS)]
        return tuple(reports)


def quick_place() -> Path | None:
    """Return a folder in memory where there is one: a fleet has thousands of small files. Else None, the default.

    Containers often have one that is small, or from which nothing can be executed, as the agents do.
    """
    memory = Path("/dev/shm")  # noqa: S108  # the folder made in it is private and has a name nobody can guess
    if not memory.is_dir() or not os.access(memory, os.W_OK):
        return None
    found = os.statvfs(memory)
    is_fit = found.f_bavail * found.f_frsize >= QUICK_PLACE_BYTES and not found.f_flag & os.ST_NOEXEC
    return memory if is_fit else None


def scan(fleet: Fleet, folder: Path, *, progress: Progress = unwatched) -> Report:
    """Scan one fleet once with the function's own code."""
    with SimulatedAws(fleet, folder) as aws, environment(aws.environment):
        return _scan(fleet, progress)


def _scan(fleet: Fleet, progress: Progress) -> Report:
    return app.run(time.time() + TIME_LIMIT_SECONDS, progress, account=fleet.account)


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Give the process these variables and none of its own AWS_* and FLEETSCAN_* ones while the block runs.

    A profile or an endpoint of the user must not lead a demonstration to a real account.
    """
    kept = dict(os.environ)
    for name in kept:
        if name.startswith(("AWS_", "FLEETSCAN_")):
            del os.environ[name]
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)
