"""What this process has spent so far: time, CPU and memory."""

from __future__ import annotations

import time
from pathlib import Path


def spent(began: float) -> dict[str, float]:
    """Return the seconds since a time of the monotonic clock, the CPU seconds of the process, and its peak in MiB."""
    return {
        "seconds": round(time.monotonic() - began, 1),
        "cpu_seconds": round(time.process_time(), 1),
        "peak_mib": round(peak_bytes() / 1024**2),
    }


def peak_bytes() -> int:
    """Return the most memory that this process had since it was executed; getrusage also counts what was before."""
    status = Path("/proc/self/status").read_text()
    line = next(each for each in status.splitlines() if each.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024
