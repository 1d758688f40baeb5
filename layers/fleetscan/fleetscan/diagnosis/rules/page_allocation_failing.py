"""The kernel could not get free pages at once (page allocation failure).

What it means: kernel code asked for 2 to the power of its order pages in a row, at a moment where it could not wait,
and there were none. Of order 0 not even a single page was free; of a higher order the free memory is in pieces.

Why it hurts: mostly a packet is dropped and sent again. Of order 0, or many times an hour, network and disk of the node
stall, and it is near to the limit of its memory.

What to do: with order 0 see what holds the memory, as for little available memory. With high orders raise
`vm.min_free_kbytes`, so that more is kept free for such moments.

Source: mm/page_alloc.c, warn_alloc; Documentation/admin-guide/sysctl/vm.rst, min_free_kbytes.
"""

from __future__ import annotations

import re

from fleetscan.capture.procfs.buddyinfo import Buddyinfo
from fleetscan.capture.procfs.kernel_log import KernelEvent
from fleetscan.diagnosis.measures.kernel_events import in_a_day, lines_in_a_day, recent_events
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.traits import Family
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import count

_ORDER = re.compile(r" order:([0-9]{1,2})(?![0-9])")


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_total: int = 10
    """Failures in 24 hours; fewer of a higher order than 0 are information [inference]."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Look for failures in the kernel log's last 24 hours, those of order 0 first."""
    events = recent_events(window, "page_allocation")
    if not events:
        return None
    single = [event for event in events if _order(event) == 0]
    total = lines_in_a_day(window, events)
    is_warning = bool(single) or total >= limits.warning_total
    shown = single or events
    return Evidence(
        severity=Severity.WARNING if is_warning else Severity.INFO,
        text=in_a_day(window, shown) + _free(window, shown[0]),
        measured=float(total),
        limit=float(limits.warning_total),
    )


def _order(event: KernelEvent) -> int | None:
    found = _ORDER.search(event.text)
    return None if found is None else int(found[1])


def _free(window: Window, event: KernelEvent) -> str:
    """Return how many blocks of that order or a higher one are free now."""
    free, order = window.last.get(Buddyinfo), _order(event)
    if free is None or order is None:
        return ""
    return f"; now {count(sum(free.free_blocks[order:]))} blocks of order {order} or higher are free"


RULE = Rule(
    id="page_allocation_failing",
    severity=Severity.WARNING,
    title="Page allocation failures in the kernel",
    remedy=(
        "    journalctl -k --since -24h | grep -A 25 'page allocation failure'\n"
        "Shows, on the node, who asked, and the free memory by the size of its blocks.\n"
        "    sysctl -w vm.min_free_kbytes=131072\n"
        "Keeps 128 MiB free for such moments, until the next boot."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.KERNEL_COMPLAINTS,
)
