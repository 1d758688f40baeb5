"""Events of the kernel log in the last 24 hours, and whether the log covers that time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from fleetscan.capture.procfs.kernel_log import KernelEvent, KernelLog
from fleetscan.capture.procfs.uptime import Uptime
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import counted, duration

RECENT_SECONDS = 24 * 3600
"""An event counts for a day: netdata's OOM alert clears after 24 hours without a kill."""

PRESENT_SECONDS = 3600
"""What was logged within the last hour is still a present danger; what is older needs a sign of today [inference]."""

SAME_OCCURRENCE_SECONDS = 60
"""Lines that follow each other within a minute tell of one occurrence: an oops has several, and so has a reset."""

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


def in_a_day(window: Window, events: Sequence[KernelEvent]) -> str:
    """Return the number of lines in the last 24 hours, with the age and the text of the newest."""
    newest = events[0]
    lines = counted(lines_in_a_day(window, events), "line")
    return f"{lines} in the kernel log within 24 h, the last {duration(newest.age_seconds)} ago: {newest.text}"


def lines_in_a_day(window: Window, events: Sequence[KernelEvent]) -> int:
    """Return how many lines of the kinds of these events there were; the node lists only the last ones of a flood."""
    log = window.last[KernelLog]
    listed = Counter(event.kind for event in log.events if event.age_seconds <= RECENT_SECONDS)
    counts = {one.kind: one.count for one in log.counts}
    kinds = {event.kind for event in events}
    return len(events) + sum(max(counts.get(kind, 0) - listed[kind], 0) for kind in kinds)


def occurrences(events: Sequence[KernelEvent]) -> int:
    """Return how often something happened, by events that are newest first: lines close to each other are one."""
    ages = [event.age_seconds for event in events]
    return 1 + sum(older - newer > SAME_OCCURRENCE_SECONDS for newer, older in pairwise(ages)) if ages else 0


def is_present(event: KernelEvent) -> bool:
    """Whether it was logged so lately that the danger is a present one."""
    return event.age_seconds <= PRESENT_SECONDS


def warning_of_a_day(window: Window, least: int, *kinds: str) -> Evidence | None:
    """Return a warning when the last 24 hours hold so many lines of these kinds."""
    events = recent_events(window, *kinds)
    if not events or (total := lines_in_a_day(window, events)) < least:
        return None
    return Evidence(severity=Severity.WARNING, text=in_a_day(window, events), measured=float(total), limit=float(least))


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
