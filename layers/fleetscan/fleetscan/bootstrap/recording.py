"""A scan that is recorded, and a recording that is scanned: the recording stands in the place of AWS and Kubernetes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from fleetscan.diagnosis.rules import RULES
from fleetscan.immutable import immutable
from fleetscan.incidents.tracker import FindingTracker
from fleetscan.kubernetes.recorded import Tape, recorded_clusters
from fleetscan.model.recording import NO_KUBERNETES, Recording
from fleetscan.ports import Progress
from fleetscan.recorded.fleet import RecordedFleet
from fleetscan.recorded.memory import KeptClusters, KeptEpisodes, KeptRings, KeptRosters, NoMutes
from fleetscan.recorded.recorder import Recorder
from fleetscan.scan.ports import Destinations, ScanPorts, Sources, follow_none, unwatched


class RecordedScan:
    """One scan that is recorded while it runs: its sources are made with the tape, and wrapped."""

    def __init__(self, make: Callable[[Tape], Sources]) -> None:
        self._tape = Tape()
        sources = make(self._tape)
        self._recorder = Recorder(sources.inventory, sources.collector, sources.credit_reader, sources.disk_reader)
        self._why_no_clusters = NO_KUBERNETES if sources.cluster_reader else sources.why_no_clusters
        self.sources = replace(
            sources,
            inventory=self._recorder,
            collector=self._recorder,
            credit_reader=self._recorder,
            disk_reader=self._recorder,
        )

    def recording(self, *, account: str, region: str, scanned_at: datetime) -> Recording:
        """Return what the scan has seen."""
        return self._recorder.recording(
            account=account,
            region=region,
            scanned_at=scanned_at,
            clusters=self._tape.clusters(),
            why_no_kubernetes=self._why_no_clusters,
        )


@immutable
class Memory:
    """What is kept between the scans of several recordings."""

    rings: KeptRings
    clusters: KeptClusters
    episodes: KeptEpisodes
    rosters: KeptRosters


def memory() -> Memory:
    """Return one in which nothing is kept yet."""
    return Memory(rings=KeptRings(), clusters=KeptClusters(), episodes=KeptEpisodes(), rosters=KeptRosters())


def ports(recording: Recording, kept: Memory | None = None, progress: Progress = unwatched) -> ScanPorts:
    """Return a recording in the place of an account, at the time of its scan, with what is kept of earlier ones."""
    at = recording.scanned_at.timestamp()
    fleet = RecordedFleet(recording)
    tracker = None
    if kept is not None:
        kept.episodes.now = recording.scanned_at
        rules = tuple(rule.id for rule in RULES)
        tracker = FindingTracker(episodes=kept.episodes, mutes=NoMutes(), rules=rules)

    def clock() -> float:
        return at

    return ScanPorts(
        sources=Sources(
            inventory=fleet,
            collector=fleet,
            credit_reader=fleet,
            disk_reader=fleet,
            clock=clock,
            progress=progress,
            followed=tracker.followed if tracker else follow_none,
            node_history=kept.rings if kept else None,
            cluster_reader=recorded_clusters(recording.clusters, clock) if recording.clusters else None,
            cluster_history=kept.clusters if kept else None,
            why_no_clusters=recording.why_no_kubernetes,
        ),
        destinations=Destinations(
            clock=clock,
            account=recording.account,
            region=recording.region,
            finding_tracker=tracker,
            rosters=kept.rosters if kept else None,
        ),
    )
