"""DaemonSets as they were audited: what is known against each of them, and for it."""

from __future__ import annotations

import enum

from fleetscan.immutable import immutable
from fleetscan.model.conclusion import Culprit
from fleetscan.model.kubernetes import DaemonSet


class Standing(enum.Enum):
    """How a DaemonSet stands, worst first."""

    HOLDS = "holds"
    """It is the culprit of something."""
    ABANDONED = "abandoned"
    UNMANAGED = "unmanaged"
    """Nobody manages it, and it is older than a year."""
    ENDED = "ended"
    """Somebody manages it, but its image has reached its end of life or was superseded."""
    BY_HAND = "by_hand"
    """Nobody manages it, and it is younger."""
    INCOMPLETE = "incomplete"
    """Managed, but not all of its pods are ready."""
    KEPT = "kept"


@immutable
class Audited:
    """One DaemonSet with what is known against it and for it."""

    daemonset: DaemonSet
    standing: Standing
    age_seconds: float | None = None
    unchanged_seconds: float | None = None
    """Since the last change of its pods' template that can be told."""
    listed: str = ""
    """What the shipped list says of its image; empty where it is not on it, which says not that it is kept."""
    culprit: Culprit | None = None
