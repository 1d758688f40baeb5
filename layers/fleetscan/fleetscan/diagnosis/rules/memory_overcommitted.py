"""Memory is overcommitted: Committed_AS is above MemTotal.

What it means: Committed_AS is the memory that all processes together have allocated, used or not. Above MemTotal the
node relies on them not to use all of it. That is usual on Linux and no error in itself.

Why it hurts: if they do use it, the node swaps or the kernel kills processes. The incident's node had 127%.

What to do: nothing while memory is available. With memory pressure (PSI), look for pods without limits.

Source: the incident; drgn-tools' memstate. Information only.
"""

from __future__ import annotations

from typing import Annotated

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.diagnosis.thresholds import Between
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import percent, size


@immutable
class Limits:
    """The thresholds of the rule."""

    info_ratio: Annotated[float, Between(0, 100)] = 1.0
    """Committed_AS above this share of MemTotal: more than all memory [inference]."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare Committed_AS with MemTotal, which it must exceed."""
    meminfo = window.last[Meminfo]
    committed_bytes = known(meminfo.committed_bytes, "Committed_AS")
    all_bytes = known(meminfo.total_bytes, "MemTotal")
    ratio = committed_bytes / all_bytes
    if ratio <= limits.info_ratio:
        return None
    share = f"{percent(ratio)} of MemTotal {size(all_bytes)}"
    text = f"Committed_AS is {size(committed_bytes)}, {share} (threshold {percent(limits.info_ratio)})"
    return Evidence(severity=Severity.INFO, text=text, measured=ratio, limit=limits.info_ratio)


RULE = Rule(
    id="memory_overcommitted",
    severity=Severity.INFO,
    title="Memory overcommitted (Committed_AS above MemTotal)",
    remedy=(
        "    kubectl describe node NODE\n"
        "Shows the memory requests and limits of the node's pods. Nothing to do while memory is available."
    ),
    limits=DEFAULTS,
    check=check,
)
