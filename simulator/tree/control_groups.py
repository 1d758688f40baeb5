"""cgroup v2 of a node, as kubelet with the systemd driver lays it out, and the counters of /proc/cgroups.

kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod9d1c....slice/cri-containerd-41aa....scope
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.fleet import FleetNode
from simulator.tree.activity import uptime_seconds
from simulator.tree.pods import Pod

MIB = 1024 * 1024
_MICROSECONDS = 1_000_000
_SYSTEM_MIB = 44
"""Processes of system.slice, their files included; the rest of the published 58 MB runs in runtime.slice."""
_RUNTIME_MIB = 118
"""kubelet and containerd with the files they have read."""
_SYSTEM_MILLICORES = 14
_RUNTIME_MILLICORES = 61
_ANON_RATIO = 0.9
"""Share of a pod's memory that is anonymous; the rest is page cache and kernel memory."""


def cpu_files(node: FleetNode, pods: tuple[Pod, ...], seconds_ago: float) -> dict[str, str]:
    """Return the cpu.stat files of the slices, so many seconds before the last sample."""
    up = uptime_seconds(node, seconds_ago)
    used = {
        "kubepods.slice": sum(pod.workload.millicores for pod in pods),
        "system.slice": _SYSTEM_MILLICORES,
        "runtime.slice": _RUNTIME_MILLICORES,
    }
    used |= {pod.cgroup.lstrip("/"): pod.workload.millicores for pod in pods}
    return {f"{path}/cpu.stat": _cpu_stat(up, millicores) for path, millicores in used.items()}


def memory_files(pods: tuple[Pod, ...]) -> dict[str, str]:
    """Return the memory files of the slices, the pods and their containers."""
    sizes = {pod.cgroup.lstrip("/"): pod.workload.memory_mib * MIB for pod in pods}
    sizes |= {pod.container_cgroup.lstrip("/"): pod.workload.memory_mib * MIB - 256 * 1024 for pod in pods}
    sizes |= {pod.sandbox_cgroup.lstrip("/"): 256 * 1024 for pod in pods}
    limits = {pod.cgroup.lstrip("/"): pod.workload.limit_mib * MIB for pod in pods}
    limits |= {pod.container_cgroup.lstrip("/"): pod.workload.limit_mib * MIB for pod in pods}
    by_quality = {f"kubepods.slice/kubepods-{kind}.slice": 0 for kind in ("burstable", "besteffort")}
    for pod in pods:
        parent = f"kubepods.slice/kubepods-{pod.workload.quality}.slice"
        if parent in by_quality:
            by_quality[parent] += pod.workload.memory_mib * MIB
    sizes |= by_quality
    sizes |= {
        "kubepods.slice": sum(pod.workload.memory_mib for pod in pods) * MIB,
        "system.slice": _SYSTEM_MIB * MIB,
        "runtime.slice": _RUNTIME_MIB * MIB,
    }
    files: dict[str, str] = {}
    for path, size in sizes.items():
        files[f"{path}/memory.current"] = f"{size}\n"
        files[f"{path}/memory.stat"] = _memory_stat(size)
        files[f"{path}/memory.max"] = f"{limits.get(path) or 'max'}\n"
    return files


def task_files(tasks: int) -> dict[str, str]:
    """Return how many tasks all pods have together, and that they have no limit."""
    return {"kubepods.slice/pids.current": f"{tasks}\n", "kubepods.slice/pids.max": "max\n"}


def root_files(descendants: int) -> dict[str, str]:
    """Return the files of the root cgroup."""
    controllers = "cpuset cpu io memory hugetlb pids rdma misc\n"
    return {
        "cgroup.controllers": controllers,
        "cgroup.subtree_control": controllers,
        "cgroup.stat": f"nr_descendants {descendants}\nnr_dying_descendants 3\n",
    }


def proc_cgroups(descendants: int) -> str:
    """Return /proc/cgroups."""
    names: Iterable[str] = ("cpuset", "cpu", "cpuacct", "blkio", "memory", "devices", "freezer", "hugetlb", "pids")
    rows = "".join(f"{name}\t0\t{descendants + 1}\t1\n" for name in names)
    return "#subsys_name\thierarchy\tnum_cgroups\tenabled\n" + rows


def _cpu_stat(up: float, millicores: int) -> str:
    usage = round(up * millicores / 1000 * _MICROSECONDS)
    user = usage * 7 // 10
    times = f"usage_usec {usage}\nuser_usec {user}\nsystem_usec {usage - user}\n"
    return times + "nr_periods 0\nnr_throttled 0\nthrottled_usec 0\n"


def _memory_stat(size: int) -> str:
    anon, kernel = round(size * _ANON_RATIO), round(size * 0.04)
    file = size - anon - kernel
    slab = kernel * 3 // 5
    fields = {
        "anon": anon,
        "file": file,
        "kernel": kernel,
        "kernel_stack": kernel // 8,
        "pagetables": kernel // 8,
        "percpu": kernel // 16,
        "sock": 0,
        "vmalloc": 0,
        "shmem": 0,
        "file_mapped": file // 2,
        "file_dirty": 0,
        "swapcached": 0,
        "inactive_anon": anon * 58 // 100,
        "active_anon": anon - anon * 58 // 100,
        "inactive_file": file * 6 // 10,
        "active_file": file - file * 6 // 10,
        "unevictable": 0,
        "slab_reclaimable": slab // 2,
        "slab_unreclaimable": slab - slab // 2,
        "slab": slab,
    }
    return "".join(f"{name} {value}\n" for name, value in fields.items())
