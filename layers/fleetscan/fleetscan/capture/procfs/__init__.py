"""The sources that are read on a node: one parser module per source, and the table of all of them.

A source's section in the capture, its module and the entry here bear the same name; ``documents/collect.sh`` prints
these sections and no other. Reading is not parsing: no module here opens a file.
"""

from __future__ import annotations

from collections.abc import Callable

from fleetscan.capture.procfs import (
    allowances,
    arcstats,
    buddyinfo,
    cgroups,
    clock,
    conntrack,
    containers,
    descriptors,
    disks,
    file_nr,
    filesystems,
    host,
    images,
    inotify,
    interfaces,
    journal,
    kernel_log,
    loadavg,
    meminfo,
    neighbours,
    pid_max,
    pods,
    pressure,
    processes,
    services,
    slabinfo,
    slices,
    sockets,
    sockstat,
    stat,
    tasks,
    tcp_mem,
    threads_max,
    uptime,
    vmstat,
    waiting,
)
from fleetscan.immutable import immutable


@immutable(kw_only=False)
class Source:
    """One section of a capture: its source, its type and its parser."""

    section: str
    """Its name in the capture and of its module."""
    type: type
    """The dataclass by which a sample is asked for it."""
    parse: Callable[[str], object]
    """Total over all strings: a value of ``type`` or a ParseError."""
    paths: tuple[str, ...]
    """What the script reads for it on the node; ``PID`` and ``*`` stand for many."""
    sampled_twice: bool = False
    """Whether the first sample has it too, so that its counters become rates."""


_CGROUP = "/sys/fs/cgroup"
_BUNDLES = "/run/containerd/io.containerd.runtime.v2.task/k8s.io/*/config.json"
_POD_NAMES = "/var/log/containers"

SOURCES: tuple[Source, ...] = (
    Source("uptime", uptime.Uptime, uptime.parse, ("/proc/uptime",), sampled_twice=True),
    Source("stat", stat.Stat, stat.parse, ("/proc/stat",), sampled_twice=True),
    Source("vmstat", vmstat.Vmstat, vmstat.parse, ("/proc/vmstat",), sampled_twice=True),
    Source("pressure", pressure.Pressure, pressure.parse, ("/proc/pressure/*",), sampled_twice=True),
    Source("meminfo", meminfo.Meminfo, meminfo.parse, ("/proc/meminfo",), sampled_twice=True),
    Source(
        "slices",
        slices.Slices,
        slices.parse,
        (
            f"{_CGROUP}/*/memory.current",
            f"{_CGROUP}/*/memory.stat",
            f"{_CGROUP}/*/cpu.stat",
            f"{_CGROUP}/kubepods*/memory.max",
            f"{_CGROUP}/kubepods*/pids.*",
        ),
        sampled_twice=True,
    ),
    Source(
        "host",
        host.Host,
        host.parse,
        ("/proc/sys/kernel/osrelease", "/proc/sys/kernel/random/boot_id", "/etc/os-release"),
    ),
    Source("loadavg", loadavg.Loadavg, loadavg.parse, ("/proc/loadavg",)),
    Source("slabinfo", slabinfo.Slabinfo, slabinfo.parse, ("/proc/slabinfo", "/sys/kernel/slab/*/reclaim_account")),
    Source("sockstat", sockstat.Sockstat, sockstat.parse, ("/proc/net/sockstat",)),
    Source(
        "conntrack",
        conntrack.Conntrack,
        conntrack.parse,
        ("/proc/sys/net/netfilter/nf_conntrack_count", "/proc/sys/net/netfilter/nf_conntrack_max"),
    ),
    Source("tcp_mem", tcp_mem.TcpMem, tcp_mem.parse, ("/proc/sys/net/ipv4/tcp_mem",)),
    Source("file_nr", file_nr.FileNr, file_nr.parse, ("/proc/sys/fs/file-nr",)),
    Source("pid_max", pid_max.PidMax, pid_max.parse, ("/proc/sys/kernel/pid_max",)),
    Source("threads_max", threads_max.ThreadsMax, threads_max.parse, ("/proc/sys/kernel/threads-max",)),
    Source("cgroups", cgroups.Cgroups, cgroups.parse, ("/proc/cgroups", f"{_CGROUP}/cgroup.stat")),
    Source("arcstats", arcstats.Arcstats, arcstats.parse, ("/proc/spl/kstat/zfs/arcstats",)),
    Source("tasks", tasks.Tasks, tasks.parse, ("/proc/PID/stat",)),
    Source("services", services.Services, services.parse, ("/proc/PID/stat", "/proc/uptime", "journal")),
    Source(
        "sockets",
        sockets.Sockets,
        sockets.parse,
        ("/proc/PID/net/packet", "/proc/PID/net/netlink", "/proc/PID/fd", "/proc/PID/cgroup"),
    ),
    Source("pods", pods.Pods, pods.parse, (f"{_CGROUP}/kubepods*", _POD_NAMES)),
    Source(
        "processes",
        processes.Processes,
        processes.parse,
        ("/proc/PID/stat", "/proc/PID/status", "/proc/PID/cgroup"),
    ),
    Source("images", images.Images, images.parse, (_BUNDLES,)),
    Source("containers", containers.Containers, containers.parse, (_BUNDLES, _POD_NAMES)),
    Source("descriptors", descriptors.Descriptors, descriptors.parse, ("/proc/PID/fd",)),
    Source("kernel_log", kernel_log.KernelLog, kernel_log.parse, ("dmesg",)),
    Source("filesystems", filesystems.Filesystems, filesystems.parse, ("/proc/1/mountinfo", "stat -f")),
    Source("journal", journal.Journal, journal.parse, ("journal", "/var/log/aws-routed-eni/ipamd.log")),
    Source("interfaces", interfaces.Interfaces, interfaces.parse, ("/proc/net/dev",)),
    Source("allowances", allowances.Allowances, allowances.parse, ("ethtool -S",)),
    Source(
        "neighbours",
        neighbours.Neighbours,
        neighbours.parse,
        ("/proc/net/stat/arp_cache", "/proc/sys/net/ipv4/neigh/default/gc_thresh3"),
    ),
    Source("clock", clock.Clock, clock.parse, ("chronyc tracking",)),
    Source("disks", disks.Disks, disks.parse, ("/proc/diskstats", "/sys/block/*/device/serial")),
    Source("waiting", waiting.Waiting, waiting.parse, ("/proc/PID/stat", "/proc/PID/cgroup")),
    Source("buddyinfo", buddyinfo.Buddyinfo, buddyinfo.parse, ("/proc/buddyinfo",)),
    Source("inotify", inotify.Inotify, inotify.parse, ("/proc/sys/fs/inotify/*", "/proc/PID/fd")),
)
