"""The swap space is nearly full.

What it means: the kernel has moved pages out of memory until most of the swap space is used. Few Kubernetes nodes
have swap at all; where there is some it is the last reserve.

Why it hurts: when swap is full, the kernel can only get memory by killing processes (OOM). Long before that, every
page that is read back from swap is a wait for the disk.

What to do: find what grew. Used swap that does not change is only history; together with memory pressure (PSI) the
node is about to run out of memory.

Source: awesome-prometheus-alerts (80%), systemd-oomd (SwapUsedLimit, 90%), pcp (less than 10% free). From 90% on it is
critical only if little memory is left, memory runs out or tasks wait for it: systemd-oomd and earlyoom act only if
memory is low too, and compressed swap in memory (zram) is full on many healthy nodes.
"""

from __future__ import annotations

from typing import Annotated

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.measures.danger import DANGER_LIMITS, DangerLimits, reached
from fleetscan.diagnosis.measures.memory_holder import memory_holder
from fleetscan.diagnosis.measures.since_last import swapped_words
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.diagnosis.thresholds import AtLeast
from fleetscan.diagnosis.traits import Figure
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import percent, size


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_ratio: float = 0.8
    """Share of SwapTotal (awesome-prometheus-alerts, HostSwapIsFillingUp)."""
    critical_ratio: Annotated[float, AtLeast("warning_ratio")] = 0.9
    """Share of SwapTotal that is critical with a present danger (systemd-oomd, SwapUsedLimit)."""
    danger: DangerLimits = DANGER_LIMITS


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare the used share of swap with the thresholds; a node without swap does not fire."""
    meminfo = window.last[Meminfo]
    total_bytes = known(meminfo.swap_total_bytes, "SwapTotal")
    if total_bytes == 0:
        return None
    used_bytes = total_bytes - known(meminfo.swap_free_bytes, "SwapFree")
    ratio = used_bytes / total_bytes
    crossed = reached(
        ratio,
        warning_ratio=limits.warning_ratio,
        critical_ratio=limits.critical_ratio,
        window=window,
        limits=limits.danger,
    )
    if crossed is None:
        return None
    moved = swapped_words(window)
    holder = memory_holder(window).words if crossed.danger else ""
    text = (
        f"{size(used_bytes)} of {size(total_bytes)} swap used ({percent(ratio)}, threshold {percent(crossed.limit)})"
        f"{crossed.danger}{holder}{f'; {moved}' if moved else ''}"
    )
    return Evidence(severity=crossed.severity, text=text, measured=ratio, limit=crossed.limit)


RULE = Rule(
    id="swap_nearly_full",
    severity=Severity.CRITICAL,
    title="Swap nearly full",
    remedy=(
        "    grep VmSwap /proc/[0-9]*/status | sort -k2 -rn | head\n"
        "Shows, on the node, which processes are swapped out, in kB. Restart or limit the ones that are too large."
    ),
    limits=DEFAULTS,
    check=check,
    columns=(Figure.SWAP_USED,),
)
