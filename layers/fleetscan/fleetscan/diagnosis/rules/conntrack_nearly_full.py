"""The connection tracking table (conntrack) is nearly full.

What it means: the kernel keeps every connection that passes kube-proxy's rules in a table of fixed size, closed ones
for some minutes more. More than three quarters of the table are used.

Why it hurts: when the table is full, the kernel drops the first packet of every new connection. Existing connections
go on, so the node looks healthy while half of its requests time out.

What to do: raise the limit through kube-proxy (`conntrack.maxPerCore`), and find who opens so many connections. DNS
without a cache and clients that do not reuse connections are the usual ones.

Source: node-mixin's NodeHighNumberConntrackEntriesUsed (75%); deckhouse (95%); the kernel's own message
`nf_conntrack: table full, dropping packet`. The message is critical if it is of the last 15 minutes, or of the time
since the last scan; an older one of the last 24 hours is a warning.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fleetscan.capture.procfs.conntrack import Conntrack
from fleetscan.capture.procfs.kernel_log import KernelEvent, KernelLog
from fleetscan.diagnosis.measures.danger import is_present
from fleetscan.diagnosis.measures.kernel_events import RECENT_SECONDS
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import AtLeast
from fleetscan.diagnosis.traits import CONNECTIONS, Family
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import count, duration, percent


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_ratio: float = 0.75
    """Entries used, above this share of the table (node-mixin NodeHighNumberConntrackEntriesUsed)."""
    critical_ratio: Annotated[float, AtLeast("warning_ratio")] = 0.95
    """Entries used, above this share of the table (deckhouse; node-problem-detector says 90%)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare the entries with the size of the table; packets that are dropped now count whatever is in it."""
    dropped = _dropped(window)
    if dropped is None:
        return _of_table(window.last[Conntrack], limits)
    event = f"{duration(dropped.age_seconds)} ago the conntrack table was full and the kernel dropped packets"
    if is_present(dropped.age_seconds, window):
        return Evidence(severity=Severity.CRITICAL, text=event, measured=1.0, limit=limits.critical_ratio)
    table = window.last.get(Conntrack)
    now = None if table is None else _of_table(table, limits)
    if now is not None:
        return replace(now, text=f"{now.text}; {event}")
    held = "" if table is None else f"; it holds {count(table.count)} of {count(table.maximum)} entries now"
    return Evidence(severity=Severity.WARNING, text=f"{event}{held}", measured=1.0, limit=limits.warning_ratio)


def _of_table(table: Conntrack, limits: Limits) -> Evidence | None:
    ratio = table.count / table.maximum
    if ratio <= limits.warning_ratio:
        return None
    severity, limit = (
        (Severity.CRITICAL, limits.critical_ratio)
        if ratio > limits.critical_ratio
        else (Severity.WARNING, limits.warning_ratio)
    )
    text = (
        f"conntrack holds {count(table.count)} of {count(table.maximum)} entries "
        f"({percent(ratio)}, threshold {percent(limit)}): new connections fail when it is full"
    )
    return Evidence(severity=severity, text=text, measured=ratio, limit=limit)


def _dropped(window: Window) -> KernelEvent | None:
    log = window.last.get(KernelLog)
    events = () if log is None else log.events
    full = [event for event in events if event.kind == "conntrack_full" and event.age_seconds <= RECENT_SECONDS]
    return min(full, key=lambda event: event.age_seconds, default=None)


RULE = Rule(
    id="conntrack_nearly_full",
    severity=Severity.CRITICAL,
    title="Connection tracking table (conntrack) nearly full",
    remedy=(
        "    conntrack -L 2>/dev/null | awk '{print $5}' | sort | uniq -c | sort -rn | head\n"
        "Shows, on the node, who opens the most connections.\n"
        "    kubectl edit configmap kube-proxy-config -n kube-system\n"
        "Opens kube-proxy's configuration: raise conntrack.maxPerCore if the connections are needed."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.NETWORK_TABLES,
    required=(CONNECTIONS,),
)
