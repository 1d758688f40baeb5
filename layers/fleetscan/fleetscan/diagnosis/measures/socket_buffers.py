"""Socket buffers (skbs) held in the kernel, their bytes, and whose they are.

A buffer is a head (skbuff_head_cache) and its data, which lies in a general size class or, since Linux 6.3, in
skbuff_small_head. A leak spreads its data over as many size classes as it has packet sizes, and a clone shares the data
of another head, so heads and data are not 1:1. Heads are the proof: size classes alone are not the network.
"""

from __future__ import annotations

from typing import ClassVar

from fleetscan.capture.procfs.host import Host
from fleetscan.capture.procfs.pods import Pods
from fleetscan.capture.procfs.slabinfo import Cache, Slabinfo, data_classes, size_class_bytes, skb_heads
from fleetscan.capture.procfs.sockets import Socket, Sockets
from fleetscan.capture.procfs.sockstat import Sockstat
from fleetscan.capture.procfs.tasks import Tasks
from fleetscan.diagnosis.thresholds import SharedLimits
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Cause, Suspect, Window
from fleetscan.quantities import percent, size

MANY_HEADS_OF_A_CPU = 1_000
"""On hosts of more than 100 CPUs the limit grows with them: each CPU keeps some freed objects at hand, which slabinfo
counts as active [inference]."""

LEAST_DATA_BYTES = 512
"""No size class below can hold a buffer's data: its end is a struct skb_shared_info of 320 bytes, behind a packet."""

QUEUE_RATIO = 0.5
"""From this share of the buffers' bytes on, unread receive queues explain them. The kernel counts a clone in full, so
Rmem may overstate (1.7 times in a test of our own): half is enough and no more is asked [inference]."""

LEAK_RATIO = 0.1
"""Up to this share, queues do not explain them: the kernel holds buffers that no socket waits for [inference]."""

SUSPECT_RATIO = 0.1
"""Who holds less of the bytes is not named [inference]."""

_FAMILIES = {"tcp": "TCP", "udp": "UDP"}
_HEADS = frozenset({"skbuff_head_cache", "skbuff_fclone_cache"})


@immutable
class BufferLimits(SharedLimits):
    """From where on socket buffers are many; both must be reached."""

    rule: ClassVar[str] = "socket_buffers_held"
    heads_total: int = 100_000
    """Buffers: healthy hosts have 2,000 to 9,000, a busy one was seen with 38,000, the incident's nodes had 1.3 to 3.3
    million [inference]. On more than 100 CPUs the limit is 1,000 for each, if that is more."""
    held_bytes: int = 100_000_000
    """Heads and data together: less does not hurt even the smallest node [inference]."""


BUFFER_LIMITS = BufferLimits()


@immutable
class SocketBuffers:
    """How many socket buffers the kernel holds, and the bytes of their heads and data."""

    heads: int
    head_bytes: int
    data_bytes: int
    many_heads: int = BUFFER_LIMITS.heads_total
    """From so many on there are more than a node of its size explains."""
    many_bytes: int = BUFFER_LIMITS.held_bytes
    """Fewer bytes than these are not much, however many buffers they are."""

    @property
    def held_bytes(self) -> int:
        """Heads and data together."""
        return self.head_bytes + self.data_bytes

    @property
    def are_many(self) -> bool:
        """Whether there are more than a node's traffic explains."""
        return self.heads >= self.many_heads and self.held_bytes >= self.many_bytes


@immutable
class Blame:
    """Whose the buffers are, as far as the evidence carries, in words that end a sentence."""

    cause: Cause
    words: str
    suspects: tuple[Suspect, ...] = ()


def socket_buffers(window: Window, limits: BufferLimits) -> SocketBuffers:
    """Return the socket buffers that live in the kernel; AbsentError where the cache of their heads is not listed."""
    info = window.last[Slabinfo]
    heads = skb_heads(info)
    if heads is None:
        raise AbsentError("skbuff_head_cache is not among the slab caches that were read")
    return SocketBuffers(
        heads=heads,
        head_bytes=sum(cache.active_objects * cache.object_bytes for cache in info.caches if cache.name in _HEADS),
        data_bytes=_data_bytes(info, heads),
        many_heads=_many_heads(window.last.get(Host), limits),
        many_bytes=limits.held_bytes,
    )


