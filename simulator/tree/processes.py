"""The process table of a node and its files: /proc/PID/{stat,status,cgroup,fd,net}.

4021 (scope) S 3980 4021 4021 0 -1 4194560 91827 0 12 0 5120 2210 0 0 20 0 17 0 221900 1325113344 16384 ...
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator.fleet import FleetNode
from simulator.tree.activity import TICKS, uptime_seconds
from simulator.tree.files import Link
from simulator.tree.network import Queue, pod_files
from simulator.tree.pods import Pod

KIB_PER_MIB = 1024
PAGES_PER_MIB = 256
_FIRST_POD_PID = 3_900
_SETTLE_SECONDS = 35.0
"""Daemons start within the first half minute after boot."""

_KERNEL_THREADS = (
    (2, "kthreadd"), (3, "rcu_gp"), (4, "rcu_par_gp"), (10, "mm_percpu_wq"), (13, "ksoftirqd/0"), (14, "rcu_preempt"),
    (15, "migration/0"), (21, "ksoftirqd/1"), (27, "kauditd"), (28, "khungtaskd"), (29, "oom_reaper"),
    (32, "kcompactd0"), (47, "kworker/0:1H-xfs"), (58, "kswapd0"), (211, "xfsaild/nvme0n1"), (1204, "kworker/u4:2-ev"),
)  # fmt: skip

_DAEMONS = (
    # pid, command, MiB resident, cgroup, threads; together the published 58 MB of system processes
    (1, "systemd", 6, "/init.scope", 1),
    (505, "systemd-journal", 4, "/system.slice/systemd-journald.service", 1),
    (612, "systemd-udevd", 2, "/system.slice/systemd-udevd.service", 1),
    (701, "auditd", 1, "/system.slice/auditd.service", 2),
    (744, "dbus-broker", 1, "/system.slice/dbus-broker.service", 1),
    (760, "chronyd", 1, "/system.slice/chronyd.service", 1),
    (1391, "amazon-ssm-agen", 5, "/system.slice/amazon-ssm-agent.service", 9),
    (1480, "ssm-agent-worke", 5, "/system.slice/amazon-ssm-agent.service", 11),
    (1502, "sshd", 1, "/system.slice/sshd.service", 1),
    (1533, "containerd", 14, "/runtime.slice/containerd.service", 19),
    (1620, "kubelet", 18, "/runtime.slice/kubelet.service", 17),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One row of the process table."""

    pid: int
    parent: int
    command: str
    cgroup: str
    resident_mib: float = 0.0
    swapped_mib: float = 0.0
    threads: int = 1
    state: str = "S"
    is_kernel_thread: bool = False
    pod: Pod | None = None
    inodes: tuple[int, ...] = ()
    """Sockets that it holds open."""


def processes(node: FleetNode, pods: tuple[Pod, ...], sockets: tuple[Queue, ...]) -> tuple[Process, ...]:
    """Return all processes of a node."""
    table = [
        Process(pid=pid, parent=0 if pid == 2 else 2, command=command, cgroup="/", is_kernel_thread=True, state="I")  # noqa: PLR2004  # kthreadd
        for pid, command in _KERNEL_THREADS
    ]
    swapped = node.memory.swap_total_mib - node.memory.swap_free_mib
    table += [
        Process(
            pid=pid, parent=min(pid - 1, 1), command=command, cgroup=cgroup, resident_mib=resident, threads=threads,
            swapped_mib=swapped * 0.01,
        )
        for pid, command, resident, cgroup, threads in _DAEMONS
    ]  # fmt: skip
    total_mib = sum(pod.workload.memory_mib for pod in pods) or 1
    pid = _FIRST_POD_PID
    for pod in pods:
        shim = Process(
            pid=pid, parent=1, command="containerd-shim", cgroup="/system.slice/containerd.service", threads=12
        )
        pause = Process(pid=pid + 11, parent=pid, command="pause", cgroup=pod.sandbox_cgroup, pod=pod)
        table += [shim, pause]
        commands = (pod.workload.command, *pod.workload.children)
        share = swapped * 0.85 * pod.workload.memory_mib / total_mib
        for at, command in enumerate(commands):
            is_main = at == 0
            weight = 0.8 if is_main and len(commands) > 1 else (0.2 / max(len(commands) - 1, 1) if not is_main else 1.0)
            table.append(
                Process(
                    pid=pid + 40 + at * 13,
                    parent=pid,
                    command=command,
                    cgroup=pod.container_cgroup,
                    resident_mib=pod.workload.memory_mib * 0.92 * weight,
                    swapped_mib=share * weight,
                    threads=17 if is_main else 6,
                    pod=pod,
                    inodes=tuple(socket.inode for socket in sockets if socket.pod.uid == pod.uid) if is_main else (),
                )
            )
        pid += 137
    return tuple(table)


