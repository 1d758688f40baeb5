"""Events of the kernel log in the last 24 hours, and whether the log covers that time."""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.capture.procfs.kernel_log import KernelEvent, KernelLog
from fleetscan.capture.procfs.uptime import Uptime
from fleetscan.errors import AbsentError
from fleetscan.model import Window
from fleetscan.quantities import counted, duration

RECENT_SECONDS = 24 * 3600
"""An event counts for a day: netdata's OOM alert clears after 24 hours without a kill."""

_SLACK_SECONDS = 300
"""The first line of a kernel log may be this much younger than the boot: the clock starts before the log."""


def recent_events(window: Window, *kinds: str) -> tuple[KernelEvent, ...]:
    """Return the events of these kinds in the last 24 hours, newest first.

    Without events the log must reach back 24 hours or to the boot; a log that was not read, is empty or has wrapped
    raises AbsentError, because no line in it does not mean that nothing happened.
    """
    log = window.last[KernelLog]
    events = [event for event in log.events if event.kind in kinds and event.age_seconds <= RECENT_SECONDS]
    if not events:
        _require_reach(window, log)
        return ()
    return tuple(sorted(events, key=lambda event: event.age_seconds))


def in_a_day(events: Sequence[KernelEvent]) -> str:
    """Return the number of events in the last 24 hours, with the age and the text of the newest."""
    newest = events[0]
    lines = counted(len(events), "line")
    return f"{lines} in the kernel log within 24 h, the last {duration(newest.age_seconds)} ago: {newest.text}"


def _require_reach(window: Window, log: KernelLog) -> None:
    if log.oldest_age_seconds is None:
        raise AbsentError("the kernel log is empty or its lines have no time stamp")
    uptime = window.last.get(Uptime)
    wanted_seconds: float = RECENT_SECONDS
    if uptime is not None:
        wanted_seconds = min(wanted_seconds, uptime.uptime_seconds - _SLACK_SECONDS)
    if log.oldest_age_seconds < wanted_seconds:
        hours = log.oldest_age_seconds / 3600
        raise AbsentError(f"the kernel log covers only {hours:.1f} h: what happened before is unknown")
