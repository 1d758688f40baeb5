"""Which workers a cluster had in the last scan, by node group: what a later scan is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from fleetscan.immutable import immutable


@immutable
class Roster:
    """The workers of one cluster.

    While most of them are lost it keeps those of the scan before the loss, so that every scan reports the same loss.
    """

    cluster: str
    at: datetime
    """The scan that wrote it."""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Node group -> instance ids, sorted; the empty name is that of nodes without a group."""
    lost_since: datetime | None = None
    """When most of the cluster's workers were first missing; None while they are there."""
    groups_lost_since: Mapping[str, datetime] = field(default_factory=dict)
    """The same of single node groups, where the cluster still has most of its workers."""
