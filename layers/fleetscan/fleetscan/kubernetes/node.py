"""A node as the API server describes it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from fleetscan.errors import ParseError
from fleetscan.kubernetes import quantity
from fleetscan.kubernetes.bounds import (
    CONDITIONS_OF_A_NODE,
    MESSAGE_CHARACTERS,
    NAME_CHARACTERS,
    REASON_CHARACTERS,
    TAINTS_OF_A_NODE,
    cut,
    first,
)
from fleetscan.model.kubernetes import Condition, NodeView, Status, Taint

if TYPE_CHECKING:
    from lightkube.models.core_v1 import Node, NodeCondition
    from lightkube.models.core_v1 import Taint as ApiTaint

_PROVIDER_ID = re.compile(r"aws:///[a-z0-9-]{1,40}/(?P<instance>i-[0-9a-f]{8,17})")
"""``aws:///ap-south-1a/i-0a41c7e29d5f3b618``; of a Fargate node the last part is ``fargate-...``."""


def view(node: Node, at: datetime) -> NodeView:
    """Return the view of one node object, read at a time."""
    spec, status = node.spec, node.status
    return NodeView(
        name=cut(node.metadata.name if node.metadata else None, NAME_CHARACTERS),
        at=at,
        instance_id=instance_id(spec.providerID if spec else None),
        conditions=tuple(_condition(one) for one in first(status.conditions if status else None, CONDITIONS_OF_A_NODE)),
        taints=tuple(_taint(one) for one in first(spec.taints if spec else None, TAINTS_OF_A_NODE)),
        is_cordoned=bool(spec and spec.unschedulable),
        allocatable_memory_bytes=memory((status and status.allocatable) or {}),
        allocatable_pods=_amount((status and status.allocatable) or {}, "pods"),
    )


def instance_id(provider_id: str | None) -> str:
    """Return the EC2 instance that a provider id names; empty if it names none."""
    found = _PROVIDER_ID.fullmatch(provider_id or "")
    return found["instance"] if found else ""


def memory(amounts: dict[str, object]) -> int | None:
    """Return the memory of a list of resources in bytes; None if it is missing or invalid."""
    return _amount(amounts, "memory")


def _amount(amounts: dict[str, object], resource: str) -> int | None:
    try:
        return quantity.whole(str(amounts[resource]), name=resource)
    except (KeyError, ParseError):
        return None


def _condition(one: NodeCondition) -> Condition:
    return Condition(
        kind=cut(one.type, REASON_CHARACTERS),
        # Any other value is unknown, and unknown is not healthy.
        status=Status(one.status) if one.status in set(Status) else Status.UNKNOWN,
        since=one.lastTransitionTime,
        reason=cut(one.reason, REASON_CHARACTERS),
        message=cut(one.message, MESSAGE_CHARACTERS),
        heard_at=one.lastHeartbeatTime,
    )


def _taint(one: ApiTaint) -> Taint:
    return Taint(
        key=cut(one.key, NAME_CHARACTERS),
        effect=cut(one.effect, REASON_CHARACTERS),
        value=cut(one.value, NAME_CHARACTERS),
        since=one.timeAdded,
    )
