"""What happened on a node since the last scan in its history, as far as it is since boot."""

from __future__ import annotations

from itertools import pairwise

from fleetscan.capture.procfs.host import Host
from fleetscan.capture.procfs.kernel_log import KernelLog
from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.capture.procfs.pressure import Pressure
from fleetscan.capture.procfs.services import Services
from fleetscan.capture.procfs.uptime import Uptime
from fleetscan.capture.procfs.vmstat import Vmstat
from fleetscan.immutable import immutable
from fleetscan.model import Window
from fleetscan.model.memory import History, Reading, boot_mark, is_another_start
from fleetscan.quantities import duration, size

SHORT_AVAILABLE_RATIO = 0.10
"""Below this share a node is short of memory (the warning of ``memory_available_low``, but not changed with it: whether
a kill was the node's does not depend on alert settings)."""

SHORT_PRESSURE_PERCENT = 10.0
"""From this on tasks wait for memory (the warning of ``memory_pressure_high``, not changed with it either)."""

_KILLS = frozenset({"oom_kill", "oom_victim"})
_SLACK_SECONDS = 120
"""Ages count from the start of a scan, and the node's data may be collected a little later."""


@immutable
class UnloggedKills:
    """OOM kills that the kernel counted since the last scan and that are not in its log."""

    number: int
    seconds: int
    """How long ago the last scan was."""
    was_node_short: bool | None
    """Whether the node was short of memory at the last scan or is now; None if that is unknown."""


def readings_of_boot(window: Window) -> tuple[Reading, ...]:
    """Return the readings since boot, oldest first; none if the boot id is unknown."""
    history, host = window.last.get(History), window.last.get(Host)
    boot_id = None if host is None else boot_mark(host.boot_id)
    if history is None or boot_id is None:
        return ()
    return tuple(one for one in history.readings if one.boot_id == boot_id)


def seconds_since_last(window: Window) -> int | None:
    """Return how long ago the last scan since boot was; None if there was none or the boot is unknown."""
    history, readings = window.last.get(History), readings_of_boot(window)
    return history.at_epoch_seconds - readings[-1].at_epoch_seconds if history is not None and readings else None


def started_seconds(window: Window, name: str) -> int | None:
    """Return the uptime at which a service (``kubelet``, ``containerd``) started; None if it was not found."""
    services, uptime = window.last.get(Services), window.last.get(Uptime)
    if services is None or uptime is None:
        return None
    found = next((service for service in services.services if service.name == name), None)
    return None if found is None else max(0, round(uptime.uptime_seconds - found.age_seconds))


def starts_since(window: Window, name: str, seconds: int) -> int:
    """Return at how many scans of the last so many seconds a service had restarted: a lower bound of its restarts."""
    history = window.last.get(History)
    if history is None:
        return 0
    recent = [one for one in readings_of_boot(window) if history.at_epoch_seconds - one.at_epoch_seconds <= seconds]
    starts = [one.kubelet_started_seconds if name == "kubelet" else one.containerd_started_seconds for one in recent]
    seen = [start for start in (*starts, started_seconds(window, name)) if start is not None]
    return sum(is_another_start(before, after) for before, after in pairwise(seen))


def swapped_words(window: Window) -> str:
    """Return what was swapped since the last scan as the end of a sentence; empty if that is unknown."""
    counters, history, readings = window.last.get(Vmstat), window.last.get(History), readings_of_boot(window)
    host = window.last.get(Host)
    if counters is None or history is None or host is None or host.page_bytes is None or not readings:
        return ""
    last = readings[-1]
    pages = (
        (last.swapped_out_pages, counters.swapped_out_pages),
        (last.swapped_in_pages, counters.swapped_in_pages),
    )
    moved = [after - before for before, after in pages if before is not None and after is not None and after >= before]
    if len(moved) < len(pages):
        return ""
    out_bytes, in_bytes = (pages_total * host.page_bytes for pages_total in moved)
    when = f"since the last scan {duration(history.at_epoch_seconds - last.at_epoch_seconds)} ago"
    if not out_bytes and not in_bytes:
        return f"nothing was swapped {when}"
    return f"{size(out_bytes)} swapped out and {size(in_bytes)} swapped in {when}"


def unlogged_kills(window: Window) -> UnloggedKills | None:
    """Return the kills that only the counter shows; None if there are none or the last scan is unknown."""
    counters, history, readings = window.last.get(Vmstat), window.last.get(History), readings_of_boot(window)
    if counters is None or counters.oom_kills_total is None or history is None or not readings:
        return None
    last = readings[-1]
    if last.oom_kills_total is None or counters.oom_kills_total <= last.oom_kills_total:
        return None
    seconds = history.at_epoch_seconds - last.at_epoch_seconds
    log = window.last.get(KernelLog)
    events = () if log is None else log.events
    if any(event.kind in _KILLS and event.age_seconds <= seconds + _SLACK_SECONDS for event in events):
        return None
    return UnloggedKills(
        number=counters.oom_kills_total - last.oom_kills_total,
        seconds=seconds,
        was_node_short=_was_short(window, last),
    )


def _was_short(window: Window, last: Reading) -> bool | None:
    meminfo, pressure = window.last.get(Meminfo) or Meminfo(), window.last.get(Pressure)
    memory = None if pressure is None else pressure.memory
    stalled_percent = None if memory is None or memory.some is None else memory.some.avg60_percent
    signs = [
        _is_below(last.memory_available_bytes, last.memory_total_bytes),
        _is_below(meminfo.available_bytes, meminfo.total_bytes),
        None if last.memory_some_avg60_percent is None else last.memory_some_avg60_percent >= SHORT_PRESSURE_PERCENT,
        None if stalled_percent is None else stalled_percent >= SHORT_PRESSURE_PERCENT,
    ]
    known = [sign for sign in signs if sign is not None]
    return any(known) if known else None


def _is_below(available_bytes: int | None, total_bytes: int | None) -> bool | None:
    if available_bytes is None or not total_bytes:
        return None
    return available_bytes < SHORT_AVAILABLE_RATIO * total_bytes
