"""TCP memory is near its limit (tcp_mem).

What it means: all TCP sockets together share one limit, the third number of tcp_mem, counted in pages. More than 85%
of it is used by data that was received and not read, or sent and not yet acknowledged.

Why it hurts: at the limit the kernel shrinks windows, drops data and refuses connections, on the whole node, even if
there is plenty of memory.

What to do: find the sockets with full queues; the finding names processes that leave much unread. On arm64 with
kernels 6.0 to 6.8 the counter itself drifts upwards: if SUnreclaim is much smaller than what it claims, update the
kernel and do not search for a leak.

Source: hotsos (85%), tcp(7) for tcp_mem. The kernel's message is critical if it is of the last 15 minutes, or of the
time since the last scan; an older one of the last 24 hours is a warning. The drift: amazonlinux/amazon-linux-2023
issue 731, fixed upstream in 6.9 by commit 3584718cf2ec.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated

from fleetscan.capture.procfs.host import Host
from fleetscan.capture.procfs.kernel_log import KernelLog
from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.capture.procfs.sockets import Sockets
from fleetscan.capture.procfs.sockstat import Sockstat
from fleetscan.capture.procfs.tcp_mem import TcpMem
from fleetscan.diagnosis.measures.danger import is_present
from fleetscan.diagnosis.measures.kernel_events import RECENT_SECONDS
from fleetscan.diagnosis.measures.socket_buffers import QUEUE_RATIO, holders
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.diagnosis.thresholds import AtLeast
from fleetscan.diagnosis.traits import SOCKETS, Family
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Cause, Evidence, Severity, Suspect, Window
from fleetscan.quantities import count, duration, percent, size

DRIFTING_KERNELS = ((6, 0), (6, 8))
"""First and last version whose counter drifts on arm64 (upstream fix 3584718cf2ec in 6.9)."""

NORMAL_SLAB_RATIO = 0.10
"""Below this share of unreclaimable slab the kernel is not full of network buffers (the warning of
``slab_unreclaimable_high``, but not changed with it: whether the counter is right does not depend on alert
settings)."""

_VERSION = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})")


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_ratio: float = 0.85
    """Pages used, above this share of the limit (hotsos)."""
    critical_ratio: Annotated[float, AtLeast("warning_ratio")] = 1.0
    """Pages used, from this share of the limit on: the kernel refuses more (tcp(7), tcp_mem)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare the pages in use with the limit, and say if the counter is probably wrong."""
    age_seconds = _refused_seconds(window)
    if age_seconds is None:
        return _of_pages(window, limits)
    event = f"{duration(age_seconds)} ago the kernel logged that TCP was out of memory"
    if is_present(age_seconds, window):
        return Evidence(severity=Severity.CRITICAL, text=event, measured=1.0, limit=limits.critical_ratio)
    try:
        now = _of_pages(window, limits)
    except AbsentError:
        now = None
    if now is not None:
        return replace(now, text=f"{now.text}; {event}")
    return Evidence(severity=Severity.WARNING, text=event, measured=1.0, limit=limits.warning_ratio)


def _of_pages(window: Window, limits: Limits) -> Evidence | None:
    sockets = window.last[Sockstat]
    used_pages = known(sockets.tcp_memory_pages, "TCP mem")
    maximum_pages = window.last[TcpMem].maximum_pages
    ratio = used_pages / maximum_pages
    if ratio <= limits.warning_ratio:
        return None
    severity, limit = (
        (Severity.CRITICAL, limits.critical_ratio)
        if ratio >= limits.critical_ratio
        else (Severity.WARNING, limits.warning_ratio)
    )
    number = "" if sockets.tcp_allocated is None else f" in {count(sockets.tcp_allocated)} sockets"
    text = (
        f"TCP uses {count(used_pages)} of {count(maximum_pages)} pages of tcp_mem{number} "
        f"({percent(ratio)}, threshold {percent(limit)})"
    )
    suspects = _holders(window, used_pages)
    is_queue = sum(one.share or 0.0 for one in suspects) >= QUEUE_RATIO
    return Evidence(
        severity=severity,
        text=text + _doubt(window, used_pages),
        measured=ratio,
        limit=limit,
        cause=Cause.SOCKET_QUEUE if is_queue else Cause.UNATTRIBUTED,
        suspects=suspects,
    )


def _holders(window: Window, used_pages: int) -> tuple[Suspect, ...]:
    """Return who leaves a tenth or more of TCP's memory unread; data that was sent is not counted."""
    sockets, host = window.last.get(Sockets), window.last.get(Host)
    if sockets is None or host is None or host.page_bytes is None:
        return ()
    unread = tuple(one for one in sockets.sockets if one.family == "tcp")
    return holders(replace(sockets, sockets=unread), used_pages * host.page_bytes)


def _refused_seconds(window: Window) -> float | None:
    """Return the age of the kernel's newest message of the last 24 hours; None if there is none."""
    log = window.last.get(KernelLog)
    ages = [event.age_seconds for event in (log.events if log is not None else ()) if event.kind == "tcp_memory"]
    return min((age for age in ages if age <= RECENT_SECONDS), default=None)


def _doubt(window: Window, used_pages: int) -> str:
    """Return why the counter is probably wrong: a kernel whose counter drifts, and memory that does not exist."""
    host, meminfo = window.last.get(Host), window.last.get(Meminfo)
    if host is None or host.kernel is None or not _drifts(host.kernel):
        return ""
    if meminfo is None or host.page_bytes is None or not meminfo.total_bytes:
        return f"; on kernel {host.kernel} this counter drifts upwards, so it may be wrong"
    slab_bytes = meminfo.slab_unreclaimable_bytes
    claimed_bytes = used_pages * host.page_bytes
    if slab_bytes is None or slab_bytes >= NORMAL_SLAB_RATIO * meminfo.total_bytes or slab_bytes >= claimed_bytes:
        return ""
    return (
        f"; probably an accounting bug of kernel {host.kernel}, not a leak: "
        f"the counter claims {size(claimed_bytes)}, but SUnreclaim is only {size(slab_bytes)}"
    )


def _drifts(kernel: str) -> bool:
    version = _VERSION.match(kernel)
    if version is None or not ("aarch64" in kernel or "arm64" in kernel):
        return False
    first, last = DRIFTING_KERNELS
    return first <= (int(version[1]), int(version[2])) <= last


RULE = Rule(
    id="tcp_memory_high",
    severity=Severity.CRITICAL,
    title="TCP memory near its limit (tcp_mem)",
    remedy=(
        "    ss -tanp | sort -k2,3 -rn | head\n"
        "Shows, on the node, the sockets with the longest queues and their processes. On arm64 with a kernel from "
        "6.0 to "
        "6.8 update the AMI instead: the counter itself is wrong."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.NETWORK_TABLES,
    required=(SOCKETS,),
)
