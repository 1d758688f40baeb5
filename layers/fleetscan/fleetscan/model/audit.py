"""The audit of DaemonSets: what is known of each of them."""

from __future__ import annotations

import enum

from fleetscan.immutable import immutable
from fleetscan.model.conclusion import RootCause
from fleetscan.model.kubernetes import DaemonSet


class AuditResult(enum.Enum):
    """The audit's result for a DaemonSet, worst first."""

    HOLDS = "holds"
    """It is the probable root cause of a problem."""
    ABANDONED = "abandoned"
    UNMANAGED = "unmanaged"
    """It is unmanaged and older than a year."""
    ENDED = "ended"
    """It is managed, but its image reached its end of life or was superseded."""
    BY_HAND = "by_hand"
    """It is unmanaged and younger."""
    INCOMPLETE = "incomplete"
    """Managed, but not all of its pods are ready."""
    KEPT = "kept"


@immutable
class Audited:
    """One DaemonSet with the audit's result."""

    daemonset: DaemonSet
    standing: AuditResult
    age_seconds: float | None = None
    unchanged_seconds: float | None = None
    """Since the last known change of its pod template."""
    listed: str = ""
    """What the shipped list says of its image; empty if it is not on it, which does not mean that it is maintained."""
    culprit: RootCause | None = None
