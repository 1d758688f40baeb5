"""Socket buffers (skbuff) in kernel memory, their bytes, and the processes that hold them.

A buffer is a head (skbuff_head_cache) and its data, which is in a general size class or, since Linux 6.3, in
skbuff_small_head. A leak uses as many size classes as it has packet sizes, and a clone shares the data of another head,
so heads and data are not 1:1. Only heads prove socket buffers: anything may be in a general size class.
"""

from __future__ import annotations

from collections.abc import Iterable
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
from fleetscan.quantities import count, counted, percent, size

MANY_HEADS_OF_A_CPU = 1_000
"""On hosts with more than 100 CPUs the threshold grows with them: each CPU caches some freed objects, which slabinfo
counts as active [inference]."""

LEAST_DATA_BYTES = 512
"""No smaller size class can hold a buffer's data: it contains a packet and a struct skb_shared_info of 320 bytes."""

QUEUE_RATIO = 0.5
"""From this share of the buffers' bytes on, unread receive queues explain them. The kernel counts a clone in full, so
Rmem may be too high (1.7 times in a test of our own): half is enough [inference]."""

LEAK_RATIO = 0.1
"""Up to this share, queues do not explain them: the kernel holds buffers that are in no socket's queue [inference]."""

SUSPECT_RATIO = 0.1
"""A process or pod that holds a smaller share is not named [inference]."""

MANY_LISTED = 10
"""From so many sockets of one holder on their number may be that of the list, which has 12 or 40 in all."""

_FAMILIES = {"tcp": "TCP", "udp": "UDP"}
_HEADS = frozenset({"skbuff_head_cache", "skbuff_fclone_cache"})


@immutable
class BufferLimits(SharedLimits):
    """The thresholds from which socket buffers are many; both must be reached."""

    rule: ClassVar[str] = "socket_buffers_held"
    heads_total: int = 100_000
    """Socket buffers: healthy hosts have 2,000 to 9,000, a busy one 38,000, the incident's nodes 1.3 to 3.3 million
    [inference]. On more than 100 CPUs the threshold is 1,000 per CPU, if that is more."""
    held_bytes: int = 100_000_000
    """Heads and data together: less does no harm even on the smallest node [inference]."""


BUFFER_LIMITS = BufferLimits()


@immutable
class SocketBuffers:
    """How many socket buffers the kernel holds, and the bytes of their heads and data."""

    heads: int
    head_bytes: int
    data_bytes: int
    many_heads: int = BUFFER_LIMITS.heads_total
    """From this number on there are more than the traffic of such a node explains."""
    many_bytes: int = BUFFER_LIMITS.held_bytes
    """Fewer bytes do no harm, however many buffers there are."""

    @property
    def held_bytes(self) -> int:
        """Heads and data together."""
        return self.head_bytes + self.data_bytes

    @property
    def are_many(self) -> bool:
        """Whether both thresholds are reached."""
        return self.heads >= self.many_heads and self.held_bytes >= self.many_bytes


@immutable
class Attribution:
    """The cause of a finding with its suspects, as far as the evidence shows it, in words that end a sentence."""

    cause: Cause
    words: str
    suspects: tuple[Suspect, ...] = ()


def socket_buffers(window: Window, limits: BufferLimits) -> SocketBuffers:
    """Return the socket buffers in kernel memory; AbsentError if the cache of their heads is not listed."""
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


def attribute(buffers: SocketBuffers, window: Window) -> Attribution:
    """Attribute the socket buffers by comparing the unread receive queues with their bytes."""
    sockets = window.last.get(Sockets)
    if sockets is None:
        return Attribution(
            cause=Cause.UNATTRIBUTED, words="which process holds them is unknown: no socket could be read"
        )
    ratio = sockets.receive_queue_bytes / buffers.held_bytes
    queued = _queued(sockets)
    suspects = holders(sockets, buffers.held_bytes)
    if ratio >= QUEUE_RATIO:
        part = f"{percent(ratio)} of the socket buffers" if ratio <= 1 else "all of them (a clone is counted in full)"
        return Attribution(cause=Cause.SOCKET_QUEUE, words=f"{queued}: that explains {part}", suspects=suspects)
    if ratio > LEAK_RATIO:
        words = f"{queued}: that explains only {percent(ratio)} of the socket buffers"
        return Attribution(cause=Cause.UNATTRIBUTED, words=words, suspects=suspects)
    doubt = _doubt(sockets, buffers, window)
    if doubt:
        return Attribution(
            cause=Cause.UNATTRIBUTED, words=f"{queued}: that does not explain the socket buffers, but {doubt}"
        )
    words = f"{queued}, in all {sockets.namespaces_read} network namespaces: the kernel itself leaks the socket buffers"
    return Attribution(cause=Cause.NETWORK_KERNEL_LEAK, words=words)


def holders(sockets: Sockets, held_bytes: int) -> tuple[Suspect, ...]:
    """Return the pods and processes that hold at least a tenth of so many bytes unread, most first."""
    grouped: dict[tuple[str, str], list[Socket]] = {}
    for socket in sockets.sockets:
        if socket.pod is not None or socket.pid is not None:
            key = ("pod", socket.pod) if socket.pod is not None else ("process", str(socket.pid))
            grouped.setdefault(key, []).append(socket)
    suspects = [_suspect(kind, group, held_bytes, sockets) for (kind, _), group in grouped.items()]
    named = [one for one in suspects if one.share is not None and one.share >= SUSPECT_RATIO]
    return tuple(sorted(named, key=lambda one: -(one.share or 0.0)))


