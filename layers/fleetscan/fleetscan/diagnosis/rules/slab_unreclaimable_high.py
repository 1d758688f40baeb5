"""The kernel holds much slab memory that it cannot reclaim (SUnreclaim).

What it means: slab is where the kernel keeps its own objects. SUnreclaim is the part that memory pressure cannot
free: it stays until whatever allocated the objects frees them. Healthy nodes have 50 to 200 MB of it.

Why it hurts: it is charged to no pod, no container metric shows it, and it has no limit. Pods lack this memory,
until the node swaps, stalls and becomes NotReady. A node can hold gigabytes of it and still look healthy.

What to do: find which slab cache grows and what fills it; the findings about socket buffers and dominant caches name
them. Stop that process or container: the memory is freed at once. Only a leak in the kernel itself needs a reboot.

Source: Alibaba Cloud's guide to slab leaks (10%), deckhouse (25%). From 25% of the memory on it is critical by
itself; from 15% and 800 MiB on (our own figures) only if it grows towards 25%, little memory is left or tasks wait for
memory: a node with 20% of slab and a third of its memory available is in no danger. The floor of 500 MiB is our own
figure too: healthy small nodes stay below it. Without MemTotal only an amount that is much for any node is reported
(5 GB, LBNL nhc pull requests 70 and 72).
"""

from __future__ import annotations

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.measures.danger import DANGER_LIMITS, DangerLimits
from fleetscan.diagnosis.measures.slab_cause import slab_cause
from fleetscan.diagnosis.measures.socket_buffers import BUFFER_LIMITS, BufferLimits
from fleetscan.diagnosis.measures.unreclaimable import SLAB_LIMITS, SlabLimits, slab_level
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.diagnosis.traits import MEMORY, Family, Figure
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import percent, size


@immutable
class Limits:
    """The thresholds of the rule."""

    slab: SlabLimits = SLAB_LIMITS
    buffers: BufferLimits = BUFFER_LIMITS
    danger: DangerLimits = DANGER_LIMITS


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare SUnreclaim with MemTotal and with a fixed size, and name what fills it if that is known."""
    meminfo = window.last[Meminfo]
    level = slab_level(window, limits.slab, limits.danger)
    if level is None:
        return None
    held_bytes = known(meminfo.slab_unreclaimable_bytes, "SUnreclaim")
    cause = slab_cause(window, held_bytes, limits.buffers)
    total_bytes = meminfo.total_bytes
    share = (
        f" (MemTotal unknown, threshold {size(level.limit)})"
        if total_bytes is None
        else f", {percent(level.measured)} of MemTotal {size(total_bytes)} (threshold {percent(level.limit)})"
    )
    return Evidence(
        severity=level.severity,
        text=f"SUnreclaim is {size(held_bytes)}{share}: kernel memory that cannot be reclaimed{level.danger_words}; "
        f"{cause.words}",
        measured=level.measured,
        limit=level.limit,
        cause=cause.cause,
        suspects=cause.suspects,
    )


RULE = Rule(
    id="slab_unreclaimable_high",
    severity=Severity.CRITICAL,
    title="High unreclaimable slab memory (SUnreclaim)",
    remedy=(
        "    kubectl cordon NODE\n"
        "Keeps new pods off the node. Then stop the process or pod that the finding names: the memory is freed at "
        "once.\n"
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data\n"
        "Moves the pods to other nodes, if no process holds the memory: the kernel or a driver leaks. Then replace the "
        "node with a newer AMI."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.KERNEL_MEMORY,
    columns=(Figure.SLAB_BYTES, Figure.SLAB_SHARE),
    required=(MEMORY,),
)
