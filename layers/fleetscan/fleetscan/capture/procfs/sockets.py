"""/proc/PID/net/{packet,netlink,tcp,udp} of every network namespace: sockets with unread data, most bytes first.

First the totals over all that were read, then for each: family, namespace (``host`` or the owning pod's uid), unread
bytes (Rmem), drops, inode, and who holds it: pid, command, pod, container, image, ``-`` where not known::

    total count=2 rmem_bytes=84410368 netns_read=14 netns_failed=0
    netlink host 84410368 81221 3912771 4242 scope weave/weave-scope-agent-x7k2p scope-agent weaveworks/scope:1.13.2
    packet 0b1f9a4e-55d0-4d7e-8f57-3c1a2f0e9d11 0 - 4012771 - - live/tap-0 - -

TCP and UDP (both with their IPv6 tables) are listed where 1 MiB or more waits, and only on a node on which both hold
16 MiB in all. Absent where no namespace could be read. Unread bytes are the kernel's accounting: of cloned buffers it
counts each clone in full, so the sum may overstate what memory they hold. ``count`` counts more sockets than are
listed.
https://man7.org/linux/man-pages/man7/packet.7.html and https://man7.org/linux/man-pages/man7/netlink.7.html
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "sockets"


@immutable
class Socket:
    """One socket with its unread receive queue and its process; unknown names are None."""

    family: str
    """``packet``, ``netlink``, ``tcp`` or ``udp``."""
    namespace: str
    """``host`` or the uid of the pod that owns the network namespace."""
    receive_queue_bytes: int
    drops: int | None
    """Datagrams lost because the queue was full; /proc/net/packet has no such counter."""
    inode: int
    """0 for the kernel's own sockets."""
    pid: int | None
    command: str | None
    pod: str | None
    container: str | None
    image: str | None


@immutable
class Sockets:
    """The sockets with the largest queues, and the totals over all of them."""

    count: int
    receive_queue_bytes: int
    namespaces_read: int
    namespaces_failed: int
    """Network namespaces that could not be read: what is in them is not known."""
    sockets: tuple[Socket, ...]

    @property
    def is_partial(self) -> bool:
        """Whether the node has more sockets than are listed: what is counted in the list is not all."""
        return self.count > len(self.sockets)


def parse(text: str) -> Sockets:
    """Parse the section ``sockets``; a socket listed twice is a ParseError, for its bytes would count twice."""
    head, lines = rows.read_headed(text, source=_SOURCE, head="total")
    total = head.pairs(1)
    sockets: list[Socket] = []
    seen: set[tuple[str, int]] = set()
    for row in lines:
        socket = _socket(row)
        if socket.inode and (socket.family, socket.inode) in seen:
            raise row.error(f"{socket.family} socket {socket.inode} is given twice")
        seen.add((socket.family, socket.inode))
        sockets.append(socket)
    return Sockets(
        count=total.whole("count"),
        receive_queue_bytes=total.whole("rmem_bytes"),
        namespaces_read=total.whole("netns_read"),
        namespaces_failed=total.whole("netns_failed"),
        sockets=tuple(sockets),
    )


def _socket(row: rows.Row) -> Socket:
    return Socket(
        family=row.name(0, "family"),
        namespace=row.name(1, "namespace"),
        receive_queue_bytes=row.whole(2, "rmem"),
        drops=row.whole_or_none(3, "drops"),
        inode=row.whole(4, "inode"),
        pid=row.whole_or_none(5, "pid"),
        command=row.name_or_none(6, "command"),
        pod=row.name_or_none(7, "pod"),
        container=row.name_or_none(8, "container"),
        image=row.name_or_none(9, "image"),
    )
