"""Page tables use much of the memory.

What it means: every process needs page tables for the memory it maps, shared or not. Many processes that map the
same large area, such as a database's shared buffers, each have their own.

Why it hurts: it is kernel memory that cannot be reclaimed and that does not show in the size of processes.

What to do: find large mappings that many processes share. Huge pages make the tables 512 times smaller; fewer
connections or workers help as well.

Source: the constants of drgn-tools' memstate (2% of memory).
"""

from __future__ import annotations

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import percent, size


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_ratio: float = 0.02
    """Share of MemTotal (drgn-tools, memstate)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare PageTables with MemTotal."""
    meminfo = window.last[Meminfo]
    table_bytes = known(meminfo.page_tables_bytes, "PageTables")
    all_bytes = known(meminfo.total_bytes, "MemTotal")
    ratio = table_bytes / all_bytes
    if ratio < limits.warning_ratio:
        return None
    share = f"{percent(ratio)}, threshold {percent(limits.warning_ratio)}"
    text = f"page tables take {size(table_bytes)} of {size(all_bytes)} ({share})"
    return Evidence(severity=Severity.WARNING, text=text, measured=ratio, limit=limits.warning_ratio)


RULE = Rule(
    id="page_tables_high",
    severity=Severity.WARNING,
    title="High page table memory (PageTables)",
    remedy=(
        "    grep VmPTE /proc/[0-9]*/status | sort -k2 -rn | head\n"
        "Shows, on the node, the processes with the largest page tables, in kB. Give them huge pages or fewer workers."
    ),
    limits=DEFAULTS,
    check=check,
)
