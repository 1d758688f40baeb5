"""Socket buffers (skbuff) accumulate in kernel memory and are not freed.

What it means: a socket buffer is one network packet or message in the kernel. It normally lives for microseconds.
Hundreds of thousands that stay either wait in the receive queue of a socket that its process does not read, or were
leaked by a driver or a kernel module.

Why it hurts: their memory belongs to no pod and shows in no container metric; it only grows. In the incident 1.66
million of them took half of the node's memory, and the node became NotReady.

What to do: compare the unread receive queues with the size of the buffers. If the queues explain them, stop the
process that does not read: everything is freed at once, without a reboot. If they do not, the kernel or a driver
leaks: reboot, then update it.

Source: the incident (1,657,980 heads, kmalloc-1k at 1.006 times as many); ntop/PF_RING 516 and 1003; openwrt 3507.
Fewer than 100,000 heads or 100 MB are not reported: healthy hosts have 2,000 to 9,000 heads, whatever their size
classes show. What a known capture agent holds (`capture_agents.toml`) is information while SUnreclaim as a whole is
normal.
"""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.diagnosis.knowledge.capture_agents import capture_agent
from fleetscan.diagnosis.measures.danger import DANGER_LIMITS, DangerLimits
from fleetscan.diagnosis.measures.socket_buffers import BUFFER_LIMITS, BufferLimits, attribute, socket_buffers
from fleetscan.diagnosis.measures.unreclaimable import SLAB_LIMITS, SlabLimits, slab_level
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.traits import Family
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Cause, Evidence, Severity, Suspect, Window
from fleetscan.quantities import count, size


@immutable
class Limits:
    """The thresholds of the rule."""

    buffers: BufferLimits = BUFFER_LIMITS
    slab: SlabLimits = SLAB_LIMITS
    danger: DangerLimits = DANGER_LIMITS


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Count the heads and the bytes of heads and data; name the process if the receive queues explain them."""
    buffers = socket_buffers(window, limits.buffers)
    if not buffers.are_many:
        return None
    found = attribute(buffers, window)
    text = (
        f"{count(buffers.heads)} socket buffers (skbuff, threshold {count(buffers.many_heads)}) hold "
        f"{size(buffers.held_bytes)} of kernel memory ({size(buffers.head_bytes)} of heads, "
        f"{size(buffers.data_bytes)} of data); {found.words}"
    )
    severity = _severity(window, limits)
    agents = _known_agents(found.suspects) if found.cause is Cause.SOCKET_QUEUE else ""
    is_excused = bool(agents) and _is_normal(window, limits)
    return Evidence(
        severity=Severity.INFO if is_excused else severity,
        text=f"{text}; {agents}, and SUnreclaim as a whole is normal" if is_excused else text,
        measured=buffers.heads,
        limit=buffers.many_heads,
        cause=found.cause,
        suspects=() if is_excused else found.suspects,
    )


def _known_agents(suspects: Sequence[Suspect]) -> str:
    """Return the suspects in words if all of them are known capture agents, else nothing."""
    agents = [capture_agent(image=one.image, command=one.name if one.kind == "process" else "") for one in suspects]
    words = [
        f"{one.name} for {agent.purpose}" for one, agent in zip(suspects, agents, strict=True) if agent is not None
    ]
    return f"held by {' and '.join(words)}" if words and len(words) == len(suspects) else ""


def _is_normal(window: Window, limits: Limits) -> bool:
    """Whether SUnreclaim is known and below the first threshold of slab_unreclaimable_high."""
    try:
        return slab_level(window, limits.slab, limits.danger) is None
    except AbsentError:
        return False


def _severity(window: Window, limits: Limits) -> Severity:
    """Return critical if SUnreclaim as a whole is critical."""
    try:
        level = slab_level(window, limits.slab, limits.danger)
    except AbsentError:
        return Severity.WARNING
    return Severity.WARNING if level is None else level.severity


RULE = Rule(
    id="socket_buffers_held",
    severity=Severity.CRITICAL,
    title="Socket buffers (skbuff) accumulating in kernel memory",
    remedy=(
        "    kubectl delete daemonset NAME -n NAMESPACE\n"
        "Removes the workload whose process does not read its sockets from all nodes, if nobody needs it: the kernel "
        "frees "
        "the buffers at once.\n"
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data\n"
        "Moves the pods to other nodes, if no socket holds the buffers: the kernel or a driver leaks. Then replace the "
        "node with a newer AMI."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.KERNEL_MEMORY,
)
