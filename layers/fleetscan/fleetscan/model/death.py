"""The termination of one pod with the evidence around it, from which its timeline can be made at any time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from fleetscan.immutable import immutable
from fleetscan.model.conclusion import RootCause
from fleetscan.model.finding import Cause, Severity
from fleetscan.model.kubernetes import ClusterEvent, PodEnd
from fleetscan.model.oom import OomKill
from fleetscan.model.readings import Readings


@immutable
class Measured:
    """The node's readings at one moment near the termination; those of earlier scans have fewer fields."""

    at: datetime
    readings: Readings


@immutable
class KernelKill:
    """An OOM kill, by the clock of the scan that saw it."""

    at: datetime
    kill: OomKill


@immutable
class Noted:
    """A finding on the node in the scan that gathered the evidence."""

    rule: str
    severity: Severity
    cause: Cause
    text: str


@immutable
class Silence:
    """A time in which the node was NotReady."""

    begun_at: datetime
    ended_at: datetime | None = None
    """None while it lasts, or if its end is unknown."""
    reason: str = ""
    """Kubernetes' own words."""


@immutable
class Learned:
    """What a later scan said of the node of a termination, beside the evidence of the time."""

    at: datetime
    culprit: RootCause
    held_bytes: int | None = None
    now: Readings = field(default_factory=Readings)
    """The node's readings at that time."""


@immutable
class Death:
    """One pod's termination, with the evidence of the first scan that knew its node."""

    cluster: str
    end: PodEnd
    found_at: datetime
    """The scan that gathered this. Findings and root cause are of that moment."""
    died_at: datetime
    """``end.at``, or if Kubernetes does not report the time, that of the first scan that saw it."""
    mark: str
    """Time and id when it was first seen, which distinguish two terminations of the same name."""
    instance_id: str = ""
    """Empty where the node is not one of those that were scanned."""
    node: str = ""
    """Kubernetes' name of the node that it was on; empty where that is not known."""
    why_node: str = ""
    """How that is known, where Kubernetes does not say so itself."""
    silence: Silence | None = None
    measured: Measured | None = None
    """The reading nearest to when it began, before it if there is one."""
    now: Readings = field(default_factory=Readings)
    """The node's readings at ``found_at``."""
    findings: tuple[Noted, ...] = ()
    culprit: RootCause | None = None
    """The probable root cause of that node's problem, without commands."""
    held_bytes: int | None = None
    """What the root cause holds on that node alone."""
    why_nobody: str = ""
    """Why there is no root cause, if findings of the node are unattributed."""
    not_oom_killed: str = ""
    """The evidence that the kernel killed nothing on the node until ``found_at``; empty where there is none."""
    oom_kills: tuple[KernelKill, ...] | None = None
    """What the node's kernel killed for memory around the termination, or before the node became NotReady, oldest
    first; None where the node's kernel log told of no kill at all, or was not read."""
    learned: Learned | None = None
    """The root cause that a later scan was the first to name; ``culprit`` and ``findings`` stay those of their time."""
    events: tuple[ClusterEvent, ...] = ()
    """Of the pod itself, and of its node at that moment where it was out of memory, oldest first."""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is kept by; stays the same when more of it is known."""
        return (self.cluster, self.end.title, self.end.ending.family.value, self.mark)


@immutable
class ClusterPast:
    """Events and terminations of clusters, kept longer than Kubernetes keeps its events."""

    events: Mapping[str, tuple[ClusterEvent, ...]] = field(default_factory=dict)
    """Cluster -> events, oldest first."""
    deaths: tuple[Death, ...] = ()
    problems: tuple[str, ...] = ()
    """One sentence for what could not be read or understood."""
