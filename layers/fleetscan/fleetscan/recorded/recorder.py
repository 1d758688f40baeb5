"""A scan being recorded: stands between it and what it asks, and keeps every answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from fleetscan.model import Capture, CaptureStatus, CreditMode, Credits, Node
from fleetscan.model.disk_limits import DiskLimits
from fleetscan.model.recording import NO_KUBERNETES, RecordedList, RecordedNode, Recording
from fleetscan.ports import BackgroundWork, Collector, CreditReader, DiskReader, Inventory

NO_ANSWER = "The collector gave no answer for this node."


class Recorder:
    """Implements ``Inventory``, ``Collector`` and both paid readers by asking others, and remembers what they say."""

    def __init__(
        self,
        inventory: Inventory,
        collector: Collector,
        credit_reader: CreditReader,
        disk_reader: DiskReader | None = None,
    ) -> None:
        self._inventory = inventory
        self._collector = collector
        self._credit_reader = credit_reader
        self._disk_reader = disk_reader
        self._nodes: tuple[Node, ...] = ()
        self._empty_clusters: tuple[str, ...] = ()
        self._captures: dict[str, Capture] = {}
        self._credits: dict[str, Credits] = {}
        self._disks: dict[str, DiskLimits] = {}

    def workers(self) -> tuple[Node, ...]:
        """Return the workers."""
        self._nodes = self._inventory.workers()
        return self._nodes

    def empty_clusters(self, workers: Iterable[Node]) -> tuple[str, ...]:
        """Return the clusters without workers."""
        self._empty_clusters = self._inventory.empty_clusters(workers)
        return self._empty_clusters

    def collect(
        self, nodes: Sequence[Node], *, deadline: float, background: BackgroundWork | None = None
    ) -> tuple[Capture, ...]:
        """Return the captures."""
        captures = self._collector.collect(nodes, deadline=deadline, background=background)
        self._captures = {one.node.instance_id: one for one in captures}
        return captures

    def modes(self, nodes: Sequence[Node]) -> Mapping[str, CreditMode]:
        """Return the modes of the burstable nodes."""
        modes = self._credit_reader.modes(nodes)
        self._credits |= {each: Credits(mode=mode, is_metered=False) for each, mode in modes.items()}
        return modes

    def credits(
        self, nodes: Sequence[Node], modes: Mapping[str, CreditMode], *, fresh: Collection[str] = ()
    ) -> Mapping[str, Credits]:
        """Return the credits of some nodes."""
        found = self._credit_reader.credits(nodes, modes, fresh=fresh)
        self._credits |= found
        return found

    def limits(self, volumes: Mapping[str, Sequence[str]], *, fresh: Collection[str] = ()) -> Mapping[str, DiskLimits]:
        """Return the limits of some nodes' disks; of none where nobody can be asked."""
        found = {} if self._disk_reader is None else self._disk_reader.limits(volumes, fresh=fresh)
        self._disks |= found
        return found

    def recording(
        self,
        *,
        account: str,
        region: str,
        scanned_at: datetime,
        clusters: Mapping[str, Mapping[str, RecordedList]],
        why_no_kubernetes: str = NO_KUBERNETES,
    ) -> Recording:
        """Return what was seen, with what is known from elsewhere."""
        return Recording(
            scanned_at=scanned_at,
            account=account,
            region=region,
            nodes=tuple(self._recorded(one) for one in self._nodes),
            empty_clusters=self._empty_clusters,
            clusters=clusters,
            why_no_kubernetes=why_no_kubernetes,
        )

    def _recorded(self, node: Node) -> RecordedNode:
        capture = self._captures.get(node.instance_id) or Capture(
            node=node, status=CaptureStatus.FAILED, reason=NO_ANSWER
        )
        return RecordedNode(
            node=node,
            status=capture.status,
            reason=capture.reason,
            text=capture.text if capture.status is CaptureStatus.ANSWERED else "",
            is_summary_only=capture.is_summary_only,
            credits=self._credits.get(node.instance_id),
            disks=self._disks.get(node.instance_id),
        )
