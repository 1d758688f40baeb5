"""What is concluded from all nodes together: culprits, what stays unattributed, findings of the fleet as a whole."""

from __future__ import annotations

import enum

from fleetscan.immutable import immutable
from fleetscan.model.finding import Cause, Evidence


class Strength(enum.StrEnum):
    """How strong the evidence against a suspect is, strongest first. Only the first two make a culprit."""

    HOLDS = "holds"
    """Its own sockets or files hold what the nodes lack."""
    CORRELATES = "correlates"
    """It runs on the affected nodes and not on the others, and chance or the node group do not explain that."""
    ABANDONED = "abandoned"
    """It runs there and nobody maintains it."""
    PRESENT = "present"


@immutable
class Culprit:
    """Who explains what is wrong on several nodes: a conclusion over a cluster, never a name without its reason."""

    kind: str
    """``daemonset``, ``deployment``, ``statefulset``, ``pod``, ``image`` or ``process``."""
    name: str
    """``namespace/workload``, else the image's repository or the command."""
    strength: Strength
    reason: str
    """The evidence in words with the share each way: on the affected nodes and on the others."""
    cause: Cause
    rules: tuple[str, ...]
    """The findings it explains."""
    nodes: tuple[str, ...]
    """Instance ids of the affected nodes for which the evidence speaks."""
    remedy: str = ""
    """Commands to look and to remove, filled in, to be reviewed before they are run."""
    cluster: str = ""
    image: str = ""
    namespace: str = ""
    workload: str = ""
    """Inferred from the names of its pods: no node tells who owns a pod."""
    share: float | None = None
    """Share of what is held on its nodes that it explains, 0 to 1; None where it cannot be measured."""
    held_bytes: int | None = None


@immutable
class Unattributed:
    """Findings alike on several nodes, or on one, that nobody can be blamed for, and why."""

    cluster: str
    cause: Cause
    rules: tuple[str, ...]
    nodes: tuple[str, ...]
    reason: str
    candidates: tuple[Culprit, ...] = ()
    """Whom some evidence speaks against, strongest first; none of it enough."""


@immutable
class FleetFinding:
    """What is wrong with a cluster as a whole and with no node in particular."""

    rule: str
    cluster: str
    title: str
    remedy: str
    evidence: Evidence
    instance_ids: tuple[str, ...]
    subject: str = ""
    """What it is about where a rule has several findings in one cluster, such as the image; stable between scans."""
