"""A scan as it was recorded, to be judged again: which nodes there were, what each printed, what Kubernetes said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from fleetscan.immutable import immutable
from fleetscan.model import CaptureStatus, Credits, Node
from fleetscan.model.disk_limits import DiskLimits

RESOURCES = ("nodes", "leases", "events", "daemonsets", "pods")
"""The lists of a cluster that a scan reads, by the names of their resources."""

NO_KUBERNETES = "the recording holds nothing of the Kubernetes API"


@immutable
class RecordedNode:
    """One node and its answer."""

    node: Node
    status: CaptureStatus
    reason: str = ""
    """A sentence for the operator when the status is not ``ANSWERED``."""
    text: str = ""
    """The capture as it was printed."""
    is_summary_only: bool = False
    """Whether the node had more detail that was not requested."""
    credits: Credits | None = None
    disks: DiskLimits | None = None
    """What CloudWatch said of its disks; None where it was not asked."""


@immutable
class RecordedList:
    """One list of a cluster, its objects as JSON holds them."""

    items: tuple[Mapping[str, Any], ...] = ()
    is_whole: bool = True
    """Whether the list was read to its end."""
    nodes_asked: tuple[str, ...] | None = None
    """Of pods: the nodes of which every pod is here; None where that holds for all of them."""
    problem: str = ""
    """Why the list cannot be read; empty if it can."""


@immutable
class Recording:
    """One recorded scan of one account and Region."""

    scanned_at: datetime
    account: str = ""
    region: str = ""
    nodes: tuple[RecordedNode, ...] = ()
    empty_clusters: tuple[str, ...] = ()
    clusters: Mapping[str, Mapping[str, RecordedList]] = field(default_factory=dict)
    """Cluster -> resource -> list."""
    why_no_kubernetes: str = NO_KUBERNETES
    """Why there is no cluster among them, if there is none."""
    notes: tuple[str, ...] = ()
    """What of the recording could not be read, one sentence each."""
