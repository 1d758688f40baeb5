"""As much of a core as Lambda gives a function of so much memory, by the kernel's own quota (root, cgroup v1 or v2)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.cgroups import remove

MEGABYTES_PER_CORE = 1_769
"""Memory at which Lambda gives a function one whole core (Lambda developer guide, on configuring memory)."""
PERIOD_MICROSECONDS = 100_000
_ROOTS = (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup"))


@contextmanager
def cpu_share(megabytes: int) -> Iterator[Path | None]:
    """Make a group with that share of a core and yield its folder; None where this machine does not allow it."""
    folder = next((root / f"fleetscan-bench-{os.getpid()}" for root in _ROOTS if _may(root)), None)
    if folder is None:
        yield None
        return
    folder.mkdir()
    try:
        quota = PERIOD_MICROSECONDS * megabytes // MEGABYTES_PER_CORE
        if (folder / "cpu.max").exists():
            (folder / "cpu.max").write_text(f"{quota} {PERIOD_MICROSECONDS}")
        else:
            (folder / "cpu.cfs_period_us").write_text(str(PERIOD_MICROSECONDS))
            (folder / "cpu.cfs_quota_us").write_text(str(quota))
        yield folder
    finally:
        remove(folder)


def join(folder: str) -> None:
    """Put this process under the quota of a group."""
    (Path(folder) / "cgroup.procs").write_text(str(os.getpid()))


def _may(root: Path) -> bool:
    """Whether groups with a quota can be made below this folder."""
    if not os.access(root, os.W_OK):
        return False
    controllers = root / "cgroup.subtree_control"
    return "cpu" in controllers.read_text().split() if controllers.exists() else (root / "cpu.cfs_quota_us").exists()