def main_pids(table: tuple[Process, ...]) -> dict[str, int]:
    """Return pod uid -> the process id of its main process."""
    found: dict[str, int] = {}
    for process in table:
        if process.pod is not None and process.command == process.pod.workload.command:
            found.setdefault(process.pod.uid, process.pid)
    return found


def process_files(node: FleetNode, process: Process) -> dict[str, str | Link]:
    """Return the files of one process below /proc."""
    here = str(process.pid)
    has_own_network = process.pod is not None and not process.pod.workload.host_network
    files: dict[str, str | Link] = {
        "stat": _stat(node, process),
        "status": _status(process),
        "cgroup": f"0::{process.cgroup}\n",
    }
    if has_own_network:
        files |= pod_files()
    else:
        files["net"] = Link("../net")
    if not process.is_kernel_thread:
        files["fd/0"] = Link("/dev/null")
        files |= {f"fd/{number}": Link(f"socket:[{inode}]") for number, inode in enumerate(process.inodes, start=4)}
    return {f"{here}/{name}": content for name, content in files.items()}


def _stat(node: FleetNode, process: Process) -> str:
    up = uptime_seconds(node)
    age = up - (0.0 if process.is_kernel_thread else min(_SETTLE_SECONDS, up / 2))
    started = round((up - age) * TICKS)
    ticks = round(age * TICKS * 0.002)
    group = 0 if process.is_kernel_thread else process.pid
    flags = 2_129_984 if process.is_kernel_thread else 4_194_560
    fields = (
        process.pid, f"({process.command})", process.state, process.parent, group, group, 0, -1, flags,
        round(process.resident_mib * 400), 0, round(process.swapped_mib * 90), 0, ticks, ticks // 2, 0, 0, 20, 0,
        process.threads, 0, started, _virtual_pages(process) * 4096, _resident_pages(process),
        18_446_744_073_709_551_615, *([0] * 12), 17, *([0] * 14),
    )  # fmt: skip
    return " ".join(map(str, fields)) + "\n"


def _status(process: Process) -> str:
    names = {"S": "sleeping", "I": "idle", "R": "running", "D": "disk sleep", "Z": "zombie"}
    lines = [
        f"Name:\t{process.command}",
        f"State:\t{process.state} ({names[process.state]})",
        f"Tgid:\t{process.pid}",
        f"Pid:\t{process.pid}",
        f"PPid:\t{process.parent}",
        "Uid:\t0\t0\t0\t0",
        f"FDSize:\t{0 if process.is_kernel_thread else 64}",
    ]
    if not process.is_kernel_thread:
        resident = _resident_pages(process) * 4
        lines += [
            f"VmSize:\t{_virtual_pages(process) * 4:8d} kB",
            f"VmRSS:\t{resident:8d} kB",
            f"RssAnon:\t{resident * 3 // 4:8d} kB",
            f"RssFile:\t{resident - resident * 3 // 4:8d} kB",
            f"VmSwap:\t{round(process.swapped_mib * KIB_PER_MIB):8d} kB",
        ]
    return "\n".join([*lines, f"Threads:\t{process.threads}"]) + "\n"


def _resident_pages(process: Process) -> int:
    return 0 if process.is_kernel_thread else max(round(process.resident_mib * PAGES_PER_MIB), 180)


def _virtual_pages(process: Process) -> int:
    return 0 if process.is_kernel_thread else _resident_pages(process) * 3 + 2_600
