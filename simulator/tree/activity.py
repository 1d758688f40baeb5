"""What a node's CPUs did: /proc/stat, /proc/loadavg, /proc/uptime.

cpu  10132153 290696 3084719 46828483 16683 0 25195 0 175628 0
34.04 25.03 22.70 31/812 2217405
7551360.55 1186401.52
"""

from __future__ import annotations

from simulator.fleet import FleetNode

TICKS = 100
"""USER_HZ of every Linux on x86_64 and arm64."""
_SECONDS_PER_DAY = 86_400
_BOOTED_AT = 1_758_000_000
"""An epoch second in the past; a recording has no wall clock of its own."""


def uptime_seconds(node: FleetNode, seconds_ago: float = 0.0) -> float:
    """Return how long the node had been up, so many seconds before the last sample."""
    return node.uptime_days * _SECONDS_PER_DAY - seconds_ago


def uptime(node: FleetNode, seconds_ago: float) -> str:
    """Return /proc/uptime: up, and idle summed over the CPUs."""
    up = uptime_seconds(node, seconds_ago)
    return f"{up:.2f} {up * node.cpus * _idle_ratio(node):.2f}\n"


def loadavg(node: FleetNode, threads: int, last_pid: int) -> str:
    """Return /proc/loadavg."""
    one, five, fifteen = node.load
    return f"{one:.2f} {five:.2f} {fifteen:.2f} {max(round(one), 1)}/{threads} {last_pid}\n"


def stat(node: FleetNode, seconds_ago: float, processes: int) -> str:
    """Return /proc/stat; the shares of the window are those of the whole life of the node."""
    up = uptime_seconds(node, seconds_ago)
    cpu = node.cpu
    shares = (
        cpu.user_percent / 100,
        0.0,
        cpu.system_percent / 100,
        _idle_ratio(node),
        cpu.iowait_percent / 100,
        0.0,
        cpu.softirq_percent / 100,
        cpu.steal_percent / 100,
        0.0,
        0.0,
    )
    one = [round(up * TICKS * share) for share in shares]
    lines = ["cpu  " + " ".join(str(ticks * node.cpus) for ticks in one)]
    lines += [f"cpu{number} " + " ".join(map(str, one)) for number in range(node.cpus)]
    blocked = 2 if node.pressure.memory_some[0] else 0
    lines += [
        f"intr {round(up * 1800)} 0 0 0 0",
        f"ctxt {round(up * 5200)}",
        f"btime {_BOOTED_AT}",
        f"processes {processes + round(up * 1.5)}",
        f"procs_running {max(round(node.load[0]) - blocked, 1)}",
        f"procs_blocked {blocked}",
        f"softirq {round(up * 2200)} 0 0 0 0 0 0 0 0 0 0",
    ]
    return "\n".join(lines) + "\n"


def _idle_ratio(node: FleetNode) -> float:
    cpu = node.cpu
    busy = cpu.user_percent + cpu.system_percent + cpu.softirq_percent + cpu.iowait_percent + cpu.steal_percent
    return max(1 - busy / 100, 0.0)
