"""Field selectors: ``spec.nodeName=ip-10-0-37-118,status.phase!=Running``.

A selector of a field that the kind does not support is an error, as in Kubernetes. Which fields those are stands in
pkg/apis/core/v1/conversion.go and pkg/registry/core/*/strategy.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from simulator.kubernetes.status import StatusError

_COMMON: Final = frozenset({"metadata.name", "metadata.namespace"})
FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "Node": frozenset({"metadata.name", "spec.unschedulable"}),
    "Lease": _COMMON,
    "DaemonSet": _COMMON,
    "Pod": _COMMON
    | {
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    },
    "Event": _COMMON
    | {
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "source",
        "type",
    },
}

_TERM = re.compile(r"(?P<field>[A-Za-z.]+)(?P<operator>!=|==|=)(?P<value>[^=!,]*)")


def selected(kind: str, selector: str) -> Callable[[Mapping[str, Any]], bool]:
    """Return whether an object is selected; StatusError for a selector that Kubernetes would reject."""
    terms = []
    for text in filter(None, selector.split(",")):
        term = _TERM.fullmatch(text)
        if term is None:
            raise StatusError(400, "BadRequest", f'invalid selector: "{selector}"; cannot understand "{text}"')
        if term["field"] not in FIELDS[kind]:
            raise StatusError(400, "BadRequest", f'"{term["field"]}" is not a known field selector')
        terms.append((term["field"], term["operator"] == "!=", term["value"]))

    def is_selected(one: Mapping[str, Any]) -> bool:
        return all((_value(one, field) != value) is is_other for field, is_other, value in terms)

    return is_selected


def _value(one: Mapping[str, Any], field: str) -> str:
    found: Any = one
    for step in field.split("."):
        found = found.get(step, "") if isinstance(found, Mapping) else ""
    return str(found.get("component", "")) if isinstance(found, Mapping) else str(found)
