"""Are the kernel's network tables full? Then new connections fail while everything else looks healthy."""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.capture.procfs.conntrack import Conntrack
from fleetscan.capture.procfs.sockstat import Sockstat
from fleetscan.capture.procfs.tcp_mem import TcpMem
from fleetscan.diagnosis.catalogue import traits
from fleetscan.diagnosis.investigation.hypothesis import Answer, Hypothesis, no, yes
from fleetscan.diagnosis.rules import RULES
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.diagnosis.traits import Family
from fleetscan.errors import AbsentError
from fleetscan.model import Finding, Window
from fleetscan.quantities import percent


def _examine(window: Window, findings: Sequence[Finding], _limits: NoLimits) -> Answer:
    full = [finding.evidence.text for finding in findings if traits(finding.rule).family is Family.NETWORK_TABLES]
    if full:
        return yes("; ".join(full))
    table, sockets, limits = window.last.get(Conntrack), window.last.get(Sockstat), window.last.get(TcpMem)
    uses = []
    if table is not None and table.maximum:
        uses.append(f"connection tracking (conntrack) {percent(table.count / table.maximum)}")
    if sockets is not None and sockets.tcp_memory_pages is not None and limits is not None and limits.maximum_pages:
        uses.append(f"TCP memory {percent(sockets.tcp_memory_pages / limits.maximum_pages)}")
    if not uses:
        raise AbsentError("neither connection tracking nor TCP memory was collected")
    return no(f"{' and '.join(uses)} in use")


NETWORK_TABLES = Hypothesis(
    id="network_tables",
    question="Are the kernel's network tables full (conntrack, TCP memory)?",
    examine=_examine,
    limits=NO_LIMITS,
    rules=tuple(rule.id for rule in RULES if rule.family is Family.NETWORK_TABLES),
)
