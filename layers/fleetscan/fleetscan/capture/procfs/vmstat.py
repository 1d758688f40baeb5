"""/proc/vmstat: what memory management did since boot; the counters of reclaim, swap and OOM kills.

::

    pgmajfault 18823311
    pgscan_kswapd 912331810
    pgscan_direct 81022311
    pswpin 40122918
    pswpout 41882912
    oom_kill 3

Always there, in both samples; ``oom_kill`` since Linux 4.13. Other counters are ignored. A counter is a number of pages
or events, so it is worth something only as a rate between two samples.
https://man7.org/linux/man-pages/man5/proc_vmstat.5.html
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "vmstat"
_FIELDS = {
    "pswpin": "swapped_in_pages",
    "pswpout": "swapped_out_pages",
    "pgmajfault": "major_faults_total",
    "oom_kill": "oom_kills_total",
    "pgscan_kswapd": "scanned_by_kswapd_pages",
    "pgscan_direct": "scanned_directly_pages",
}


@immutable
class Vmstat:
    """Counters since boot; None where the kernel does not count."""

    swapped_in_pages: int | None = None
    swapped_out_pages: int | None = None
    major_faults_total: int | None = None
    """Page faults that had to wait for the disk."""
    oom_kills_total: int | None = None
    """Processes killed for memory, by the node's limit or a cgroup's."""
    scanned_by_kswapd_pages: int | None = None
    scanned_directly_pages: int | None = None
    """Pages that tasks themselves had to look at to get memory: kswapd does not keep up."""


def parse(text: str) -> Vmstat:
    """Parse the section ``vmstat`` or the whole file; a text without any of the counters is a ParseError."""
    found = rows.read_keyed(text, source=_SOURCE, keys=_FIELDS)
    return Vmstat(**{field: found[key].whole_or_none(1, key) for key, field in _FIELDS.items() if key in found})


def rate_per_second(first: int | None, last: int | None, seconds: float | None) -> float | None:
    """Return how fast a counter grew, of this file or any other; None if it cannot be known.

    That is: a sample is missing, no time passed, or the counter ran backwards (a reboot between, or a kernel bug).
    """
    if first is None or last is None or seconds is None or seconds <= 0 or last < first:
        return None
    return (last - first) / seconds
