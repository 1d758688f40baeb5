"""The neighbour (ARP) table was full: the kernel could not learn the hardware address of a peer.

What it means: for each address of the own networks that a node talks to, pods' addresses above all, the kernel keeps an
entry. There are more than `net.ipv4.neigh.default.gc_thresh3` allows (1,024 by default), all network namespaces
together.

Why it hurts: packets to an address without an entry are dropped. Connections to some pods fail and others do not, and
nothing on the node looks overloaded.

What to do: raise `gc_thresh1`, `gc_thresh2` and `gc_thresh3` in the node's sysctl settings. It happens in large
subnets, or where one pod scans addresses.

Source: net/core/neighbour.c, neigh_alloc; Documentation/networking/ip-sysctl.rst, neigh/default/gc_thresh3.
"""

from __future__ import annotations

from typing import Annotated

from fleetscan.capture.procfs.neighbours import Neighbours
from fleetscan.diagnosis.measures.kernel_events import in_a_day, is_present, lines_in_a_day, recent_events
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import AtLeast
from fleetscan.diagnosis.traits import Family
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import count, counted, percent, ratio


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_total: int = 1
    """Lines in 24 hours: with the first one a packet was dropped (net/core/neighbour.c)."""
    warning_ratio: float = 0.9
    """Entries, as a share of gc_thresh3 [inference]."""
    critical_ratio: Annotated[float, AtLeast("warning_ratio")] = 1.0
    """Entries, as a share of gc_thresh3: from there on new ones are refused (ip-sysctl.rst)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare the entries with the limit, then look for overflows in the kernel log's last 24 hours."""
    table = window.last.get(Neighbours)
    used = None if table is None else ratio(table.entries, table.limit)
    if table is not None and used is not None and used >= limits.warning_ratio:
        is_full = used >= limits.critical_ratio
        threshold = limits.critical_ratio if is_full else limits.warning_ratio
        text = (
            f"{_filling(table)} ({percent(used)}, threshold {percent(threshold)}): packets to new addresses are dropped"
        )
        return Evidence(
            severity=Severity.CRITICAL if is_full else Severity.WARNING,
            text=f"{text}{'' if is_full else ' when it is full'}",
            measured=used,
            limit=threshold,
        )
    events = recent_events(window, "neighbour_overflow")
    if not events or (total := lines_in_a_day(window, events)) < limits.warning_total:
        return None
    filled = "" if table is None or used is None else f"; now {_filling(table)}"
    return Evidence(
        severity=Severity.CRITICAL if is_present(events[0]) else Severity.WARNING,
        text=f"packets were dropped: {in_a_day(window, events)}{filled}",
        measured=float(total),
        limit=float(limits.warning_total),
    )


def _filling(table: Neighbours) -> str:
    refused = f", and refused one {counted(table.table_fulls, 'time')} since boot" if table.table_fulls else ""
    return f"the neighbour table holds {count(table.entries or 0)} of {count(table.limit or 0)} entries{refused}"


RULE = Rule(
    id="neighbour_table_full",
    severity=Severity.CRITICAL,
    title="Neighbour (ARP) table full",
    remedy=(
        "    ip -s neigh show nud all | awk '{print $3}' | sort | uniq -c\n"
        "Shows, on the node, on which interfaces the entries are.\n"
        "    sysctl -w net.ipv4.neigh.default.gc_thresh1=8192 net.ipv4.neigh.default.gc_thresh2=32768"
        " net.ipv4.neigh.default.gc_thresh3=65536\n"
        "Raises the limit until the next boot; put it into the node's user data, too."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.NETWORK_TABLES,
)
