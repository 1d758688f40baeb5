"""A fleet as data: what ``fleets/*.toml`` may say, and how it is read.

Every field has the unit in its name; a key that no field is named after is an error, so that a misspelt figure cannot
silently become a default.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from simulator.strict import understood

FLEETS = Path(__file__).parent / "fleets"

type Fate = Literal["answers", "hangs", "never_delivered", "terminated", "not_registered", "connection_lost"]
"""What becomes of a command on a node: the script runs; runs into its timeout; never reaches the agent; the instance
is terminated before it runs; there is no agent; the agent has not been heard of lately."""


type ManagedBy = Literal["nobody", "helm", "argo_cd", "flux", "eks_addon", "operator"]
"""What keeps a workload up to date: the traces that it leaves on a Kubernetes object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """The operating system that a node boots and what its agent says about it."""

    kernel: str
    platform: str
    platform_version: str
    agent_version: str
    platform_type: str = "Linux"
    os_release: tuple[str, ...] = ()

    @property
    def is_bottlerocket(self) -> bool:
        """Whether its agent runs in a container of its own."""
        return self.platform.startswith("Bottlerocket")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One kind of pod: a DaemonSet, or what a node names in its ``workloads``."""

    namespace: str
    image: str
    command: str
    quality: Literal["guaranteed", "burstable", "besteffort"]
    memory_mib: int
    millicores: int
    limit_mib: int
    """0 for a pod without a memory limit."""
    daemonset: bool = False
    host_network: bool = False
    packet_socket: bool = False
    netlink_family: int = 0
    """The protocol column of /proc/net/netlink for the sockets listed in a node's ``held``."""
    children: tuple[str, ...] = ()
    """Commands of further processes in the container."""
    age_days: float = 90.0
    """Since its DaemonSet was created."""
    changed_days: float | None = None
    """Since its image was written last; None for never since it was created."""
    managed_by: ManagedBy = "helm"
    request_mib: int = 0
    """0 for a pod that asks for no memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The figures of /proc/meminfo that matter; the others are derived so that the ledger adds up."""

    total_mib: int
    free_mib: int
    available_mib: int
    cached_mib: int
    """Buffers, page cache and swap cache together."""
    reclaimable_mib: int
    unreclaimable_mib: int
    committed_mib: int
    anon_mib: int
    swap_total_mib: int = 0
    swap_free_mib: int = 0
    page_tables_mib: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """Objects of one slab cache: in use, and allocated in all."""

    active: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Sockets of one workload whose receive queues nobody reads."""

    workload: str
    bytes: tuple[int, ...]
    drops: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cpu:
    """How all CPUs together spent the window; idle is the rest."""

    user_percent: float = 6.0
    system_percent: float = 2.5
    softirq_percent: float = 0.4
    iowait_percent: float = 0.3
    steal_percent: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PerSecond:
    """Rates of /proc/vmstat counters during the window."""

    pswpin: int = 0
    pswpout: int = 0
    pgmajfault: int = 0
    pgscan_kswapd: int = 0
    pgscan_direct: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """/proc/pressure: avg10, avg60 and avg300 in percent."""

    cpu_some: tuple[float, float, float] = (0.0, 0.0, 0.0)
    memory_some: tuple[float, float, float] = (0.0, 0.0, 0.0)
    memory_full: tuple[float, float, float] = (0.0, 0.0, 0.0)
    io_some: tuple[float, float, float] = (0.0, 0.0, 0.0)
    io_full: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditFigures:
    """What EC2 and CloudWatch say of a burstable instance."""

    mode: Literal["standard", "unlimited"]
    balance: float
    surplus_balance: float = 0.0
    surplus_charged: float = 0.0
    cpu_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """A node's figures once the root cause is gone, where they are known better than by subtraction."""

    free_mib: int
    available_mib: int
    unreclaimable_mib: int
    load: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kubelet:
    """What the API server knows of a node's kubelet."""

    ready: Literal["True", "False", "Unknown"] = "True"
    """Unknown when it has not been heard of for 40 s."""
    since_minutes: float | None = None
    """Since it is so; None for since the node was started."""
    lease_seconds: float = 4.0
    """Since it renewed its lease, which a living kubelet does every ten seconds."""
    memory_pressure: bool = False
    cordoned: bool = False
    deleting: Mapping[str, float] = field(default_factory=dict)
    """Workload -> minutes since the deletion of its pod was asked for, which nobody has confirmed."""
    oom_killed: Mapping[str, float] = field(default_factory=dict)
    """Workload -> minutes since its container was killed for memory and started again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterEventFigures:
    """An event as the API server keeps it for an hour: of a node of the fleet, or of a pod by name."""

    reason: str
    message: str
    minutes_ago: float
    node: str = ""
    """Instance id: what it is about, or where the kubelet is that sent it."""
    pod: str = ""
    """``namespace/name`` of what it is about."""
    first_minutes_ago: float | None = None
    count: int = 1
    component: str = "node-controller"
    warning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedPod:
    """A pod that is over and still listed."""

    workload: str
    name: str
    node: str
    """Instance id."""
    reason: str
    message: str
    minutes_ago: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetNode:
    """One EC2 worker: how AWS describes it, and all that its kernel would say."""

    instance_id: str
    private_dns_name: str
    instance_type: str
    zone: str
    node_group: str
    cpus: int
    uptime_days: float
    load: tuple[float, float, float]
    memory: Memory
    architecture: str = "x86_64"
    workloads: tuple[str, ...] = ()
    caches: Mapping[str, Cache] = field(default_factory=dict)
    held: tuple[Held, ...] = ()
    cpu: Cpu = Cpu()
    per_second: PerSecond = PerSecond()
    pressure: Pressure = Pressure()
    credits: CreditFigures | None = None
    after: After | None = None
    system: System | None = None
    """Where it differs from the fleet's."""
    auto_mode: bool = False
    fate: Fate = "answers"
    prints: str = ""
    """Shell commands that run in place of the document's script: what a compromised or broken node would do."""
    kernel_log: tuple[str, ...] = ()
    """Lines of the kernel log after those of the boot, without the time in front."""
    kubelet: Kubelet = Kubelet()
    earlier: Kubelet | None = None
    """What it was like hours before, when pods of this node died that have been replaced since."""
    incarnation: str = ""
    """Distinguishes pods that have been replaced from those that are there now; DaemonSets are not replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """One EKS cluster in one Region of one account."""

    account: str
    region: str
    cluster: str
    system: System
    workloads: Mapping[str, Workload]
    nodes: tuple[FleetNode, ...]
    cluster_events: tuple[ClusterEventFigures, ...] = ()
    failed_pods: tuple[FailedPod, ...] = ()
    empty_clusters: tuple[str, ...] = ()
    """Further EKS clusters without EC2 workers."""
    window_seconds: float = 5.0
    """Time between the two samples, as the nodes' own clocks have it."""

    def node(self, instance_id: str) -> FleetNode:
        """Return one node; KeyError names an id that is not in the fleet."""
        return {node.instance_id: node for node in self.nodes}[instance_id]

    def system_of(self, node: FleetNode) -> System:
        """Return what the node runs."""
        return node.system or self.system

    def workloads_of(self, node: FleetNode) -> dict[str, Workload]:
        """Return name -> workload of the pods on a node: what it names itself, then the DaemonSets."""
        own = {name: self.workloads[name] for name in node.workloads}
        return own | {name: workload for name, workload in self.workloads.items() if workload.daemonset}


def load(fleet: str | Path = "incident") -> Fleet:
    """Read a fleet file: the name of one in ``fleets/``, or a path. ValueError says what in it is wrong and where."""
    path = fleet if isinstance(fleet, Path) else FLEETS / f"{fleet}.toml"
    with path.open("rb") as file:
        document = tomllib.load(file)
    try:
        return understood(document, Fleet)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error
