"""One OOM kill, and whose memory limit was reached."""

from __future__ import annotations

import enum

from fleetscan.immutable import immutable


class Scope(enum.StrEnum):
    """Whose memory was used up when the kernel killed a process."""

    NODE = "node"
    """The node's."""
    ALLOCATABLE = "allocatable"
    """What all pods together, or all of one QoS class, may use; the killed pod need not have a limit of its own."""
    OWN = "own"
    """The limit of the pod or container itself."""
    SERVICE = "service"
    """The limit of a cgroup in which the node's own services run: kubelet, container runtime, SSM agent."""
    OTHER = "other"
    """The limit of another cgroup, such as that of a container outside Kubernetes."""
    UNKNOWN = "unknown"
    """A memory cgroup's limit, of which the kernel log does not say which."""


@immutable
class OomKill:
    """One time that the kernel ran out of memory and killed."""

    age_seconds: int
    scope: Scope
    limit: str | None = None
    """The cgroup that had reached its limit; None if it is not known, or if there is none because it was the node."""
    group: str | None = None
    """The cgroup of the killed process."""
    command: str | None = None
    pid: int | None = None
    pod: str | None = None
    """``namespace/name`` where it is known, else the pod's uid; None where no pod is known."""
    pod_uid: str | None = None
    service: str | None = None
    """Which of the node's services it was, if it was one of them."""
    processes: int = 1
    """More than one where the kernel was told to kill the processes of a container together (memory.oom.group)."""

    @property
    def victim(self) -> str:
        """Return the killed process with its pod, in words."""
        command = self.command or "a process"
        return f"{command} of pod {self.pod}" if self.pod else command
