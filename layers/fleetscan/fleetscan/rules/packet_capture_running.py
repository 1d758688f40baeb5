"""A process captures network packets on the node.

What it means: a packet socket receives a copy of every frame of an interface, before any firewall. Capture tools,
network maps, some monitoring agents and DHCP clients have one. DHCP and link daemons of the host with an empty one
are not told.

Why it hurts: it need not. But each copy waits in kernel memory until the process reads it, charged to no pod. In the
incident it was such an agent that filled the kernel.

What to do: know who captures and why. A capture that somebody forgot, or a tool that nobody maintains, should go.

Source: the incident; packet(7). Information; a warning when socket buffers pile up as in socket_buffers_held and
nobody else is known to hold them.
"""

from __future__ import annotations

from fleetscan.errors import AbsentError
from fleetscan.model import Cause, Evidence, Severity, Suspect, Window
from fleetscan.procfs.sockets import Socket, Sockets
from fleetscan.quantities import count, size
from fleetscan.rule import Rule
from fleetscan.socket_buffers import QUEUE_RATIO, SocketBuffers, blame, socket_buffers

HARMLESS_BYTES = 1024 * 1024
"""Host daemons that hold less unread are not told [inference]."""

HOST_DAEMONS = frozenset(
    {
        "systemd-network",
        "systemd-networkd",
        "NetworkManager",
        "dhclient",
        "dhcpcd",
        "udhcpc",
        "wickedd",
        "wpa_supplicant",
        "chronyd",
        "ntpd",
        "lldpd",
        "lldpad",
        "arping",
        "keepalived",
    }
)
"""Daemons for which a packet socket is their trade; command names are cut to 15 characters by the kernel."""

LIMIT = 1
"""One process is enough to be told."""

NAMED = 3
"""So many are named in the sentence; the suspects are all of them."""


def check(window: Window) -> Evidence | None:
    """Name whoever holds packet sockets, and warn where captured packets may be what fills the kernel."""
    grouped: dict[tuple[str | None, int | None, str], list[Socket]] = {}
    for socket in window.last[Sockets].sockets:
        if socket.family == "packet" and not _is_harmless(socket):
            key = (socket.pod, socket.pid, socket.namespace)
            grouped.setdefault(key, []).append(socket)
    if not grouped:
        return None
    suspects = tuple(_suspect(group) for group in grouped.values())
    held_bytes = sum(socket.receive_queue_bytes for group in grouped.values() for socket in group)
    is_suspicious = _is_suspicious(window, suspects)
    names = ", ".join(f"{one.name} ({one.image})" if one.image else one.name for one in suspects[:NAMED])
    others = f" and {count(len(suspects) - NAMED)} more" if len(suspects) > NAMED else ""
    text = f"packets are captured by {names}{others}; {size(held_bytes)} of them wait unread"
    return Evidence(
        severity=Severity.WARNING if is_suspicious else Severity.INFO,
        text=f"{text}, and socket buffers pile up in the kernel" if is_suspicious else text,
        measured=len(suspects),
        limit=LIMIT,
        suspects=suspects,
    )


def _is_harmless(socket: Socket) -> bool:
    if socket.receive_queue_bytes >= HARMLESS_BYTES:
        return False
    if socket.pod is None and socket.pid is None:
        return True  # Nobody can be named, and it holds next to nothing.
    return socket.pod is None and socket.command in HOST_DAEMONS


def _is_suspicious(window: Window, suspects: tuple[Suspect, ...]) -> bool:
    """Return whether buffers pile up and nobody but these is known to hold most of them."""
    try:
        buffers = socket_buffers(window)
    except AbsentError:
        return False
    return buffers.are_many and not _are_of_others(buffers, window, {one.name for one in suspects})


def _are_of_others(buffers: SocketBuffers, window: Window, names: set[str]) -> bool:
    found = blame(buffers, window)
    if found.cause is not Cause.SOCKET_QUEUE:
        return False
    share_of_others = sum(one.share or 0.0 for one in found.suspects if one.name not in names)
    return share_of_others >= QUEUE_RATIO


def _suspect(group: list[Socket]) -> Suspect:
    first = group[0]
    process = (
        "a process that was not found" if first.pid is None else f"{first.command or 'a process'} (pid {first.pid})"
    )
    held_bytes = sum(socket.receive_queue_bytes for socket in group)
    sockets = "a packet socket" if len(group) == 1 else f"{len(group)} packet sockets"
    return Suspect(
        kind="process" if first.pod is None else "pod",
        name=first.pod or first.command or "unknown process",
        reason=f"{process} has {sockets} open with {size(held_bytes)} unread",
        image=first.image or "",
    )


RULE = Rule(
    id="packet_capture_running",
    severity=Severity.WARNING,
    title="A process captures network packets",
    remedy=(
        "Ask whoever runs it whether it is still needed; see what runs it:\n"
        "    kubectl get daemonsets --all-namespaces -o wide\n"
        "If nobody needs it, remove it:\n"
        "    kubectl delete daemonset NAME -n NAMESPACE"
    ),
    check=check,
)
