"""Makes this machine look like a worker with many pods: real processes in real cgroups and network namespaces.

What cannot be had here is not pretended: ``BusyNode.words`` says what is real and what is not.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.cgroups import remove
from tests.fixtures.node_tree import NodeTree, add_daemons, add_pods, container_id_of, uid_of

PROCESSES_PER_POD = 4
FILES_PER_PROCESS = 28
PR_SET_NAME = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyNode:
    """Where the script shall look, and in words what it looks at."""

    environment: dict[str, str]
    words: str
    processes: int


@contextlib.contextmanager
def busy_node(pods: int) -> Iterator[BusyNode]:
    """Make a node with so many pods, and take all of it away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="fleetscan-bench-"))
    try:
        top = _cgroup_top()
        if top is None:
            yield _recorded(folder, pods)
        else:
            with _real(folder, top, pods) as node:
                yield node
    finally:
        shutil.rmtree(folder)


def _cgroup_top() -> Path | None:
    """Return where pods' cgroups can be made, None without the rights or on a machine that has some."""
    version1, version2 = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")
    top = version1 if version1.is_dir() else version2 if (version2 / "cgroup.controllers").is_file() else None
    if os.geteuid() or top is None:
        return None
    pods = top / "kubepods.slice"
    if pods.exists():
        return None
    try:
        pods.mkdir()
        pods.rmdir()
    except OSError:
        return None
    return top if _may_unshare() else None


def _may_unshare() -> bool:
    """Whether network namespaces can be made here; tried in a process that ends with what it made."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == 0
    try:
        os.unshare(os.CLONE_NEWNET)
    except OSError:
        os._exit(1)
    os._exit(0)


def _recorded(folder: Path, pods: int) -> BusyNode:
    tree = NodeTree(folder)
    tree.add_host()
    add_daemons(tree)
    add_pods(tree, pods)
    processes = len([entry for entry in (folder / "proc").iterdir() if entry.name.isdigit()])
    environment = tree.environment()
    words = (
        "a recorded tree on disk, NOT real processes "
        "(no root, no writable cgroups, no network namespaces, or a real node)"
    )
    return BusyNode(environment=environment, words=words, processes=processes)


@contextlib.contextmanager
def _real(folder: Path, top: Path, pods: int) -> Iterator[BusyNode]:
    tree = NodeTree(folder)
    add_pods(tree, pods)  # only its bundles and log names are used
    shutil.rmtree(folder / "proc")
    before = len(_pids())
    cgroups: list[Path] = []
    leaders: list[int] = []
    try:
        for number in range(pods):
            leader = _start_pod(top, number, cgroups)
            leaders.append(leader)
        _wait_until(lambda: len(_pids()) >= before + pods * PROCESSES_PER_POD)
        # Others may end or start meanwhile; far too few means that this machine bounds how many there may be.
        if len(_pids()) < before + pods * PROCESSES_PER_POD // 2:
            raise RuntimeError(
                f"the processes of {pods} pods did not start: try fewer with --pods, or look at ulimit -u"
            )
        environment = {
            "PATH": os.environ["PATH"],
            "RUN_ROOT": str(folder / "run"),
            "LOG_ROOT": str(folder / "var/log"),
            "WINDOW_SECONDS": "0",
        }
        words = (
            f"{pods} real pods on this machine: {len(_pids())} processes, memory cgroups below {top}, "
            f"{FILES_PER_PROCESS} files each, a network namespace of its own for ten pods of eleven, two packet "
            "sockets; bundles and log names are files made for it"
        )
        yield BusyNode(environment=environment, words=words, processes=len(_pids()))
    finally:
        for leader in leaders:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.killpg(leader, signal.SIGKILL)
                os.waitpid(leader, 0)
        for cgroup in reversed(cgroups):
            remove(cgroup)


def _start_pod(top: Path, number: int, cgroups: list[Path]) -> int:
    """Start a pod's processes in its cgroup; the first of them leads their process group."""
    name = f"service-{number % 25}-{container_id_of(str(number))[:10]}-x{number:04d}"
    quality = ("guaranteed", "burstable", "besteffort")[number % 3]
    unit = uid_of(name).replace("-", "_")
    middle = "" if quality == "guaranteed" else f"-{quality}"
    path = top / "kubepods.slice"
    for part in ([f"kubepods{middle}.slice"] if middle else []) + [f"kubepods{middle}-pod{unit}.slice"]:
        if path not in cgroups and not path.exists():
            path.mkdir()
            cgroups.append(path)
        path /= part
    for cgroup in (path.parent, path, path / f"cri-containerd-{container_id_of(f'{name}/app')}.scope"):
        if not cgroup.exists():
            cgroup.mkdir()
            cgroups.append(cgroup)
    child = os.fork()
    if child:
        with contextlib.suppress(OSError):  # the child does the same; whoever comes first
            os.setpgid(child, child)
        return child
    try:
        _be_pod(cgroups[-1], number)
    finally:
        os._exit(1)  # whatever happened here, the parent's cleaning up is not ours to do


def _be_pod(cgroup: Path, number: int) -> None:
    """Become the processes of one pod, and stay."""
    with contextlib.suppress(OSError):
        os.setpgid(0, 0)
    (cgroup / "cgroup.procs").write_text(str(os.getpid()))
    if number % 11:
        os.unshare(os.CLONE_NEWNET)
    if number in {0, 1}:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW).detach()
    for _ in range(FILES_PER_PROCESS):
        socket.socket(socket.AF_UNIX).detach()
    for _ in range(PROCESSES_PER_POD - 1):
        if os.fork() == 0:
            break
    ctypes.CDLL(None).prctl(PR_SET_NAME, b"app", 0, 0, 0)
    while True:
        signal.pause()


def _pids() -> list[str]:
    return [entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _wait_until(is_so: Callable[[], bool], *, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.05)
