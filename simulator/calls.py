"""A record of every call that reached the endpoint."""

from __future__ import annotations

import threading
from collections import Counter


class Calls:
    """How often each action was called, calls that failed included."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def record(self, service: str, action: str) -> None:
        """Count one call."""
        with self._lock:
            self._counts[f"{service}:{action}"] += 1

    @property
    def counts(self) -> dict[str, int]:
        """IAM action -> number of calls so far, by name."""
        with self._lock:
            return dict(sorted(self._counts.items()))

    @property
    def total(self) -> int:
        """Number of all calls so far."""
        with self._lock:
            return self._counts.total()

    def clear(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._counts.clear()
