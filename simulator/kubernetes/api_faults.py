"""The faults of an API server, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiFaults:
    """No fault by default. Counts are of requests, from now on."""

    has_access_entry: bool = True
    """Whether the cluster knows the role at all; else 401."""
    is_bound: bool = True
    """Whether the project's manifest was applied; else 403 for everything."""
    forbidden: frozenset[str] = frozenset()
    """Resources that somebody took out of the manifest."""
    refused_tokens: int = 0
    """Requests whose token is refused although it is good."""
    throttled: int = 0
    """Requests that are told to come back after a second."""
    gone: int = 0
    """Further pages whose list has been forgotten: 410."""
    broken: int = 0
    """Answers that are no JSON."""
    cut_short: int = 0
    """Answers whose connection ends in the middle."""
    failing: int = 0
    """Requests that the server fails: 500."""
    latency_seconds: float = 0.0
