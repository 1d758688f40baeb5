"""What runs on a node and who holds unread data there: what a fleet is compared by.

It travels from the node's window to the comparison of all nodes, so it holds names and sums and no section.
"""

from __future__ import annotations

from fleetscan.immutable import immutable


@immutable
class RunningImage:
    """One image by its name, and the pods in which it was seen."""

    image: str
    """As the node names it, with registry and tag."""
    repository: str
    """Without registry, tag and digest."""
    pods: tuple[str, ...] = ()
    """``namespace/name``, those that are known."""


@immutable
class Holder:
    """One pod, or one process of the host, and what waits unread in its sockets."""

    held_bytes: int
    """Where socket buffers accumulate, no more than their caches hold: the queues count a clone several times."""
    pod: str = ""
    """``namespace/name``; empty for a process of the host."""
    command: str = ""
    image: str = ""


@immutable
class Presence:
    """What is known to run on one node. None is not known: absent from a list that was not read is no absence."""

    images: tuple[RunningImage, ...] = ()
    """Those whose names were seen, which need not be all."""
    repository_hashes: frozenset[int] | None = None
    """The hashes of all repositories on the node, by ``procfs.images.repository_hash``."""
    holders: tuple[Holder, ...] | None = None
    """Most bytes first."""
    unlisted_pods: tuple[str, ...] = ()
    """Pods that the node names and that Kubernetes, asked for the pods of this node, does not list there."""
