"""Network packets pile up in the kernel and are never freed.

What it means: a socket buffer is one network packet or message in the kernel. It lives microseconds. Hundreds of
thousands at rest either wait in the queue of a socket whose process does not read it, or were lost by a driver or a
kernel module.

Why it hurts: their memory belongs to no pod and shows in no container metric; it only grows. In the incident a
monitoring agent let 1.66 million of them take half of the node's memory, and the node died of swapping.

What to do: compare the unread queues with the buffers' bytes. If the queues explain them, stop the process that does
not read: all is freed at once, without a reboot. If they do not, the kernel or a driver leaks: reboot, then update
it.

Source: the incident (1,657,980 heads, kmalloc-1k at 1.006 times as many); ntop/PF_RING 516 and 1003; openwrt 3507.
Fewer than 100,000 heads or 100 MB are not told: healthy hosts have 2,000 to 9,000 heads, whatever their size classes
show.
"""

from __future__ import annotations

from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity, Window
from fleetscan.procfs.meminfo import Meminfo
from fleetscan.quantities import count, size
from fleetscan.rule import Rule
from fleetscan.socket_buffers import blame, socket_buffers
from fleetscan.unreclaimable import unreclaimable_level


def check(window: Window) -> Evidence | None:
    """Count the heads and the bytes of heads and data; say whose they are where the queues tell."""
    buffers = socket_buffers(window)
    if not buffers.are_many:
        return None
    found = blame(buffers, window)
    text = (
        f"{count(buffers.heads)} socket buffers hold {size(buffers.held_bytes)} ({size(buffers.head_bytes)} of heads, "
        f"{size(buffers.data_bytes)} of data); {found.words}"
    )
    return Evidence(
        severity=_severity(window),
        text=text,
        measured=buffers.heads,
        limit=buffers.many_heads,
        cause=found.cause,
        suspects=found.suspects,
    )


def _severity(window: Window) -> Severity:
    """Critical where the unreclaimable slab as a whole is."""
    try:
        level = unreclaimable_level(window.last[Meminfo])
    except AbsentError:
        return Severity.WARNING
    return Severity.WARNING if level is None else level.severity


RULE = Rule(
    id="socket_buffers_held",
    severity=Severity.CRITICAL,
    title="Network packets pile up in the kernel",
    remedy=(
        "Look at the process that does not read its sockets (Rmem is what waits), and at what runs it:\n"
        "    cat /proc/net/packet /proc/net/netlink\n"
        "    kubectl get pods --all-namespaces -o wide --field-selector spec.nodeName=NODE\n"
        "If nobody needs it, remove it everywhere; the kernel frees the buffers at once:\n"
        "    kubectl delete daemonset NAME -n NAMESPACE\n"
        "If no socket holds them, the kernel leaks: drain the node, replace it and update its AMI:\n"
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data"
    ),
    check=check,
)
