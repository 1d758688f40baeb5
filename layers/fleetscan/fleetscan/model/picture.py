"""The data for the charts of a node: where its memory is, its slab caches, PSI, and its history.

It is not evaluated, only shown beside the findings. It is small, because a report of 5,000 nodes is stored.
"""

from __future__ import annotations

from fleetscan.immutable import immutable
from fleetscan.model.forecast import Growth
from fleetscan.model.ledger import Ledger


@immutable
class RankedCache:
    """One slab cache with what it holds."""

    name: str
    held_bytes: int
    """Its pages, whether the objects in them are used or not."""
    active_objects: int
    object_bytes: int
    is_unreclaimable: bool | None
    """None if neither the node nor the cache's name shows it."""


@immutable
class Past:
    """The history of a node's memory, oldest first and this scan last; one value in each column for each time.

    Columns, because a stored report has thousands of them. None is a value that was not measured.
    """

    at_epoch_seconds: tuple[int, ...]
    available_bytes: tuple[int | None, ...]
    slab_unreclaimable_bytes: tuple[int | None, ...]
    boots: tuple[int, ...] = ()
    """The positions at which the node had been started anew: no line leads there."""
    floor_bytes: int
    """Of MemAvailable, at which the kubelet evicts."""
    growth: Growth | None = None
    """The loss that goes on, or else the growth of slab that does; None where neither does."""


@immutable
class Picture:
    """All of it for one node; None and empty is what was not measured or cannot be believed."""

    ledger: Ledger | None = None
    caches: tuple[RankedCache, ...] = ()
    """The largest, most bytes first."""
    cpu_some_avg60_percent: float | None = None
    """Share of the last minute in which some task waited for a CPU; that for memory is among the readings."""
    io_some_avg60_percent: float | None = None
    io_full_avg60_percent: float | None = None
    past: Past | None = None
    """None where no earlier scan is remembered."""
