"""A node's data -> the files that its kernel, containerd and kubelet would show, in two samples.

    FOLDER/t0/proc FOLDER/t0/sys                                        the first sample: what rates are made of
    FOLDER/t1/proc FOLDER/t1/sys FOLDER/t1/run FOLDER/t1/var/log ...    the last sample, whole
    FOLDER/t1/statfs FOLDER/t1/chrony.txt FOLDER/t1/ethtool/eth0.txt    what only a command can say

This is also what ``fleetscan node --root FOLDER`` reads.
"""

from __future__ import annotations

from pathlib import Path

from simulator.fleet import Fleet, FleetNode
from simulator.tree import activity, containers, control_container, control_groups, disks, memory, network, slab
from simulator.tree.files import Files, Link, write
from simulator.tree.pods import Pod, digest, pods
from simulator.tree.processes import Process, main_pids, process_files, processes

_HOST_CGROUPS = 41
"""Cgroups of systemd's own units."""


_CHRONY = (
    "A9FEA97B,169.254.169.123,4,1758000000.123456789,0.000004211,0.000001,0.000010,-7.104,0.000,0.010,0.000421,"
    "0.000150,16.2,Normal\n"
)
"""What ``chronyc -c tracking`` says of a clock that is right."""
_JOURNAL = (
    'I1124 03:10:01.102311    1620 kubelet.go:2435] "SyncLoop (PLEG): event for pod" pod="kube-system/aws-node-x7k2p"\n'
    'time="2026-11-24T03:10:01.551201113Z" level=info msg="StartContainer returns successfully"\n'
)


def plant(fleet: Fleet, node: FleetNode, folder: Path) -> dict[str, str]:
    """Write a node's tree; return the environment that makes the collection script read it."""
    write(tree(fleet, node), folder)
    first, last = folder / "t0", folder / "t1"
    return {
        "PROC_ROOT": str(last / "proc"),
        "SYS_ROOT": str(last / "sys"),
        "RUN_ROOT": str(last / "run"),
        "LOG_ROOT": str(last / "var/log"),
        "ETC_ROOT": str(last / "etc"),
        "FIRST_PROC_ROOT": str(first / "proc"),
        "FIRST_SYS_ROOT": str(first / "sys"),
        "KERNEL_LOG": str(last / "var/log/dmesg"),
        "JOURNAL": str(last / "var/log/journal.txt"),
        "PAGE_BYTES": str(slab.PAGE_BYTES),
    }


def tree(fleet: Fleet, node: FleetNode) -> dict[str, str | Link]:
    """Return every file of a node, both samples."""
    running = pods(fleet, node)
    sockets = network.queues(node, running)
    table = processes(node, running, sockets)
    descendants = _HOST_CGROUPS + 3 * len(running)
    files: dict[str, str | Link] = {}
    for sample, seconds_ago in (("t0", fleet.window_seconds), ("t1", 0.0)):
        cgroup = control_groups.root_files(descendants) | control_groups.cpu_files(node, running, seconds_ago)
        files |= _below(f"{sample}/proc", _counters(node, table, seconds_ago))
        files |= _below(f"{sample}/sys/fs/cgroup", cgroup)
    for process in table:
        files |= _below("t1/proc", process_files(node, process))
    files |= _below("t1/proc", _state(fleet, node, table))
    files |= _below("t1/proc", network.host_files(node, sockets, main_pids(table)))
    files["t1/proc/cgroups"] = control_groups.proc_cgroups(descendants)
    files |= _below("t1/sys/fs/cgroup", control_groups.memory_files(running))
    files |= _below("t1/sys/fs/cgroup", control_groups.task_files(sum(each.threads for each in table if each.pod)))
    files |= _below("t1/sys", disks.serials(node))
    files |= _below(
        "t1", {"statfs": disks.statfs(running), "chrony.txt": _CHRONY, "ethtool/eth0.txt": network.ethtool()}
    )
    for name, text in slab.reclaim_accounts().items():
        files[f"t1/sys/kernel/slab/{name}/reclaim_account"] = text
    files |= _below("t1", _disk(fleet, node, running))
    return control_container.seen_from_it(node, files) if fleet.system_of(node).is_bottlerocket else files


def _below(folder: str, files: Files) -> dict[str, str | Link]:
    return {f"{folder}/{name}": content for name, content in files.items()}


def _counters(node: FleetNode, table: tuple[Process, ...], seconds_ago: float) -> dict[str, str]:
    """Return the files of /proc that both samples have."""
    return {
        "stat": activity.stat(node, seconds_ago, len(table)),
        "uptime": activity.uptime(node, seconds_ago),
        "vmstat": memory.vmstat(node, seconds_ago),
        "meminfo": memory.meminfo(node),
        "net/dev": network.interfaces(node, seconds_ago),
        "diskstats": disks.diskstats(node, seconds_ago),
    } | {f"pressure/{resource}": text for resource, text in memory.pressures(node, seconds_ago).items()}


def _state(fleet: Fleet, node: FleetNode, table: tuple[Process, ...]) -> dict[str, str]:
    """Return the files of /proc that only the last sample has."""
    threads = sum(process.threads for process in table)
    identity = digest(node.instance_id, "boot")
    boot_id = f"{identity[:8]}-{identity[8:12]}-4{identity[12:15]}-8{identity[15:18]}-{identity[18:30]}"
    return {
        "loadavg": activity.loadavg(node, threads, max(process.pid for process in table) + 2_000),
        "slabinfo": slab.slabinfo(node),
        "version": f"Linux version {fleet.system_of(node).kernel} (mockbuild@ip-10-0-0-1) #1 SMP PREEMPT_DYNAMIC\n",
        "mounts": "/dev/nvme0n1p1 / xfs rw,noatime,inode64 0 0\n",
        "1/mountinfo": disks.mountinfo(),
        "buddyinfo": "Node 0, zone   Normal  4381 2107 811 322 96 31 8 2 1 1 9\n",
        "sys/fs/inotify/max_user_instances": "8192\n",
        "sys/fs/inotify/max_user_watches": "524288\n",
        "sys/fs/file-nr": f"{1_900 + 40 * len(table)}\t0\t9223372036854775807\n",
        "sys/kernel/pid_max": "4194304\n",
        "sys/kernel/threads-max": f"{node.memory.total_mib * 8}\n",
        "sys/kernel/osrelease": f"{fleet.system_of(node).kernel}\n",
        "sys/kernel/random/boot_id": f"{boot_id}\n",
        "sys/kernel/tainted": "0\n",
    }


def _disk(fleet: Fleet, node: FleetNode, running: tuple[Pod, ...]) -> dict[str, str]:
    """Return the files of /run, /var/log and /etc."""
    system = fleet.system_of(node)
    boot = (
        f"Linux version {system.kernel}",
        "Command line: root=UUID=6d0c nvme_core.io_timeout=4294967295 psi=1 selinux=1 security=selinux",
        "systemd[1]: Detected virtualization amazon.",
        "xfs filesystem being mounted at / supports timestamps until 2038",
    )
    up = activity.uptime_seconds(node)
    log = [f"[{0.05 * at:12.6f}] {line}" for at, line in enumerate(boot)]
    log += [f"[{up - 600 + at:12.6f}] {line}" for at, line in enumerate(node.kernel_log)]
    files = {"etc/os-release": "\n".join(system.os_release) + "\n", "var/log/dmesg": "\n".join(log) + "\n"}
    files["var/log/journal.txt"] = _JOURNAL
    files |= {f"run/{name}": text for name, text in containers.bundle_files(running).items()}
    return files | {f"var/log/{name}": text for name, text in containers.log_files(running).items()}
