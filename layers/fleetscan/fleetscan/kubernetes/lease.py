"""The lease of a node: the kubelet's heartbeat, renewed every ten seconds."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from fleetscan.kubernetes.bounds import NAME_CHARACTERS, cut

if TYPE_CHECKING:
    from lightkube.models.coordination_v1 import Lease


def heartbeat(lease: Lease) -> tuple[str, datetime] | None:
    """Return the node's name, which is the lease's, and when it was renewed; None if it never was."""
    renewed = lease.spec.renewTime if lease.spec else None
    name = cut(lease.metadata.name if lease.metadata else None, NAME_CHARACTERS)
    return (name, renewed) if renewed and name else None
