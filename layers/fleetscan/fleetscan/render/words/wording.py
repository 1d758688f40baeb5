"""The words of the report for the closed sets of the model: causes, collection results, answers."""

from __future__ import annotations

from collections.abc import Mapping

from fleetscan.model import CaptureStatus, Cause, StepResult

CAUSES: Mapping[Cause, str] = {
    Cause.SOCKET_QUEUE: "kernel memory held in socket buffers (skbuff) that a process does not read",
    Cause.NETWORK_KERNEL_LEAK: "socket buffers (skbuff) in the kernel that no socket accounts for",
    Cause.CONTAINER_CHURN: "kernel memory left behind by terminated containers",
    Cause.PROCESS_HOLDS_FILES: "files or sockets that a process never closes",
    Cause.SECURITY_MODULE: "kernel memory held by a security module",
    Cause.DEVICE_DRIVER: "kernel memory held by a device driver",
    Cause.FILESYSTEM_CACHE: "file system caches",
    Cause.BPF_JIT: "kernel memory held by BPF programs",
    Cause.HUGEPAGES: "memory reserved as huge pages",
    Cause.ZFS_ARC: "memory held by the ZFS cache",
    Cause.CPU_CREDITS: "CPU credits",
    Cause.NOISY_NEIGHBOUR: "CPU time taken by the hypervisor",
}
"""What lies behind a finding, as the end of a sentence. ``UNATTRIBUTED`` has no words: the finding's title speaks."""

SHORT_CAUSES: Mapping[Cause, str] = {
    Cause.SOCKET_QUEUE: "kernel socket buffers",
    Cause.NETWORK_KERNEL_LEAK: "network buffers in the kernel",
    Cause.CONTAINER_CHURN: "leftovers of terminated containers",
    Cause.PROCESS_HOLDS_FILES: "open files of a process",
    Cause.SECURITY_MODULE: "security module memory",
    Cause.DEVICE_DRIVER: "device driver memory",
    Cause.FILESYSTEM_CACHE: "file system caches",
    Cause.BPF_JIT: "BPF memory",
    Cause.HUGEPAGES: "huge pages",
    Cause.ZFS_ARC: "ZFS cache",
    Cause.CPU_CREDITS: "CPU credits",
    Cause.NOISY_NEIGHBOUR: "stolen CPU time",
}
"""The same for a subject line."""

STATES: Mapping[CaptureStatus, str] = {
    CaptureStatus.ANSWERED: "responded",
    CaptureStatus.TIMED_OUT: "timed out",
    CaptureStatus.FAILED: "failed",
    CaptureStatus.CONNECTION_LOST: "lost",
    CaptureStatus.NOT_REGISTERED: "no agent",
    CaptureStatus.TERMINATED: "gone",
    CaptureStatus.AUTO_MODE: "auto mode",
    CaptureStatus.WINDOWS: "windows",
    CaptureStatus.BOTTLEROCKET: "bottlerkt",
}
"""How it went with a node, in the width of a table column."""

STATUSES: Mapping[CaptureStatus, str] = {
    CaptureStatus.ANSWERED: "responded",
    CaptureStatus.TIMED_OUT: "did not respond in time",
    CaptureStatus.FAILED: "failed to run the collection script",
    CaptureStatus.CONNECTION_LOST: "lost its connection to Systems Manager",
    CaptureStatus.NOT_REGISTERED: "not registered with Systems Manager",
    CaptureStatus.TERMINATED: "terminated during the scan",
    CaptureStatus.AUTO_MODE: "managed by EKS Auto Mode (unsupported: it accepts no commands)",
    CaptureStatus.WINDOWS: "running Windows (unsupported)",
    CaptureStatus.BOTTLEROCKET: "running Bottlerocket (left out: BottlerocketScan=off)",
}
"""The same as part of a sentence after a number of nodes."""

PARTIAL_STATUS = "responded with partial coverage"
"""The same for nodes of which only a part can be seen, by their kind."""

STEP_RESULTS: Mapping[StepResult, str] = {
    StepResult.RULED_OUT: "no",
    StepResult.CONFIRMED: "yes",
    StepResult.UNKNOWN: "unknown",
}
"""The answer to an investigation's question."""
