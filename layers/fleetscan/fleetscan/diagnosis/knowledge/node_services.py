"""Which processes and cgroups belong to the services that a worker cannot do without.

The units are those of Amazon Linux, Bottlerocket and Ubuntu. Where they are given a slice of their own
(``kubeReservedCgroup``, ``systemReservedCgroup``), the kubelet sets its memory limit to the reserve if
``enforceNodeAllocatable`` contains ``kube-reserved`` or ``system-reserved``:
https://kubernetes.io/docs/tasks/administer-cluster/reserve-compute-resources/
"""

from __future__ import annotations

import re

_COMMANDS = {
    "kubelet": "kubelet",
    "containerd": "containerd",
    "containerd-shim": "containerd-shim",
    "dockerd": "dockerd",
    "crio": "crio",
    "amazon-ssm-agen": "amazon-ssm-agent",
    "ssm-agent-worke": "ssm-agent-worker",
    "ssm-session-wor": "ssm-session-worker",
}
"""The kernel's 15 characters of a command -> its whole name."""
_UNIT = re.compile(r"(?:^|/)([A-Za-z0-9:_.@\\-]{1,100})\.service(?:/|$)")
_UNITS = frozenset(
    {
        *("kubelet", "snap.kubelet-eks.daemon", "containerd", "docker", "dockerd", "crio", "host-containerd"),
        *("amazon-ssm-agent", "snap.amazon-ssm-agent.amazon-ssm-agent"),
    }
)
_RESERVES = re.compile(
    r"/(?:podruntime|kuberuntime|runtime|kubelet|kube|kube-?reserved|system|system-?reserved)(?:\.slice)?"
)
"""Names of slices for services that distributions and documentation use."""
_CONTAINER = re.compile(r"[-/:][0-9a-f]{12}(?:[0-9a-f]{52})?(?:\.scope)?(?:/|$)")


def service(command: str | None, group: str | None) -> str | None:
    """Return which service a process belongs to; None if to none of them."""
    if group is not None and _CONTAINER.search(group):
        return None
    if (name := _COMMANDS.get(command or "")) is not None:
        return name
    unit = _UNIT.search(group or "")
    return unit[1] if unit and unit[1] in _UNITS else None


def is_of_services(limit: str, group: str | None, command: str | None) -> bool:
    """Return whether the cgroup of a limit holds services; ``group`` and ``command`` are those of a task in it."""
    if _CONTAINER.search(limit):
        return False
    unit = _UNIT.search(limit)
    if unit is not None:
        return unit[1] in _UNITS or _COMMANDS.get(command or "") is not None
    return _RESERVES.fullmatch(limit) is not None or service(command, group) is not None
