"""The CPU usage of all pods together between the two samples."""

from __future__ import annotations

from fleetscan.capture.procfs.slices import Slice, Slices
from fleetscan.diagnosis.rule import known
from fleetscan.errors import AbsentError
from fleetscan.model import Sample, Window

POD_SLICES = frozenset({"kubepods.slice", "kubepods"})
"""The kubelet's top cgroup with the systemd driver and with the cgroupfs driver."""


def pod_slice(sample: Sample) -> Slice:
    """Return the cgroup above all pods; AbsentError if it was not found."""
    for part in sample[Slices].slices:
        if part.name in POD_SLICES:
            return part
    raise AbsentError("the cgroup of the pods (kubepods) was not found")


def pod_cpus(window: Window) -> float:
    """Return the CPUs that all pods used on average (0.085 = 85m); AbsentError without two counters and a time."""
    name = "the CPU time of the pods"
    first = known(pod_slice(window.first).cpu_microseconds, name)
    last = known(pod_slice(window.last).cpu_microseconds, name)
    if not window.seconds:
        raise AbsentError("the time between the two samples is not known")
    if last < first:
        raise AbsentError(f"{name} ran backwards and cannot be used")
    return (last - first) / 1_000_000 / window.seconds
