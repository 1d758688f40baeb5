"""High I/O pressure (PSI): all tasks stall because they wait for a disk.

What it means: for a fifth of the last minute or more no task of the node made progress, because all of them waited for
a disk (full), and tasks are in uninterruptible sleep (state D) now; or the queue of a disk is longer than 10 requests
and tasks wait for it.

Why it hurts: it looks like a shortage of CPU, for waiting tasks count as load, but more CPUs do not help. The kubelet
and the container runtime write to the same disk as the pods: they miss heartbeats, health checks time out, and the node
becomes NotReady.

What to do: find who reads or writes, and compare the disk's operations and throughput with the limits of its volume
and of the instance: gp2 runs at its baseline when its burst balance is used up, gp3 at 3,000 operations/s and 125 MiB/s
unless more is provisioned. Where memory is short, the disk is busy with swapping and reading back: fix that first.

Source: the kernel's documentation of PSI; kubernetes issue 42164 and amazon-eks-ami issue 454 (nodes that became
NotReady at the I/O limit of their volume); node-mixin's NodeDiskIOSaturation (queue above 10). That full must reach
20% and tasks be in state D is our own choice.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from fleetscan.capture.procfs.disks import Disk, Disks
from fleetscan.capture.procfs.host import Host
from fleetscan.capture.procfs.pressure import Pressure, ResourcePressure
from fleetscan.capture.procfs.services import Services
from fleetscan.capture.procfs.stat import Stat
from fleetscan.capture.procfs.tasks import Tasks
from fleetscan.capture.procfs.waiting import Waiting
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.diagnosis.thresholds import AtLeast, SharedLimits
from fleetscan.diagnosis.traits import DiskChecks
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import counted

FLAT_RATIO = 0.5
"""avg10 below this share of avg60 is falling fast: the averages lag after relief [inference]."""

SHORT_MEMORY_PERCENT = 10.0
"""From this memory pressure on it is said that the disk may be busy for want of memory (the warning of
memory_pressure_high, not changed with it)."""

SHOWN_TASKS = 5


@immutable
class Limits(SharedLimits):
    """The thresholds of the rule."""

    rule: ClassVar[str] = "io_pressure_high"
    warning_full_percent: float = 20.0
    """avg60 of full, from this on, with tasks in state D [inference: for a fifth of the time nothing made progress]."""
    critical_full_percent: Annotated[float, AtLeast("warning_full_percent")] = 60.0
    """avg10 and avg60 of full, both, with more tasks in state D than critical_waiting_per_cpu, or the kubelet or the
    runtime among them (60 is systemd-oomd's for memory)."""
    critical_waiting_per_cpu: float = 1.0
    """Tasks in state D for each CPU, from this on [inference]."""
    queue_total: int = 10
    """Requests in the queue of a disk, above this mean, where queue_some_percent is reached (node-mixin
    NodeDiskIOSaturation)."""
    queue_some_percent: float = 20.0
    """avg60 of some, from this on: a queue alone makes nobody wait [inference]."""
    some_percent: float = 60.0
    """avg60 of some where full is not reported, from this on [inference]."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare the averages with the thresholds and require tasks that wait now, or a long queue."""
    stalls = known(window.last[Pressure].io, "the pressure on I/O")
    disk = _busiest(window)
    reached = None if _is_falling(stalls) else _reached(stalls, limits)
    length = _long_queue(window, stalls, disk, limits)
    if reached is None and length is None:
        return None
    waiting = _waiting(window)
    if reached is None or not waiting:
        return None if length is None else _queue(window, stalls, disk, length, limits)
    name, measured, limit = reached
    is_critical = name == "full" and _is_critical(window, stalls, waiting, limits)
    limit = limits.critical_full_percent if is_critical else limit
    whose = "all tasks stall" if name == "full" else "tasks stall"
    return Evidence(
        severity=Severity.CRITICAL if is_critical else Severity.WARNING,
        text=f"io PSI {name} avg60 {measured:.2f}% (threshold {limit:.0f}%){_beside(stalls, name)}: {whose} waiting "
        f"for a disk; {_tasks(window, waiting)}{_disk(window, disk)}{_memory(window)}",
        measured=measured,
        limit=limit,
    )


def _reached(stalls: ResourcePressure, limits: Limits) -> tuple[str, float, float] | None:
    """Return the average that reached its threshold; AbsentError where none of them is there."""
    full = None if stalls.full is None else stalls.full.avg60_percent
    if full is not None:
        return ("full", full, limits.warning_full_percent) if full >= limits.warning_full_percent else None
    some = known(known(stalls.some, "io some").avg60_percent, "io full avg60")
    return ("some", some, limits.some_percent) if some >= limits.some_percent else None


def _is_falling(stalls: ResourcePressure) -> bool:
    stall = stalls.some if stalls.full is None or stalls.full.avg60_percent is None else stalls.full
    if stall is None or stall.avg10_percent is None or stall.avg60_percent is None:
        return False
    return stall.avg10_percent < FLAT_RATIO * stall.avg60_percent


def _waiting(window: Window) -> int:
    """Return the tasks that wait for I/O; by the list of processes, or by the kernel's own count where that is more."""
    tasks, stat, waiting = window.last.get(Tasks), window.last.get(Stat), window.last.get(Waiting)
    counts = (
        None if tasks is None else tasks.uninterruptible,
        None if stat is None else stat.blocked_total,
        None if waiting is None else len(waiting.tasks),
    )
    known_ones = [number for number in counts if number is not None]
    if not known_ones:
        raise AbsentError("the number of tasks in state D was not collected")
    return max(known_ones)


def _is_critical(window: Window, stalls: ResourcePressure, waiting: int, limits: Limits) -> bool:
    full = stalls.full
    if full is None or full.avg60_percent is None or full.avg60_percent < limits.critical_full_percent:
        return False
    if full.avg10_percent is not None and full.avg10_percent < limits.critical_full_percent:
        return False
    host = window.last.get(Host)
    cpus = None if host is None else host.cpus
    is_many = cpus is not None and waiting / cpus >= limits.critical_waiting_per_cpu
    return is_many or bool(_stuck_services(window))


def _stuck_services(window: Window) -> list[str]:
    services = window.last.get(Services)
    return [] if services is None else [one.name for one in services.services if one.state == "D"]


def _long_queue(window: Window, stalls: ResourcePressure, disk: Disk | None, limits: Limits) -> float | None:
    """Return the mean queue of the busiest disk where it is long and tasks wait for it."""
    length = None if disk is None else _mean_queue(window, disk)
    some = None if stalls.some is None else stalls.some.avg60_percent
    if length is None or length <= limits.queue_total or some is None or some < limits.queue_some_percent:
        return None
    return length


def _queue(window: Window, stalls: ResourcePressure, disk: Disk | None, length: float, limits: Limits) -> Evidence:
    some = known(known(stalls.some, "io some").avg60_percent, "io some avg60")
    return Evidence(
        severity=Severity.WARNING,
        text=f"the queue of a disk is {length:.0f} requests long (threshold {limits.queue_total}) and tasks wait for "
        f"it (io PSI some avg60 {some:.2f}%); {_tasks(window, _waiting(window))}{_disk(window, disk)}{_memory(window)}",
        measured=length,
        limit=float(limits.queue_total),
    )


def _busiest(window: Window) -> Disk | None:
    disks = window.last.get(Disks)
    found = () if disks is None else disks.disks
    return max(found, key=lambda one: (one.queue_milliseconds, one.in_flight, one.busy_milliseconds), default=None)


def _mean_queue(window: Window, disk: Disk) -> float | None:
    return disk.queue_milliseconds / 1000 / window.seconds if window.seconds else None


def _beside(stalls: ResourcePressure, name: str) -> str:
    if name != "full":
        return ""
    some = None if stalls.some is None else stalls.some.avg60_percent
    return "" if some is None else f", some avg60 {some:.2f}%"


def _tasks(window: Window, waiting: int) -> str:
    found = window.last.get(Waiting)
    named: dict[str, list[int]] = {}
    for task in () if found is None else found.tasks:
        named.setdefault(f"{task.command} of {task.pod}" if task.pod else task.command, []).append(task.pid)
    shown = [
        f"{name} (pid {pids[0]}{f' and {len(pids) - 1} more' if len(pids) > 1 else ''})"
        for name, pids in list(named.items())[:SHOWN_TASKS]
    ]
    stuck = [name for name in _stuck_services(window) if name not in named]
    who = ", ".join([*shown, *stuck])
    return f"{counted(waiting, 'task')} in state D{f': {who}' if who else ''}"


def _disk(window: Window, disk: Disk | None) -> str:
    if disk is None or not window.seconds:
        return ""
    operations = disk.reads + disk.writes
    took = disk.read_milliseconds + disk.write_milliseconds
    busy_percent = min(100.0, disk.busy_milliseconds / window.seconds / 10)
    await_words = f", {took / operations:.0f} ms per operation" if operations else ", no operation ended"
    volume = f" (volume {disk.volume_id})" if disk.volume_id else ""
    return (
        f"; {disk.device}{volume} was busy {busy_percent:.0f}% of the time, {operations / window.seconds:,.0f} "
        f"operations/s{await_words}, {_mean_queue(window, disk) or 0:.1f} in its queue"
    )


def _memory(window: Window) -> str:
    memory = window.last[Pressure].memory
    some = None if memory is None or memory.some is None else memory.some.avg60_percent
    if some is None or some < SHORT_MEMORY_PERCENT:
        return ""
    return f"; memory PSI some avg60 is {some:.2f}%: the disk may be busy because memory is short"


RULE = Rule(
    id="io_pressure_high",
    severity=Severity.CRITICAL,
    title="High I/O pressure (PSI): tasks wait for a disk",
    remedy=(
        "    ps -eo state,pid,comm,wchan | grep '^D'\n"
        "    iostat -x 5 3\n"
        "Show, on the node, who waits in the kernel, and each disk's operations, await and utilization.\n"
        "    aws ec2 modify-volume --volume-id VOLUME --volume-type gp3 --iops 6000 --throughput 500\n"
        "Gives the volume more operations and throughput without a restart, if it is at its limit.\n"
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data\n"
        "Moves the pods away, before the kubelet misses its heartbeats (NotReady)."
    ),
    limits=DEFAULTS,
    check=check,
    disk_checks=DiskChecks.EXPLAIN,
)
