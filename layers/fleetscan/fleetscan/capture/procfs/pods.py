"""The pods by memory, from the kubepods cgroups; names from /var/log/containers.

First how many there are, then the largest: uid, namespace/name, memory, limit (``max`` for none) and QoS class::

    total count=14
    0b1f9a4e-55d0-4d7e-8f57-3c1a2f0e9d11 live/checkout-6c9f7d5b8-x2x9q 399507456 max burstable
    7c2d8e10-9a1b-4c3d-8e5f-6a7b8c9d0e1f weave/weave-scope-agent-x7k2p 67108864 536870912 guaranteed

Absent where no kubepods cgroup is seen: not a worker, or a recorded tree without cgroups.
https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "pods"
_NO_LIMIT = "max"
_CLASSES = frozenset({"guaranteed", "burstable", "besteffort"})


@immutable
class Pod:
    """One pod by its cgroup. ``limit_bytes`` None means no limit."""

    uid: str
    name: str
    """``namespace/name``, or the uid where the name is not known."""
    memory_bytes: int
    limit_bytes: int | None
    qos: str
    """``guaranteed``, ``burstable`` or ``besteffort``; ``unknown`` where the node said something else."""


@immutable
class Pods:
    """The largest pods, and how many there are in all."""

    count: int
    pods: tuple[Pod, ...]
    """Without those whose limit was not to be had (``-``): None would say that they have none."""


def parse(text: str) -> Pods:
    """Parse the section ``pods``; without its first row it is a ParseError."""
    head, lines = rows.read_headed(text, source=_SOURCE, head="total")
    pods = tuple(_pod(row) for row in rows.distinct(lines) if row.word(3, "limit") != rows.UNKNOWN)
    return Pods(count=head.pairs(1).whole("count"), pods=pods)


def _pod(row: rows.Row) -> Pod:
    uid = row.name(0, "uid")
    limit = row.word(3, "limit")
    qos = row.word(4, "qos")
    return Pod(
        uid=uid,
        name=row.name_or_none(1, "name") or uid,
        memory_bytes=row.whole(2, "memory"),
        limit_bytes=None if limit == _NO_LIMIT else row.whole(3, "limit"),
        qos=qos if qos in _CLASSES else "unknown",
    )
