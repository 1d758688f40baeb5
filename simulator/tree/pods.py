"""The pods of a node, with identifiers that a cluster could have given them: the same ones on every run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from simulator.fleet import Fleet, FleetNode, Workload

_NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
"""The letters of generated Kubernetes names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """One pod with one container beside its sandbox."""

    name: str
    workload_name: str
    workload: Workload
    uid: str
    container_id: str
    sandbox_id: str

    @property
    def cgroup(self) -> str:
        """Return the pod's cgroup v2 path under the systemd driver."""
        uid = self.uid.replace("-", "_")
        if self.workload.quality == "guaranteed":
            return f"/kubepods.slice/kubepods-pod{uid}.slice"
        kind = f"kubepods-{self.workload.quality}"
        return f"/kubepods.slice/{kind}.slice/{kind}-pod{uid}.slice"

    @property
    def container_cgroup(self) -> str:
        """Return the cgroup of its container."""
        return f"{self.cgroup}/cri-containerd-{self.container_id}.scope"

    @property
    def sandbox_cgroup(self) -> str:
        """Return the cgroup of its pause process."""
        return f"{self.cgroup}/cri-containerd-{self.sandbox_id}.scope"


def pods(fleet: Fleet, node: FleetNode) -> tuple[Pod, ...]:
    """Return the pods of a node."""
    return tuple(_pod(node, name, workload) for name, workload in fleet.workloads_of(node).items())


def digest(*words: str) -> str:
    """Return 64 hexadecimal digits that depend on nothing but the words."""
    return hashlib.sha256("/".join(words).encode()).hexdigest()


def _pod(node: FleetNode, name: str, workload: Workload) -> Pod:
    is_another = bool(node.incarnation) and not workload.daemonset
    seed = digest(node.instance_id, name, *([node.incarnation] if is_another else []))
    uid = f"{seed[:8]}-{seed[8:12]}-4{seed[12:15]}-9{seed[15:18]}-{seed[18:30]}"
    suffix = "".join(_NAME_LETTERS[int(seed[at : at + 2], 16) % len(_NAME_LETTERS)] for at in range(30, 40, 2))
    replica_set = "" if workload.daemonset else f"-{digest(name)[:10]}"
    return Pod(
        name=f"{name}{replica_set}-{suffix}",
        workload_name=name,
        workload=workload,
        uid=uid,
        container_id=digest(seed, "container"),
        sandbox_id=digest(seed, "sandbox"),
    )
