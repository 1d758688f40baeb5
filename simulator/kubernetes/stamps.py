"""Times and ids as an API server writes them."""

from __future__ import annotations

from datetime import datetime, timedelta

from simulator.tree.pods import digest


def ago(now: datetime, *, days: float = 0, minutes: float = 0, seconds: float = 0) -> str:
    """Return a time before now, in whole seconds: ``2026-11-26T00:34:57Z``."""
    return f"{now - timedelta(days=days, minutes=minutes, seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"


def micro_ago(now: datetime, *, minutes: float = 0, seconds: float = 0) -> str:
    """Return a time before now with microseconds, as leases and new events have it."""
    return f"{now - timedelta(minutes=minutes, seconds=seconds):%Y-%m-%dT%H:%M:%S.%fZ}"


def uid(*words: str) -> str:
    """Return an id that depends on nothing but the words."""
    seed = digest("uid", *words)
    return f"{seed[:8]}-{seed[8:12]}-4{seed[12:15]}-9{seed[15:18]}-{seed[18:30]}"
