"""How the CPUs spent their time between the two samples."""

from __future__ import annotations

from fleetscan.capture.procfs.host import Host
from fleetscan.capture.procfs.stat import Stat
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Window

TICKS_PER_SECOND = 100
"""USER_HZ: /proc/stat counts in hundredths of a second on x86 and arm64 (proc(5), sysconf(_SC_CLK_TCK))."""

MOST_OF_POSSIBLE = 2.0
"""More ticks than twice what the CPUs have in the window is a broken counter. Twice, because the samples of uptime
and stat are not taken at the same instant."""


@immutable
class CpuTime:
    """Ticks of all CPUs together in one window."""

    busy_ticks: int
    """user, nice, system, irq and softirq. Steal is not included."""
    steal_ticks: int
    idle_ticks: int
    """idle and iowait: iowait alone may run backwards (Documentation/filesystems/proc.rst), the sum does not."""

    @property
    def total_ticks(self) -> int:
        """The sum of busy, steal and idle."""
        return self.busy_ticks + self.steal_ticks + self.idle_ticks

    @property
    def busy_ratio(self) -> float:
        """Share of the window in which the CPUs ran something, 0 to 1."""
        return self.busy_ticks / self.total_ticks

    @property
    def steal_ratio(self) -> float:
        """Share of the window in which the hypervisor did not run the CPUs although they had work (steal), 0 to 1."""
        return self.steal_ticks / self.total_ticks


def cpu_time(window: Window) -> CpuTime:
    """Return how the CPU time was spent; AbsentError without two samples or if the counters are inconsistent.

    The steal counter can run backwards (prometheus/node_exporter issue 742): such a window is not used.
    """
    first, last = window.first[Stat], window.last[Stat]
    taken = CpuTime(
        busy_ticks=_busy(last) - _busy(first),
        steal_ticks=last.steal_ticks - first.steal_ticks,
        idle_ticks=last.idle_ticks + last.iowait_ticks - first.idle_ticks - first.iowait_ticks,
    )
    if min(taken.busy_ticks, taken.steal_ticks, taken.idle_ticks) < 0:
        parts = {"busy": taken.busy_ticks, "steal": taken.steal_ticks, "idle": taken.idle_ticks}
        name = next(name for name, ticks in parts.items() if ticks < 0)
        raise AbsentError(f"the {name} counters of /proc/stat ran backwards and cannot be used")
    total_ticks = taken.total_ticks
    if total_ticks == 0:
        raise AbsentError("no CPU time passed between the two samples")
    host = window.last.get(Host)
    if host is not None and host.cpus and window.seconds:
        possible_ticks = window.seconds * host.cpus * TICKS_PER_SECOND
        if total_ticks > MOST_OF_POSSIBLE * possible_ticks:
            raise AbsentError("the counters of /proc/stat grew faster than time and cannot be used")
    return taken


def _busy(stat: Stat) -> int:
    return stat.user_ticks + stat.nice_ticks + stat.system_ticks + stat.irq_ticks + stat.softirq_ticks