def held_by_family(sockets: Iterable[Socket], every: Sockets) -> str:
    """Return what sockets hold, family by family, so that each amount stands with the sockets that hold it.

    Such as ``3 netlink sockets hold 2.0 GiB unread, 1 packet socket is empty``. Where not all of the node's are listed,
    a number is that of the list.
    """
    listed_sockets = tuple(sockets)
    bound = not_listed(every, len(listed_sockets))
    listed = "listed " if bound else ""
    held: dict[str, list[int]] = {}
    for socket in listed_sockets:
        held.setdefault(_FAMILIES.get(socket.family, socket.family), []).append(socket.receive_queue_bytes)
    filled = {family: [one for one in queues if one] for family, queues in held.items()}
    parts = [
        f"{counted(len(queues), f'{listed}{family} socket')} {'holds' if len(queues) == 1 else 'hold'} "
        f"{size(sum(queues))} unread"
        for family, queues in sorted(filled.items(), key=lambda entry: -sum(entry[1]))
        if queues
    ]
    for family, queues in held.items():
        empty = len(queues) - len(filled[family])
        if empty:
            parts.append(f"{counted(empty, f'{listed}{family} socket')} {'is' if empty == 1 else 'are'} empty")
    return ", ".join(parts) + bound


def not_listed(sockets: Sockets, number: int) -> str:
    """Return of how many sockets so many are a part, as the end of a sentence; empty where they are not the list's.

    The list has the sockets with the most unread data: a few of one holder are those that matter, many may be its end.
    """
    if not sockets.is_partial or number < MANY_LISTED:
        return ""
    return f" ({count(len(sockets.sockets))} of the node's {count(sockets.count)} sockets are listed)"


def _queued(sockets: Sockets) -> str:
    """Return what waits unread in each family that was read: packet and netlink always, TCP and UDP where listed."""
    held = dict.fromkeys(("netlink", "packet"), 0)
    for socket in sockets.sockets:
        family = _FAMILIES.get(socket.family, socket.family)
        held[family] = held.get(family, 0) + socket.receive_queue_bytes
    filled = sorted(((family, amount) for family, amount in held.items() if amount), key=lambda entry: -entry[1])
    if not filled and sockets.receive_queue_bytes:
        return f"netlink and packet sockets together hold {size(sockets.receive_queue_bytes)} unread"
    parts = [f"{family} sockets hold {size(amount)} unread" for family, amount in filled]
    rest = sockets.receive_queue_bytes - sum(held.values())
    if rest > 0:
        parts.append(f"sockets that are not listed hold {size(rest)}")
    elif empty := [family for family, amount in held.items() if not amount]:
        parts.append(f"{' and '.join(empty)} sockets are empty")
    return ", ".join(parts)


def _many_heads(host: Host | None, limits: BufferLimits) -> int:
    cpus = 0 if host is None else host.cpus or 0
    return max(limits.heads_total, cpus * MANY_HEADS_OF_A_CPU)


def _data_bytes(info: Slabinfo, heads: int) -> int:
    """Return the bytes of at most one data object per head, starting with the most numerous size classes.

    Other users of the same size classes are counted only up to the number of heads.
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
    """Return why a kernel leak is not certain although no queue holds the buffers; empty if it is."""
    if sockets.namespaces_failed or not sockets.namespaces_read:
        return f"{sockets.namespaces_failed} network namespaces could not be read"
    if Tasks not in window.last and Pods not in window.last:
        return "no process was listed, so there may be other network namespaces"
    stream_bytes = _stream_bytes(window)
    if stream_bytes > LEAK_RATIO * buffers.held_bytes:
        return f"TCP and UDP hold {size(stream_bytes)} by their own counters (sockstat)"
    return ""


def _stream_bytes(window: Window) -> int:
    """Return what TCP and UDP hold by their own counters; 0 if the node does not report them."""
    sockstat, host = window.last.get(Sockstat), window.last.get(Host)
    if sockstat is None or host is None or host.page_bytes is None:
        return 0
    return ((sockstat.tcp_memory_pages or 0) + (sockstat.udp_memory_pages or 0)) * host.page_bytes


def _suspect(kind: str, group: list[Socket], held_bytes: int, sockets: Sockets) -> Suspect:
    queued_bytes = sum(socket.receive_queue_bytes for socket in group)
    largest = max(group, key=lambda socket: socket.receive_queue_bytes)
    held = held_by_family(group, sockets)
    if largest.pid is None:
        reason = f"{held} in its network namespace; the process was not found"
    else:
        reason = f"{held}; process {largest.command or 'of unknown name'} (pid {largest.pid})"
    return Suspect(
        kind=kind,
        name=(largest.pod if kind == "pod" else largest.command) or f"pid {largest.pid}",
        reason=reason,
        image=largest.image or "",
        share=min(1.0, queued_bytes / held_bytes),
    )
