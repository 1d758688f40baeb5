"""Kubernetes' own OpenAPI description, as far as a scan needs it: which lists there are, and their parameters."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from simulator.kubernetes.status import StatusError

_DESCRIPTION = Path(__file__).parent / "openapi.json"
_WHOLE = re.compile(r"[0-9]{1,9}")
_BOOLEANS = frozenset({"true", "false", "1", "0"})
_BAD_REQUEST, _NOT_FOUND, _NOT_ALLOWED = 400, 404, 405


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One list of the description."""

    path: str
    group: str
    version: str
    kind: str
    resource: str
    parameters: Mapping[str, str]
    """Query parameter -> its type."""

    @property
    def api_version(self) -> str:
        """``v1`` or ``apps/v1``."""
        return f"{self.group}/{self.version}" if self.group else self.version


@cache
def operations() -> tuple[Operation, ...]:
    """Return every list that the description has."""
    paths: dict[str, Any] = json.loads(_DESCRIPTION.read_text())["paths"]
    return tuple(
        Operation(
            path=path,
            group=item["get"]["x-kubernetes-group-version-kind"]["group"],
            version=item["get"]["x-kubernetes-group-version-kind"]["version"],
            kind=item["get"]["x-kubernetes-group-version-kind"]["kind"],
            resource=path.rpartition("/")[2],
            parameters={one["name"]: one["type"] for one in item["get"]["parameters"] if one["in"] == "query"},
        )
        for path, item in paths.items()
    )


def understood(method: str, path: str, query: Mapping[str, list[str]]) -> tuple[Operation, str, dict[str, str]]:
    """Return the list that is asked for, its namespace and the parameters; StatusError where it is not described.

    Stricter than Kubernetes, which ignores a parameter that it does not know: here that is a mistake.
    """
    for operation in operations():
        pattern = re.escape(operation.path).replace(re.escape("{namespace}"), "(?P<namespace>[a-z0-9-]{1,63})")
        found = re.fullmatch(pattern, path)
        if found:
            break
    else:
        raise StatusError(_NOT_FOUND, "NotFound", "the server could not find the requested resource")
    if method != "GET":
        raise StatusError(_NOT_ALLOWED, "MethodNotAllowed", "the server does not allow this method on the resource")
    given = {}
    for name, values in query.items():
        if len(values) != 1 or not _fits(operation.parameters.get(name, ""), values[0]):
            raise StatusError(_BAD_REQUEST, "BadRequest", f"{name}={values} is not in the API's description")
        given[name] = values[0]
    return operation, found.groupdict().get("namespace", ""), given


def _fits(kind: str, value: str) -> bool:
    """Whether a parameter's value is of a type; nothing is of no type."""
    return (
        kind == "string"
        or (kind == "integer" and bool(_WHOLE.fullmatch(value)))
        or (kind == "boolean" and value in _BOOLEANS)
    )
