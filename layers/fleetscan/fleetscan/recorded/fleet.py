"""A recording in the place of an account: which nodes there were, what they printed, which credits they had."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from fleetscan.model import Capture, CreditMode, Credits, Node
from fleetscan.model.disk_limits import DiskLimits
from fleetscan.model.recording import Recording
from fleetscan.ports import BackgroundWork


class RecordedFleet:
    """Implements ``Inventory``, ``Collector`` and both paid readers with what was recorded of one scan."""

    def __init__(self, recording: Recording) -> None:
        self._nodes = {one.node.instance_id: one for one in recording.nodes}
        self._empty_clusters = recording.empty_clusters

    def workers(self) -> tuple[Node, ...]:
        """Return every node of the recording, in the order that EC2's have."""
        nodes = (one.node for one in self._nodes.values())
        return tuple(sorted(nodes, key=lambda worker: (worker.cluster, worker.instance_id)))

    def empty_clusters(self, workers: Iterable[Node]) -> tuple[str, ...]:
        """Return the clusters in which the scan saw no worker."""
        seen = {one.cluster for one in workers}
        return tuple(one for one in self._empty_clusters if one not in seen)

    def collect(
        self, nodes: Sequence[Node], *, deadline: float, background: BackgroundWork | None = None
    ) -> tuple[Capture, ...]:
        """Return what each node answered then."""
        del deadline, background
        return tuple(
            Capture(
                node=node,
                status=self._nodes[node.instance_id].status,
                text=self._nodes[node.instance_id].text,
                reason=self._nodes[node.instance_id].reason,
                is_summary_only=self._nodes[node.instance_id].is_summary_only,
            )
            for node in nodes
        )

    def modes(self, nodes: Sequence[Node]) -> Mapping[str, CreditMode]:
        """Return the mode of each node whose credits were recorded."""
        held = ((one.instance_id, self._nodes[one.instance_id].credits) for one in nodes)
        return {instance_id: known.mode for instance_id, known in held if known is not None}

    def credits(
        self, nodes: Sequence[Node], modes: Mapping[str, CreditMode], *, fresh: Collection[str] = ()
    ) -> Mapping[str, Credits]:
        """Return the credits of those nodes whose metrics the scan has read."""
        del modes, fresh
        held = ((one.instance_id, self._nodes[one.instance_id].credits) for one in nodes)
        return {instance_id: known for instance_id, known in held if known is not None and known.is_metered}

    def limits(self, volumes: Mapping[str, Sequence[str]], *, fresh: Collection[str] = ()) -> Mapping[str, DiskLimits]:
        """Return the limits of the disks of those nodes for which the scan has read them."""
        del fresh
        held = ((instance_id, self._nodes[instance_id].disks) for instance_id in volumes)
        return {instance_id: known for instance_id, known in held if known is not None}
