"""Which workload holds the memory or files of the affected nodes: unread socket buffers or open files, summed up."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from fleetscan.capture.procfs.images import repository_of
from fleetscan.diagnosis.traits import Family
from fleetscan.fleet.population import Count
from fleetscan.fleet.signature_group import Group
from fleetscan.fleet.workload import Owner, owner
from fleetscan.model import Diagnosis
from fleetscan.model.finding import Cause, Suspect
from fleetscan.model.presence import Holder

HELD_CAUSES = frozenset({Cause.SOCKET_QUEUE, Cause.PROCESS_HOLDS_FILES})
"""Causes with a process that holds the memory or the files."""

HELD_RATIO = 0.25
"""From this share on a workload explains the problem of a node, as for ``image_abandoned`` (own choice)."""

MUCH_BYTES = 100 * 1024 * 1024
"""Less unread data does no harm, so it does not count on a node without the problem (own choice)."""

type Identity = Owner | str
"""An owner of pods; else the name of a pod whose owner is unknown, or the command of a host process."""


@dataclass(slots=True)
class Holding:
    """What one suspect holds on the affected nodes of a group."""

    identity: Identity
    is_process: bool
    pods: dict[str, str] = field(default_factory=dict)
    """Instance id -> the pod that the node names; none for a process of the host."""
    images: dict[str, str] = field(default_factory=dict)
    """Instance id -> the image that the node names for it."""
    shares: dict[str, float] = field(default_factory=dict)
    """Instance id -> largest share of a finding there that it explains."""
    held_bytes: int = 0
    """Of each node at most its unreclaimable slab: the kernel counts a cloned buffer in full."""
    slab_bytes: int = 0
    others: Count = field(default_factory=lambda: Count(0, 0))
    """On how many of the nodes without the problem it holds much, of those whose sockets are known."""

    @property
    def image(self) -> str:
        """The image of the repository that most of its nodes name; empty where as many name another."""
        named = Counter(repository_of(image) for image in self.images.values())
        most = named.most_common(2)
        if not most or (len(most) > 1 and most[0][1] == most[1][1]):
            return ""
        return Counter(one for one in self.images.values() if repository_of(one) == most[0][0]).most_common(1)[0][0]

    @property
    def explained(self) -> tuple[str, ...]:
        """The nodes whose problem it explains."""
        return tuple(node for node, share in self.shares.items() if share >= HELD_RATIO)

    @property
    def share(self) -> float | None:
        """Share of the unreclaimable slab of its nodes for sockets, else the mean of the findings' shares."""
        if self.slab_bytes and self.held_bytes:
            return self.held_bytes / self.slab_bytes
        return sum(self.shares.values()) / len(self.shares) if self.shares else None


def holdings(group: Group) -> tuple[Holding, ...]:
    """Return the workloads that hold a part of it, those that explain most nodes first; ties by bytes and share."""
    if group.cause not in HELD_CAUSES:
        return ()
    found: dict[tuple[bool, Identity], Holding] = {}
    for diagnosis in group.affected:
        for suspect in _suspects(group, diagnosis):
            holding = _of(found, suspect)
            instance_id = diagnosis.node.instance_id
            holding.shares[instance_id] = max(holding.shares.get(instance_id, 0.0), suspect.share or 0.0)
            if suspect.kind == "pod":
                holding.pods.setdefault(instance_id, suspect.name)
            if suspect.image:
                holding.images.setdefault(instance_id, suspect.image)
    if group.cause is Cause.SOCKET_QUEUE:
        _weigh(group, found)
    return tuple(sorted(found.values(), key=lambda one: (-len(one.explained), -one.held_bytes, -(one.share or 0.0))))


def _suspects(group: Group, diagnosis: Diagnosis) -> list[Suspect]:
    """Return the suspects whose share was measured, of findings that have the group's cause."""
    return [
        suspect
        for finding in group.findings(diagnosis)
        if finding.evidence.cause is group.cause
        for suspect in finding.evidence.suspects
        if suspect.share is not None and suspect.kind in {"pod", "process"}
    ]


def _of(found: dict[tuple[bool, Identity], Holding], suspect: Suspect) -> Holding:
    is_process = suspect.kind == "process"
    identity: Identity = suspect.name if is_process else owner(suspect.name) or suspect.name
    return found.setdefault((is_process, identity), Holding(identity, is_process))


def _weigh(group: Group, found: dict[tuple[bool, Identity], Holding]) -> None:
    """Add the bytes that each holds on the affected nodes, and count the others on which it holds much."""
    for diagnosis in group.affected:
        slab_bytes = diagnosis.readings.slab_unreclaimable_bytes if group.family is Family.KERNEL_MEMORY else None
        for key, held_bytes in _held(diagnosis).items():
            holding = found.get(key)
            if holding is not None and diagnosis.node.instance_id in holding.shares:
                holding.held_bytes += held_bytes if slab_bytes is None else min(held_bytes, slab_bytes)
                holding.slab_bytes += slab_bytes or 0
    known = [diagnosis for diagnosis in group.others if diagnosis.presence.holders is not None]
    holds_much: dict[tuple[bool, Identity], int] = defaultdict(int)
    for diagnosis in known:
        for key, held_bytes in _held(diagnosis).items():
            holds_much[key] += held_bytes >= MUCH_BYTES
    for key, holding in found.items():
        holding.others = Count(holds_much[key], len(known))


def _held(diagnosis: Diagnosis) -> dict[tuple[bool, Identity], int]:
    held: dict[tuple[bool, Identity], int] = defaultdict(int)
    for holder in diagnosis.presence.holders or ():
        held[_key(holder)] += holder.held_bytes
    return held


def _key(holder: Holder) -> tuple[bool, Identity]:
    return (False, owner(holder.pod) or holder.pod) if holder.pod else (True, holder.command)
