"""Sockets of a node: /proc/net/{netlink,packet,sockstat} and the tables of the network stack.

sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
000000005d7c1a2e 12  4021       00000007 1100800000 0        0     2        918222   41207
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator.fleet import FleetNode
from simulator.tree.activity import uptime_seconds
from simulator.tree.pods import Pod, digest

_NETLINK_HEADER = (
    "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode            \n"
)
_PACKET_HEADER = "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n"
_CONNTRACK_GROUPS = 7
"""NFNLGRP_CONNTRACK_NEW, _UPDATE and _DESTROY as the bit mask of the Groups column."""
_FIRST_INODE = 41_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One socket of the host's network namespace that a process of a pod holds open."""

    pod: Pod
    family: str
    inode: int
    receive_queue_bytes: int
    drops: int


def queues(node: FleetNode, pods: tuple[Pod, ...]) -> tuple[Queue, ...]:
    """Return the sockets of the pods: those whose queues the node's data fill, and packet sockets."""
    by_name = {pod.workload_name: pod for pod in pods}
    inode = _FIRST_INODE + int(digest(node.instance_id)[:4], 16)
    found: list[Queue] = []
    for held in node.held:
        for size, drops in zip(held.bytes, held.drops, strict=True):
            inode += 7
            pod = by_name[held.workload]
            found.append(Queue(pod=pod, family="netlink", inode=inode, receive_queue_bytes=size, drops=drops))
    for pod in pods:
        if pod.workload.packet_socket:
            inode += 7
            found.append(Queue(pod=pod, family="packet", inode=inode, receive_queue_bytes=0, drops=0))
    return tuple(found)


def netlink(sockets: tuple[Queue, ...], pids: dict[str, int]) -> str:
    """Return /proc/net/netlink of the host: the kernel's own and udev's sockets, then the given ones."""
    quiet = [(0, 0, 0, 4), (0, 1, 0x11, 18_004), (4, 0, 0, 477), (9, 612, 1, 18_277), (15, 701, 2, 18_301)]
    lines = [_netlink_line(family, pid, inode, groups=groups) for family, pid, groups, inode in quiet]
    for at, socket in enumerate(socket for socket in sockets if socket.family == "netlink"):
        # A second socket of a process has no port id of its own: the kernel then picks a large one.
        port = pids[socket.pod.uid] if at == 0 else 4_294_963_000 + at
        line = _netlink_line(
            socket.pod.workload.netlink_family,
            port,
            socket.inode,
            groups=_CONNTRACK_GROUPS,
            held=socket.receive_queue_bytes,
            drops=socket.drops,
        )
        lines.append(line)
    return _NETLINK_HEADER + "".join(lines)


def packet(sockets: tuple[Queue, ...]) -> str:
    """Return /proc/net/packet of the host: sockets that capture every protocol on every interface."""
    return _PACKET_HEADER + "".join(
        f"{_address(socket.inode)} 3      3    0003   0     1 {socket.receive_queue_bytes:<6d} 0      "
        f"{socket.inode:<6d}\n"
        for socket in sockets
        if socket.family == "packet"
    )


def host_files(node: FleetNode, sockets: tuple[Queue, ...], pids: dict[str, int]) -> dict[str, str]:
    """Return the network files of the host below /proc."""
    connections = 90 + 45 * len(pids)
    return {
        "net/netlink": netlink(sockets, pids),
        "net/packet": packet(sockets),
        "net/sockstat": (
            f"sockets: used {connections + 210}\nTCP: inuse {connections} orphan 0 tw {connections // 2} "
            f"alloc {connections + 31} mem {connections // 12}\nUDP: inuse 9 mem 4\nUDPLITE: inuse 0\n"
            "RAW: inuse 0\nFRAG: inuse 0 memory 0\n"
        ),
        "sys/net/netfilter/nf_conntrack_count": f"{connections * 6}\n",
        "sys/net/netfilter/nf_conntrack_max": f"{max(131_072, node.cpus * 32_768)}\n",
        "net/stat/arp_cache": f"entries  allocs   table_fulls\n{12 + len(pids):08x} 0000002f 00000000\n",
        "sys/net/ipv4/neigh/default/gc_thresh3": "1024\n",
        "sys/net/ipv4/tcp_mem": "{}\t{}\t{}\n".format(
            *(round(node.memory.total_mib * share) for share in (11, 15, 22))
        ),
    }


def interfaces(node: FleetNode, seconds_ago: float) -> str:
    """Return /proc/net/dev, so many seconds before the last sample: traffic and no errors."""
    up = uptime_seconds(node, seconds_ago)
    head = "Inter-|   Receive  |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes\n"
    return head + "".join(
        f"{name:>6}: {packets * 700} {packets} 0 0 0 0 0 0 {packets * 500} {packets} 0 0 0 0 0 0\n"
        for name, packets in (("lo", round(up * 30)), ("eth0", round(up * 400)))
    )


def ethtool() -> str:
    """Return what ``ethtool -S`` says of an ENA whose allowances were never exceeded."""
    kinds = ("bw_in", "bw_out", "pps", "conntrack", "linklocal")
    counters = "".join(f"     {kind}_allowance_exceeded: 0\n" for kind in kinds)
    return f"NIC statistics:\n     tx_timeout: 0\n{counters}     queue_0_tx_cnt: 48211\n"


def pod_files() -> dict[str, str]:
    """Return the network files of a pod with a namespace of its own, in which nothing unusual is open."""
    return {
        "net/netlink": _NETLINK_HEADER + _netlink_line(0, 0, 52_110) + _netlink_line(4, 0, 52_111),
        "net/packet": _PACKET_HEADER,
        "net/sockstat": "sockets: used 12\nTCP: inuse 6 orphan 0 tw 2 alloc 38 mem 3\nUDP: inuse 0 mem 4\n"
        "UDPLITE: inuse 0\nRAW: inuse 0\nFRAG: inuse 0 memory 0\n",
    }


def _netlink_line(family: int, port: int, inode: int, *, groups: int = 0, held: int = 0, drops: int = 0) -> str:
    return (
        f"{_address(inode)} {family:<3d} {port:<10d} {groups:08x} {held:<8d} {0:<8d} {0:<5d} {2:<8d} "
        f"{drops:<8d} {inode:<8d}\n"
    )


def _address(inode: int) -> str:
    return f"00000000{digest('sock', str(inode))[:8]}"
