"""The errors of an API server: Status objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class StatusError(Exception):
    """An error as HTTP status, Kubernetes' reason and message."""

    def __init__(self, code: int, reason: str, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.retry_after = retry_after

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Further headers of the answer."""
        return [] if self.retry_after is None else [("Retry-After", str(self.retry_after))]

    def body(self) -> Mapping[str, Any]:
        """Return the Status object."""
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": str(self),
            "reason": self.reason,
            "code": self.code,
        } | ({} if self.retry_after is None else {"details": {"retryAfterSeconds": self.retry_after}})
