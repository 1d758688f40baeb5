"""The EBS volumes that the node's requests wait for, for whoever may ask about a few of them only."""

from __future__ import annotations

from fleetscan.capture.procfs.disks import Disks
from fleetscan.model import Window

MOST = 8
"""More are never asked about."""


def busy_volumes(window: Window) -> tuple[str, ...]:
    """Return the volumes with requests between the samples, by the time in flight, the busiest first."""
    disks = window.last.get(Disks)
    if disks is None:
        return ()
    busy = sorted(
        (one for one in disks.disks if one.volume_id and one.queue_milliseconds > 0),
        key=lambda one: -one.queue_milliseconds,
    )
    return tuple(dict.fromkeys(one.volume_id for one in busy if one.volume_id))[:MOST]
