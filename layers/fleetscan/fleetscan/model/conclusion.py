"""What is concluded from all nodes together: root causes, unattributed findings, fleet-wide findings."""

from __future__ import annotations

import enum

from fleetscan.immutable import immutable
from fleetscan.model.finding import Cause, Evidence


class Strength(enum.StrEnum):
    """How strong the evidence for a root cause is, strongest first. Only the first two make one."""

    HOLDS = "holds"
    """Its own sockets hold the memory, or its processes the files."""
    CORRELATES = "correlates"
    """It runs on the affected nodes and not on the others, and neither chance nor the node group explain that."""
    ABANDONED = "abandoned"
    """It runs there and is unmaintained."""
    PRESENT = "present"


@immutable
class RootCause:
    """The probable root cause of a problem on several nodes of a cluster, with its evidence."""

    kind: str
    """``daemonset``, ``deployment``, ``statefulset``, ``pod``, ``image`` or ``process``."""
    name: str
    """``namespace/workload``, else the image's repository or the command."""
    strength: Strength
    reason: str
    """The evidence in words: on how many of the affected nodes and of the others."""
    cause: Cause
    rules: tuple[str, ...]
    """The rules whose findings it explains."""
    nodes: tuple[str, ...]
    """Instance ids of the affected nodes for which the evidence speaks."""
    remedy: str = ""
    """Commands to show it and to remove it, filled in, to be reviewed before they are run."""
    cluster: str = ""
    image: str = ""
    namespace: str = ""
    workload: str = ""
    """Inferred from the names of its pods: no node reports the owner of a pod."""
    share: float | None = None
    """Share of what is held on its nodes that it explains, 0 to 1; None if it cannot be measured."""
    held_bytes: int | None = None
    is_confirmed: bool = True
    """False where one node alone says so: nothing is concluded from it for the fleet, and its remedy is for that node.
    """


@immutable
class Unattributed:
    """The same findings on one or several nodes, without a root cause, and why there is none."""

    cluster: str
    cause: Cause
    rules: tuple[str, ...]
    nodes: tuple[str, ...]
    reason: str
    candidates: tuple[RootCause, ...] = ()
    """Workloads with some evidence, strongest first; none of it is enough."""


@immutable
class FleetFinding:
    """A fleet-wide finding: a problem of a cluster and not of one node."""

    rule: str
    cluster: str
    title: str
    remedy: str
    evidence: Evidence
    instance_ids: tuple[str, ...]
    subject: str = ""
    """What it is about if a rule has several findings in one cluster, such as the image; stable between scans."""