def blame(buffers: SocketBuffers, window: Window) -> Blame:
    """Compare the unread receive queues with the buffers' bytes: the comparison is the diagnosis."""
    sockets = window.last.get(Sockets)
    if sockets is None:
        return Blame(cause=Cause.UNATTRIBUTED, words="whose they are is not known: no socket could be read")
    ratio = sockets.receive_queue_bytes / buffers.held_bytes
    queued = f"unread {_families(sockets)} sockets hold {size(sockets.receive_queue_bytes)}"
    suspects = holders(sockets, buffers.held_bytes)
    if ratio >= QUEUE_RATIO:
        part = f"{percent(ratio)} of them" if ratio <= 1 else "them all (a clone is counted in full)"
        return Blame(cause=Cause.SOCKET_QUEUE, words=f"{queued}, which explains {part}", suspects=suspects)
    if ratio > LEAK_RATIO:
        words = f"{queued}, which explains only {percent(ratio)} of them"
        return Blame(cause=Cause.UNATTRIBUTED, words=words, suspects=suspects)
    doubt = _doubt(sockets, buffers, window)
    if doubt:
        return Blame(cause=Cause.UNATTRIBUTED, words=f"{queued}, which does not explain them, but {doubt}")
    words = f"{queued} in all {sockets.namespaces_read} network namespaces: the kernel itself loses them"
    return Blame(cause=Cause.NETWORK_KERNEL_LEAK, words=words)


def holders(sockets: Sockets, held_bytes: int) -> tuple[Suspect, ...]:
    """Return who holds at least a tenth of so many bytes in unread sockets, most first."""
    grouped: dict[tuple[str, str], list[Socket]] = {}
    for socket in sockets.sockets:
        if socket.pod is not None or socket.pid is not None:
            key = ("pod", socket.pod) if socket.pod is not None else ("process", str(socket.pid))
            grouped.setdefault(key, []).append(socket)
    suspects = [_suspect(kind, group, held_bytes) for (kind, _), group in grouped.items()]
    named = [one for one in suspects if one.share is not None and one.share >= SUSPECT_RATIO]
    return tuple(sorted(named, key=lambda one: -(one.share or 0.0)))


def _families(sockets: Sockets) -> str:
    """Return the families that were looked at: TCP and UDP only where some of them wait for 1 MiB or more."""
    found = {_FAMILIES[socket.family] for socket in sockets.sockets if socket.family in _FAMILIES}
    names = ["packet", "netlink", *sorted(found)]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _many_heads(host: Host | None, limits: BufferLimits) -> int:
    cpus = 0 if host is None else host.cpus or 0
    return max(limits.heads_total, cpus * MANY_HEADS_OF_A_CPU)


def _data_bytes(info: Slabinfo, heads: int) -> int:
    """Return the bytes of at most one data object for each head, from the most numerous size classes on.

    Other users of the same size classes are counted only as far as there are heads.
    """
    left, data_bytes = heads, 0
    for cache in sorted(filter(_may_hold_data, data_classes(info)), key=lambda cache: -cache.active_objects):
        taken = min(left, cache.active_objects)
        data_bytes += taken * cache.object_bytes
        left -= taken
    return data_bytes


def _may_hold_data(cache: Cache) -> bool:
    named_bytes = size_class_bytes(cache.name)
    return named_bytes is None or named_bytes >= LEAST_DATA_BYTES


def _doubt(sockets: Sockets, buffers: SocketBuffers, window: Window) -> str:
    """Return why the kernel is not accused although no queue was found; empty where nothing speaks against it."""
    if sockets.namespaces_failed or not sockets.namespaces_read:
        return f"{sockets.namespaces_failed} network namespaces could not be read"
    if Tasks not in window.last and Pods not in window.last:
        return "no process was listed, so other network namespaces may exist"
    stream_bytes = _stream_bytes(window)
    if stream_bytes > LEAK_RATIO * buffers.held_bytes:
        return f"TCP and UDP hold {size(stream_bytes)} by their own account"
    return ""


def _stream_bytes(window: Window) -> int:
    """Return what TCP and UDP say they hold; 0 where the node does not tell."""
    sockstat, host = window.last.get(Sockstat), window.last.get(Host)
    if sockstat is None or host is None or host.page_bytes is None:
        return 0
    return ((sockstat.tcp_memory_pages or 0) + (sockstat.udp_memory_pages or 0)) * host.page_bytes


def _suspect(kind: str, group: list[Socket], held_bytes: int) -> Suspect:
    queued_bytes = sum(socket.receive_queue_bytes for socket in group)
    largest = max(group, key=lambda socket: socket.receive_queue_bytes)
    families = " and ".join(sorted({_FAMILIES.get(socket.family, socket.family) for socket in group}))
    sockets = f"a {families} socket" if len(group) == 1 else f"{len(group)} {families} sockets"
    if largest.pid is None:
        reason = f"{size(queued_bytes)} unread in {sockets} of its network namespace; the process was not found"
    else:
        process = f"process {largest.command or 'of unknown name'} (pid {largest.pid})"
        reason = f"{'its ' if kind == 'pod' else ''}{process} holds {size(queued_bytes)} unread in {sockets}"
    return Suspect(
        kind=kind,
        name=(largest.pod if kind == "pod" else largest.command) or f"pid {largest.pid}",
        reason=reason,
        image=largest.image or "",
        share=min(1.0, queued_bytes / held_bytes),
    )
