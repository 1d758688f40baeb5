"""What the Kubernetes API reports of a cluster: optional everywhere, and only available with access to it.

Texts in these values come from the API server, and an event or a condition may contain text from a node or a workload:
it is untrusted input like a node's output and is sanitized wherever it is shown.
"""

from __future__ import annotations

import enum
from datetime import datetime

from fleetscan.immutable import immutable


class Status(enum.StrEnum):
    """The status of a condition, as Kubernetes writes it."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


@immutable
class Condition:
    """One condition of a node, such as ``Ready`` or ``MemoryPressure``."""

    kind: str
    status: Status
    since: datetime | None = None
    """When it took this status (``lastTransitionTime``)."""
    reason: str = ""
    message: str = ""
    heard_at: datetime | None = None
    """When it was last confirmed (``lastHeartbeatTime``); None where that is not known."""


@immutable
class Taint:
    """One taint of a node."""

    key: str
    effect: str
    value: str = ""
    since: datetime | None = None
    """When it was added, for the taints that the node controller sets (``timeAdded``)."""


@immutable
class ClusterEvent:
    """An event of a node or a pod that is worth keeping longer than Kubernetes keeps it."""

    uid: str
    """Of the event object: the same event seen in two scans is one."""
    at: datetime
    """When it happened last."""
    kind: str
    """``Node`` or ``Pod``: what it is about."""
    name: str
    reason: str
    """Kubernetes' own word: ``NodeNotReady``, ``TaintManagerEviction``, ``OOMKilling`` ..."""
    namespace: str = ""
    message: str = ""
    count: int = 1
    first_at: datetime | None = None
    node: str = ""
    """Kubernetes' name of the node where that is known; the event of a pod need not tell."""
    subject_uid: str = ""
    """Of the node or pod it is about."""
    source: str = ""
    """Who wrote it: ``kubelet``, ``node-controller``. Both may write one about the same change."""


class Ending(enum.StrEnum):
    """How a pod was terminated from outside."""

    EVICTED = "evicted"
    """By the kubelet, because the node ran low on a resource."""
    OWN_DISK_LIMIT = "own_disk_limit"
    """By the kubelet, because the pod was over a limit of its own: of an emptyDir volume or of ephemeral storage.
    Kubernetes says Evicted."""
    OOM_KILLED = "oom_killed"
    """A container of it, by the kernel: at its own limit, at that of all pods together, or with the node's memory.
    Kubernetes says OOMKilled of each of them."""
    NODE_LOST = "node_lost"
    """Deleted or being deleted because its node is not ready or not reachable."""
    TAINTED = "tainted"
    """Deleted for a NoExecute taint of its node, which is not known to be that of a node that is not ready or not
    reachable: anybody may set one."""
    NODE_GONE = "node_gone"
    """Deleted after its node: the node was lost, or removed as any node that is scaled in."""
    PREEMPTED = "preempted"
    SHUT_DOWN = "shut_down"
    """With its node, which was shutting down."""
    DRAINED = "drained"
    """Through the API by what manages nodes, such as Karpenter. Its event says Evicted too."""
    REFUSED = "refused"
    """It never ran: the kubelet of its node did not admit it. Kubernetes says Evicted, NodeShutdown or OutOfmemory."""

    @property
    def family(self) -> Ending:
        """The same for what may be one termination: that a taint was that of a lost node is learnt later."""
        return Ending.NODE_LOST if self is Ending.TAINTED else self

    @property
    def is_intended(self) -> bool:
        """Whether nobody lost what ran: somebody wanted it, or it never began."""
        return self in {Ending.DRAINED, Ending.REFUSED}


@immutable
class PodEnd:
    """A pod that was evicted or killed, or is about to be."""

    namespace: str
    name: str
    ending: Ending
    at: datetime | None = None
    node: str = ""
    uid: str = ""
    message: str = ""
    owner_kind: str = ""
    """``DaemonSet``, ``Deployment``, ``StatefulSet``, ``Job``; empty where nobody owns it."""
    owner_name: str = ""
    by: str = ""
    """Of a drained pod who evicted it, in the words of its event: ``karpenter``; of a tainted one the taints of its
    node that may be why; empty where that is not known."""

    @property
    def title(self) -> str:
        """Return ``namespace/name``."""
        return f"{self.namespace}/{self.name}"


