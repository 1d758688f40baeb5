"""A process captures network packets on the node (packet socket, AF_PACKET).

What it means: a packet socket receives a copy of every frame of an interface, before any firewall. Capture tools,
network maps, some monitoring agents and DHCP clients open one. DHCP and link daemons of the host with an empty one
are not reported; other known capture agents are reported with their purpose.

Why it hurts: it need not. But each copy waits in kernel memory until the process reads it, charged to no pod.

What to do: find out who captures and why. A capture that was forgotten, or a tool that is unmaintained, should be
removed.

Source: packet(7); the list of known agents with the source of each is `capture_agents.toml`. Information; a warning
when socket buffers accumulate as in socket_buffers_held and no other process is known to hold them. A known agent is
not named as a likely cause as long as it holds less than the first threshold of slab_unreclaimable_high.
"""

from __future__ import annotations

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.capture.procfs.sockets import Socket, Sockets
from fleetscan.diagnosis.knowledge.capture_agents import CaptureAgent, capture_agent
from fleetscan.diagnosis.measures.socket_buffers import (
    BUFFER_LIMITS,
    QUEUE_RATIO,
    BufferLimits,
    SocketBuffers,
    attribute,
    held_by_family,
    not_listed,
    socket_buffers,
)
from fleetscan.diagnosis.measures.unreclaimable import SLAB_LIMITS, SlabLimits, is_below_warning
from fleetscan.diagnosis.rule import Rule
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Cause, Evidence, Severity, Suspect, Window
from fleetscan.quantities import count, size

LIMIT = 1
"""One process is enough."""

NAMED = 3
"""So many are named in the finding; all of them are among the likely causes."""


@immutable
class Limits:
    """The thresholds of the rule."""

    harmless_bytes: int = 1024 * 1024
    """Daemons of the operating system that hold less unread are not reported [inference]."""
    buffers: BufferLimits = BUFFER_LIMITS
    slab: SlabLimits = SLAB_LIMITS


DEFAULTS = Limits()


@immutable(kw_only=False)
class _Capture:
    """A capturing process or pod with what its packet sockets hold."""

    suspect: Suspect
    held_bytes: int
    agent: CaptureAgent | None
    """The entry of the list of known agents; None for others, and for a known agent that holds too much."""

    @property
    def words(self) -> str:
        """The name with the image, and the purpose of a known agent."""
        image = f" ({self.suspect.image})" if self.suspect.image else ""
        return f"{self.suspect.name}{image}{f' for {self.agent.purpose}' if self.agent is not None else ''}"


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Name the processes with packet sockets, and warn if captured packets may be what fills kernel memory."""
    grouped: dict[tuple[str | None, int | None, str], list[Socket]] = {}
    sockets = window.last[Sockets]
    for socket in sockets.sockets:
        if socket.family == "packet" and not _is_harmless(socket, limits):
            key = (socket.pod, socket.pid, socket.namespace)
            grouped.setdefault(key, []).append(socket)
    if not grouped:
        return None
    captures = [_capture(group, sockets, window.last.get(Meminfo), limits) for group in grouped.values()]
    captures.sort(key=lambda one: one.agent is not None)  # strangers first; else in the order of what they hold
    suspects = tuple(one.suspect for one in captures if one.agent is None)
    is_suspicious = bool(suspects) and _is_suspicious(window, suspects, limits)
    names = ", ".join(one.words for one in captures[:NAMED])
    others = f" and {count(len(captures) - NAMED)} more" if len(captures) > NAMED else ""
    held_bytes = sum(one.held_bytes for one in captures)
    unread = f"they hold {size(held_bytes)} unread" if held_bytes else "they are empty"
    text = f"packet sockets are open in {names}{others}; {unread}{not_listed(sockets, sum(map(len, grouped.values())))}"
    return Evidence(
        severity=Severity.WARNING if is_suspicious else Severity.INFO,
        text=f"{text}, and socket buffers (skbuff) accumulate in kernel memory" if is_suspicious else text,
        measured=len(captures),
        limit=LIMIT,
        suspects=suspects,
    )


def _is_harmless(socket: Socket, limits: Limits) -> bool:
    if socket.receive_queue_bytes >= limits.harmless_bytes:
        return False
    if socket.pod is None and socket.pid is None:
        return True  # Nobody can be named, and it holds next to nothing.
    agent = _agent(socket)
    return socket.pod is None and agent is not None and agent.is_daemon


def _agent(socket: Socket) -> CaptureAgent | None:
    return capture_agent(image=socket.image or "", command="" if socket.pod else socket.command or "")


def _is_suspicious(window: Window, suspects: tuple[Suspect, ...], limits: Limits) -> bool:
    """Return whether socket buffers accumulate and no other process is known to hold most of them."""
    try:
        buffers = socket_buffers(window, limits.buffers)
    except AbsentError:
        return False
    return buffers.are_many and not _are_of_others(buffers, window, {one.name for one in suspects})


def _are_of_others(buffers: SocketBuffers, window: Window, names: set[str]) -> bool:
    found = attribute(buffers, window)
    if found.cause is not Cause.SOCKET_QUEUE:
        return False
    share_of_others = sum(one.share or 0.0 for one in found.suspects if one.name not in names)
    return share_of_others >= QUEUE_RATIO


def _capture(group: list[Socket], sockets: Sockets, meminfo: Meminfo | None, limits: Limits) -> _Capture:
    held_bytes = sum(socket.receive_queue_bytes for socket in group)
    agent = _agent(group[0]) if is_below_warning(held_bytes, meminfo, limits.slab) else None
    return _Capture(suspect=_suspect(group, sockets), held_bytes=held_bytes, agent=agent)


def _suspect(group: list[Socket], sockets: Sockets) -> Suspect:
    first = group[0]
    process = (
        "the process was not found"
        if first.pid is None
        else f"process {first.command or 'of unknown name'} (pid {first.pid})"
    )
    return Suspect(
        kind="process" if first.pod is None else "pod",
        name=first.pod or first.command or "unknown process",
        reason=f"{held_by_family(group, sockets)}; {process}",
        image=first.image or "",
    )


RULE = Rule(
    id="packet_capture_running",
    severity=Severity.WARNING,
    title="Packet capture running (packet sockets, AF_PACKET)",
    remedy=(
        "    kubectl get daemonsets --all-namespaces -o wide\n"
        "Shows which DaemonSet runs the image. Ask whether anybody still needs it.\n"
        "    kubectl delete daemonset NAME -n NAMESPACE\n"
        "Removes it from all nodes, if nobody needs it."
    ),
    limits=DEFAULTS,
    check=check,
    is_inventory=True,
)
