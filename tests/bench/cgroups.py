"""Taking a cgroup away: what has ended may be charged to it a moment longer, and rmdir says EBUSY until then."""

from __future__ import annotations

import time
from pathlib import Path

PATIENCE_SECONDS = 10.0


def remove(cgroup: Path) -> bool:
    """Remove a cgroup that nothing runs in, and return whether it is gone; what is left of one harms no measurement.

    Under cgroup v1 the last process leaves its group after its parent has learned that it ended, and the group goes
    only then.
    """
    give_up = time.monotonic() + PATIENCE_SECONDS
    while cgroup.exists():
        try:
            cgroup.rmdir()
        except OSError:
            if time.monotonic() > give_up:
                return False
            time.sleep(0.02)
    return True
