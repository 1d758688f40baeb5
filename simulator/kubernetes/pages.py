"""Lists in pages: a limit, and a token that says where the next page begins and of which version the list is."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

from simulator.kubernetes.description import Operation
from simulator.kubernetes.status import StatusError

VERSION = 48_213_907
"""The resource version of all that is served."""


def page(operation: Operation, objects: Sequence[Mapping[str, Any]], parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return one page of a list; the whole of it without a limit, and from the watch cache, which knows no pages."""
    metadata: dict[str, Any] = {"resourceVersion": str(VERSION)}
    token, limit = parameters.get("continue", ""), int(parameters.get("limit", "0"))
    if token and parameters.get("resourceVersion"):
        raise StatusError(400, "BadRequest", "resourceVersion is forbidden: it must not be set with continue")
    start = _start(token) if token else 0
    if not token and parameters.get("resourceVersion") == "0":
        limit = 0
    end = start + limit if limit else len(objects)
    if end < len(objects):
        metadata["continue"] = continuation(end)
        if not parameters.get("fieldSelector"):
            metadata["remainingItemCount"] = len(objects) - end
    return {
        "kind": f"{operation.kind}List",
        "apiVersion": operation.api_version,
        "metadata": metadata,
        "items": list(objects[start:end]),
    }


def continuation(start: int) -> str:
    """Return the token of the page that begins at an index."""
    key = json.dumps({"v": "meta.k8s.io/v1", "rv": VERSION, "start": f"{start}\u0000"}, separators=(",", ":"))
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _start(token: str) -> int:
    try:
        key = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return int(key["start"].removesuffix("\u0000"))
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError):
        raise StatusError(400, "BadRequest", "continue key is not valid") from None
