"""Pressure stall information (PSI) as one number per resource."""

from __future__ import annotations

from collections.abc import Mapping

from fleetscan.capture.procfs.pressure import Pressure, ResourcePressure
from fleetscan.model import Window


def stalled_percent(window: Window, *, of_seconds: int = 60) -> Mapping[str, float]:
    """Return resource -> percent of the last 10 or 60 seconds in which some task waited for it, the worst first.

    A resource without a number is left out; AbsentError if the kernel has no pressure information at all.
    """
    pressure = window.last[Pressure]
    resources = {"memory": pressure.memory, "io": pressure.io, "cpu": pressure.cpu}
    known = {name: percent for name, part in resources.items() if (percent := _some(part, of_seconds)) is not None}
    return dict(sorted(known.items(), key=lambda entry: -entry[1]))


def _some(resource: ResourcePressure | None, of_seconds: int) -> float | None:
    if resource is None or resource.some is None:
        return None
    return {10: resource.some.avg10_percent, 60: resource.some.avg60_percent}[of_seconds]
