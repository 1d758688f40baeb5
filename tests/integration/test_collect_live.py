"""The real collection script on this machine: real kernel files, a real socket backlog, a log that never ends."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.fixtures.capture_text import CaptureText, take_apart
from tests.fixtures.node_tree import COLLECT, NodeTree

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this machine has no Linux /proc")

HOLDER = """
import socket, sys
SO_RCVBUFFORCE, ETH_P_ALL = 33, 3
capture = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
capture.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 * 1024 * 1024)
capture.bind(("lo", 0))
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(5000):
    sender.sendto(b"x" * 900, ("127.0.0.1", 9))
print(capture.fileno(), flush=True)
sys.stdin.read()
"""


def _collect(environment: Mapping[str, str]) -> CaptureText:
    run = subprocess.run(
        ["sh", str(COLLECT)],
        env={"PATH": os.environ["PATH"], "WINDOW_SECONDS": "0", **environment},
        capture_output=True, check=False, timeout=120,
    )  # fmt: skip

    assert (run.returncode, run.stderr) == (0, b"")
    return take_apart(run.stdout)


def test_this_machine_gives_a_whole_capture(collect_awk: str) -> None:
    """Every kernel has these; both samples are there."""
    capture = _collect({"AWK": collect_awk})

    assert {"triggers", "dropped", "unreadable"} == capture.summary_end.keys()
    assert {"uptime", "stat", "vmstat", "meminfo"} <= capture.first.keys()
    assert {"uptime", "stat", "vmstat", "meminfo", "host", "loadavg", "tasks", "sockets"} <= capture.last.keys()
    assert capture.strays == []
    assert len(capture.summary) <= 2_400


@pytest.fixture
def backlog_holder() -> Iterator[int]:
    """Return the pid of a process with a packet socket that holds five thousand unread packets."""
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    assert holder.stdin is not None
    assert holder.stdout is not None
    if not holder.stdout.readline():
        holder.wait()
        pytest.skip("packet sockets need CAP_NET_RAW and CAP_NET_ADMIN")
    yield holder.pid
    holder.stdin.close()
    holder.stdout.close()
    holder.wait()


def test_a_real_unread_packet_socket_is_laid_at_the_door_of_its_process(backlog_holder: int, collect_awk: str) -> None:
    """What the incident was about, made for real: kernel memory that belongs to no process's RSS, and who holds it."""
    sockets = _collect({"AWK": collect_awk, "DETAIL": "1"}).detail["sockets"]
    (row,) = [row.split() for row in sockets[1:] if row.split()[5] == str(backlog_holder)]
    command = Path(f"/proc/{backlog_holder}/comm").read_text().strip()

    assert ["packet", "host", "-", str(backlog_holder), command] == [row[0], row[1], row[3], row[5], row[6]]
    assert int(row[2]) > 5000 * 900


def test_a_kernel_log_that_never_returns_costs_its_own_section_only(
    healthy_tree: NodeTree, tmp_path: Path, collect_awk: str
) -> None:
    """It is given up after five seconds and named unreadable."""
    if shutil.which("timeout") is None:
        pytest.skip("without timeout nothing can be bounded")
    log = tmp_path / "never"
    os.mkfifo(log)
    with os.fdopen(os.open(log, os.O_RDWR), "wb"):
        run = healthy_tree.collect(AWK=collect_awk, KERNEL_LOG=str(log))
    capture = take_apart(run.stdout)

    assert (capture.summary_end["unreadable"], "kernel_log" in capture.last) == ("kernel_log", False)
    assert {"tasks", "sockets", "pods", "images"} <= capture.last.keys()


def test_the_one_thing_written_is_the_scripts_own_oom_score(tmp_path: Path) -> None:
    """Run Command's agent is protected from the OOM killer; what it starts must not be."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    trace = tmp_path / "trace"
    run = subprocess.run(
        [strace, "-f", "-qq", "-e", "trace=open,openat,creat,unlink,unlinkat,rename,mkdir,mkdirat", "-o", str(trace),
         "sh", str(COLLECT)],
        env={"PATH": os.environ["PATH"], "WINDOW_SECONDS": "0", "DETAIL": "1"},
        capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    if not trace.exists() or b"@end" not in run.stdout:
        pytest.skip("strace cannot trace here")
    opened = re.findall(
        r'"([^"]*)", [A-Z_|]*(?:O_WRONLY|O_RDWR|O_CREAT)|(?:creat|unlink|unlinkat|rename|mkdir|mkdirat)\(([^)]*)',
        trace.read_text(errors="replace"),
    )
    paths = {re.sub(r"[0-9]+", "N", "".join(groups)) for groups in opened} - {"/dev/null", "/dev/tty"}

    assert {"/proc/N/oom_score_adj"} == paths
