"""Is the node swapping? Pages that are swapped in and out make a node slow, not pages that stay in swap."""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.capture.procfs.vmstat import Vmstat
from fleetscan.diagnosis.investigation.hypothesis import Answer, Hypothesis, no, unknown, yes
from fleetscan.diagnosis.rule import known
from fleetscan.diagnosis.rules import swap_thrashing
from fleetscan.diagnosis.rules.swap_thrashing import DEFAULTS, Limits
from fleetscan.errors import AbsentError
from fleetscan.model import Finding, Window
from fleetscan.quantities import size


def _examine(window: Window, _findings: Sequence[Finding], limits: Limits) -> Answer:
    meminfo = window.last[Meminfo]
    total_bytes = known(meminfo.swap_total_bytes, "SwapTotal")
    if total_bytes == 0:
        return no("the node has no swap")
    free_bytes = known(meminfo.swap_free_bytes, "SwapFree")
    used = f"{size(total_bytes - free_bytes)} of {size(total_bytes)} swap used{_committed(meminfo)}"
    try:
        rate = _pages_per_second(window)
    except AbsentError as absent:
        return no(used) if total_bytes == free_bytes else unknown(f"{used}; the swap rate is unknown: {absent}")
    if rate >= limits.warning_pages_per_second:
        return yes(f"swap in and out {rate:.0f} pages/s, {used}")
    return no(f"swap in and out {rate:.1f} pages/s, {used}")


def _pages_per_second(window: Window) -> float:
    first, last = window.first[Vmstat], window.last[Vmstat]
    moved_pages = 0
    for name, before, after in (
        ("pswpin", first.swapped_in_pages, last.swapped_in_pages),
        ("pswpout", first.swapped_out_pages, last.swapped_out_pages),
    ):
        pages = known(after, name) - known(before, name)
        if pages < 0:
            raise AbsentError(f"{name} ran backwards")
        moved_pages += pages
    if not window.seconds:
        raise AbsentError("the time between the two samples is not known")
    return moved_pages / window.seconds


def _committed(meminfo: Meminfo) -> str:
    if meminfo.committed_bytes is None or meminfo.total_bytes is None or meminfo.committed_bytes <= meminfo.total_bytes:
        return ""
    return f"; Committed_AS is {size(meminfo.committed_bytes)} of MemTotal {size(meminfo.total_bytes)}"


SWAP = Hypothesis(
    id="swap", question="Is the node swapping?", examine=_examine, limits=DEFAULTS, rules=(swap_thrashing.RULE.id,)
)
