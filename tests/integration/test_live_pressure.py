"""Live fire: processes of one cgroup really wait for memory, on a machine that has plenty."""

from __future__ import annotations

import functools
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fleetscan.capture import local
from fleetscan.capture.parse import read
from fleetscan.capture.procfs.pressure import Pressure
from tests.fixtures.live_cgroup import CannotError, live_cgroup
from tests.fixtures.live_command import MEBIBYTE, fleetscan_node, or_skip
from tests.fixtures.live_process import is_root, live_process
from tests.fixtures.node_tree import NodeTree

pytestmark = pytest.mark.skipif(not is_root(), reason="only root may make cgroups")


def _pressure() -> tuple[float, float, int]:
    """Return avg10, avg60 and the total in microseconds of the kernel's own line for memory."""
    try:
        line = Path("/proc/pressure/memory").read_text(encoding="ascii").splitlines()[0]
    except OSError as error:
        raise CannotError(f"this kernel does not measure pressure: {error}") from error
    words = dict(word.split("=") for word in line.split()[1:])
    return float(words["avg10"]), float(words["avg60"]), int(words["total"])


@contextmanager
def _stalled(folder: Path) -> Iterator[None]:
    """Let two processes read at random in a file too large for their cgroup, from a disk slow for them alone."""
    file = folder / "reread"
    file.write_bytes(os.urandom(32 * MEBIBYTE))
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
        # Pages are charged to who reads them first, which must not be this test.
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    pod = NodeTree(folder / "node").add_pod("reader", {"app": "app:1"}, namespace="live")
    with live_cgroup(pod.uid, pod.containers["app"], memory_bytes=32 * MEBIBYTE, slows_down=True) as cgroup:
        reader = functools.partial(live_process, "reread_file", cgroup=cgroup)
        with reader("reader-1", str(file)), reader("reader-2", str(file)):
            cgroup.slow_down(file.stat().st_dev, 600_000)
            yield


def _wait_until(is_so: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.25)
    return True


def test_real_pressure_of_one_cgroup_does_not_make_a_node_critical(tmp_path: Path) -> None:
    """The averages are the kernel's, and a node with memory to spare is not accused for one container's limit."""
    # On a disk, where the temporary folder may be in memory: what is in memory is never read anew.
    with or_skip(), tempfile.TemporaryDirectory(dir="/var/tmp") as disk:
        _, _, total_idle = _pressure()
        with _stalled(Path(disk)):
            if not _wait_until(lambda: _pressure()[2] > total_idle + 500_000, seconds=10):
                raise CannotError("rereading did not stall: the disk or its cache is too quick")
            # Where it gets there, the averages alone would ask for an alarm; where not, they are compared all the same.
            _wait_until(lambda: min(_pressure()[:2]) > 10, seconds=15)
            _, avg60_before, total_before = _pressure()
            moment = fleetscan_node(tmp_path)
            window, _ = read(local.collect(window_seconds=0))
            _, avg60_after, total_after = _pressure()
    readings = moment.node["readings"]
    memory = window.last[Pressure].memory
    severities = {
        finding["severity"] for finding in moment.node["findings"] if finding["rule"] == "memory_pressure_high"
    }

    assert memory is not None
    assert memory.some is not None
    assert memory.some.total_microseconds is not None
    assert total_before <= memory.some.total_microseconds <= total_after
    assert (
        min(avg60_before, avg60_after) - 5
        <= readings["memory_some_avg60_percent"]
        <= max(avg60_before, avg60_after) + 5
    )
    assert readings["memory_available_bytes"] >= readings["memory_total_bytes"] / 4
    assert "critical" not in severities
