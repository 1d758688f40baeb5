"""The time between the two samples of a capture, by the node's own uptime."""

from __future__ import annotations

from fleetscan.capture.procfs.uptime import Uptime
from fleetscan.model import Sample


def seconds_between(first: Sample, last: Sample, problems: list[str]) -> float | None:
    """Return the time between the samples by the node's own uptime, None if it is unknown or zero."""
    before, after = first.get(Uptime), last.get(Uptime)
    if after is None:
        return None
    if before is None:
        problems.append("the first sample has no uptime: rates cannot be computed")
        return None
    seconds = after.uptime_seconds - before.uptime_seconds
    if seconds < 0:
        problems.append(
            f"the node's uptime ran backwards between the samples, from {before.uptime_seconds} s"
            f" to {after.uptime_seconds} s: rates cannot be computed"
        )
    return seconds if seconds > 0 else None