@immutable
class NodeView:
    """One node in the Kubernetes API: a source like any other, so that rules can read it."""

    name: str
    """Kubernetes' name, usually the private DNS name."""
    at: datetime
    """When it was read: ages are counted from here."""
    instance_id: str = ""
    """From ``spec.providerID``; empty where that names no EC2 instance."""
    conditions: tuple[Condition, ...] = ()
    taints: tuple[Taint, ...] = ()
    is_cordoned: bool = False
    lease_renewed_at: datetime | None = None
    """The kubelet's heartbeat; None if leases may not be read or there is none."""
    allocatable_memory_bytes: int | None = None
    events: tuple[ClusterEvent, ...] = ()
    """Of the node itself, including those kept from earlier scans, oldest first."""
    ends: tuple[PodEnd, ...] = ()
    """Pods of this node that were evicted or killed, including those kept from earlier scans, oldest first."""
    not_listed: int = 0
    """Further ends that were seen and are not in the list, which is bounded."""
    why_no_events: str = ""
    """Why events may be missing from the list; empty if all were read."""
    why_no_ends: str = ""
    """The same of the ends."""
    allocatable_pods: int | None = None
    """How many pods the node takes: on EKS as many as its interfaces can have addresses, unless set otherwise."""

    @property
    def heartbeat_age_seconds(self) -> float | None:
        """How long ago the lease was renewed; 0 where that came after the question, None where it is not known."""
        if self.lease_renewed_at is None:
            return None
        return max((self.at - self.lease_renewed_at).total_seconds(), 0.0)

    def condition(self, kind: str) -> Condition | None:
        """Return the condition of a kind; None where the node does not report it."""
        return next((one for one in self.conditions if one.kind == kind), None)


@immutable
class ScheduledPod:
    """A pod on a node, with its requests and limits. None means "not set"."""

    namespace: str
    name: str
    uid: str = ""
    node: str = ""
    owner_kind: str = ""
    owner_name: str = ""
    images: tuple[str, ...] = ()
    memory_request_bytes: int | None = None
    memory_limit_bytes: int | None = None
    """The sum over its containers; None where one of them has none."""
    unlimited_containers: tuple[str, ...] = ()
    """The names of those that have no memory limit."""
    cpu_request_millicores: int | None = None
    restarts: int = 0

    @property
    def title(self) -> str:
        """Return ``namespace/name``."""
        return f"{self.namespace}/{self.name}"


@immutable
class ScheduledPods:
    """The pods on one node in the Kubernetes API: a source that is read only if the node is not healthy."""

    pods: tuple[ScheduledPod, ...] = ()
    at: datetime
    ends: tuple[PodEnd, ...] = ()
    """Of pods on it that are still there: containers that were killed for memory, pods being deleted with the node."""
    not_listed: int = 0
    """Further pods that are on it and not in the list, which is bounded."""


class Manager(enum.StrEnum):
    """What manages an object."""

    HELM = "Helm"
    ARGO_CD = "Argo CD"
    FLUX = "Flux"
    EKS_ADDON = "EKS add-on"
    OPERATOR = "operator"
    """Another object of the cluster owns it."""
    OTHER = "another tool"
    """One that labels what it manages or writes under its own name: Terraform, Pulumi, a program of one's own."""
    NOBODY = "nobody"
    """Applied by hand, as far as its labels, annotations and managed fields tell."""


@immutable
class DaemonSet:
    """One DaemonSet, with the data for its audit."""

    cluster: str
    namespace: str
    name: str
    created_at: datetime | None = None
    desired: int = 0
    ready: int = 0
    images: tuple[str, ...] = ()
    manager: Manager = Manager.NOBODY
    changed_at: datetime | None = None
    """The last known change of its pod template; None if none is known."""
    changed_by: str = ""
    """The field manager of that change, such as ``kubectl-client-side-apply``."""
    abandoned: str = ""
    """What the shipped list says of its image, in words; empty where the image is not on it."""
    memory_limit_bytes: int | None = None

    @property
    def title(self) -> str:
        """Return ``namespace/name``."""
        return f"{self.namespace}/{self.name}"


@immutable
class ClusterView:
    """What one cluster's API reported in one scan, or why it was not read."""

    cluster: str
    at: datetime
    nodes: tuple[NodeView, ...] = ()
    are_nodes_whole: bool = True
    """Whether the list of nodes was read to its end: only then does Kubernetes not know a node that is not in it."""
    daemonsets: tuple[DaemonSet, ...] = ()
    are_daemonsets_whole: bool = False
    """The same of their list: only then has a cluster none at all."""
    events: tuple[ClusterEvent, ...] = ()
    """All that is kept of this scan: of nodes and of pods, oldest first."""
    ends: tuple[PodEnd, ...] = ()
    problems: tuple[str, ...] = ()
    """One sentence for each part that could not be read, with how to allow it; all of it if the API did not respond."""
    is_answered: bool = True
    """Whether the API returned anything at all."""


@immutable
class Link:
    """One entry in the timeline of a pod's termination."""

    text: str
    """One sentence; it says so if the step is unknown."""
    at: datetime | None = None
    is_known: bool = True


@immutable
class PodTimeline:
    """The timeline of a pod's termination, back to its cause as far as that is known."""

    cluster: str
    end: PodEnd
    links: tuple[Link, ...]
    """The termination first, its cause last."""
