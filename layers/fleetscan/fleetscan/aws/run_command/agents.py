"""Which workers have an SSM agent that is online, and which are unsupported (no shell).

DescribeInstanceInformation is called with the ids of the workers, 50 per call, rather than for the whole account: pages
hold 50 either way, and the account's list also has every other server and hybrid machine. An id unknown to SSM may fail
the call, so batches are bisected. Nodes that cannot be checked here (throttling, an outage) are left to SendCommand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fleetscan.aws.access import asking
from fleetscan.aws.errors import AwsError, code, is_passing
from fleetscan.aws.names import printable
from fleetscan.aws.run_command.bisection import divide, named
from fleetscan.model import Capture, CaptureStatus, Node
from fleetscan.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_ssm.type_defs import (
        DescribeInstanceInformationRequestPaginateTypeDef,
        InstanceInformationTypeDef,
    )

PERMISSIONS = frozenset({"ssm:DescribeInstanceInformation"})

PAGE_SIZE = 50
"""DescribeInstanceInformation ``MaxResults``: 5 to 50, default 10 (botocore's service model); also our batch."""
UNKNOWN_ID_CODES = frozenset({"InvalidInstanceId", "InvalidInstanceInformationFilterValue"})
"""Error codes for an id that SSM does not know (botocore's service model)."""

AUTO_MODE_REASON = (
    "EKS Auto Mode allows neither SSM nor SSH on its nodes; use a NodeDiagnostic resource to get this node's logs"
)
WINDOWS_REASON = "a Windows node; the collection script reads Linux's /proc"
BOTTLEROCKET_REASON = (
    "Bottlerocket nodes are not scanned, by the setting FLEETSCAN_BOTTLEROCKET_SCAN; their agent's control container "
    "sees neither the host's processes nor its cgroups"
)
NOT_REGISTERED_REASON = (
    "not registered with Systems Manager: the SSM agent does not run, the node's role lacks "
    "AmazonSSMManagedInstanceCore, or the node cannot reach the ssm endpoints"
)

_MINUTE_SECONDS = 60
_HOUR_SECONDS = 3600


class Agents:
    """The state of the workers' SSM agents."""

    def __init__(self, ssm: SSMClient, *, clock: Clock, scans_bottlerocket: bool = True) -> None:
        self._ssm = ssm
        self._clock = clock
        self._scans_bottlerocket = scans_bottlerocket

    def unreachable(self, nodes: Sequence[Node], *, stop_at: float) -> dict[str, Capture]:
        """Return instance id -> capture, with the reason, of the nodes that no command should be sent to.

        Nodes that are absent have an agent that is online, or could not be checked before ``stop_at``.
        Raises AccessError when denied, and botocore's error when it is wrong as a whole.
        """
        with asking("ssm:DescribeInstanceInformation"):
            division = divide(
                [node.instance_id for node in nodes],
                lambda ids: self._describe(ids) if self._clock() < stop_at else None,
                rejected_ids,
                batch_size=PAGE_SIZE,
            )
        known = {instance_id: found for _, answer in division.answers for instance_id, found in (answer or {}).items()}
        unclear = {instance_id for instance_id, error in division.refused.items() if is_passing(error)}
        unclear |= {instance_id for ids, answer in division.answers if answer is None for instance_id in ids}
        captures = (
            agent_problem(
                node,
                known.get(node.instance_id),
                now=self._clock(),
                scans_bottlerocket=self._scans_bottlerocket,
            )
            for node in nodes
            if node.instance_id not in unclear
        )
        return {capture.node.instance_id: capture for capture in captures if capture}

    def _describe(self, instance_ids: Sequence[str]) -> Mapping[str, InstanceInformationTypeDef]:
        pages = self._ssm.get_paginator("describe_instance_information").paginate(**request(instance_ids))
        return {
            found.get("InstanceId", ""): found for page in pages for found in page.get("InstanceInformationList", [])
        }


def request(instance_ids: Sequence[str]) -> DescribeInstanceInformationRequestPaginateTypeDef:
    """Return the request for these ids, at most 50, in one page."""
    return {
        "Filters": [{"Key": "InstanceIds", "Values": list(instance_ids)}],
        "PaginationConfig": {"PageSize": PAGE_SIZE},
    }


def rejected_ids(error: AwsError, instance_ids: Sequence[str]) -> Sequence[str] | None:
    """Return the unknown ids; after a transient error all ids of the call are unclear."""
    if code(error) in UNKNOWN_ID_CODES:
        return named(error, instance_ids)
    return instance_ids if is_passing(error) else None


def unsupported(node: Node) -> Capture | None:
    """Return the capture of a node that is unsupported according to EC2, else None."""
    if node.is_auto_mode:
        return Capture(node=node, status=CaptureStatus.AUTO_MODE, reason=AUTO_MODE_REASON)
    if node.is_windows:
        return Capture(node=node, status=CaptureStatus.WINDOWS, reason=WINDOWS_REASON)
    return None


def agent_problem(
    node: Node, information: InstanceInformationTypeDef | None, *, now: float, scans_bottlerocket: bool = True
) -> Capture | None:
    """Return a capture with the reason why no command should be sent to the node, or None if its agent is online.

    Bottlerocket's agent takes commands in its control container, from which memory, pressure, slab and sockets of the
    host can be read: such a node is scanned with partial coverage.
    """
    if information is None:
        return Capture(node=node, status=CaptureStatus.NOT_REGISTERED, reason=NOT_REGISTERED_REASON)
    if not scans_bottlerocket and "bottlerocket" in information.get("PlatformName", "").lower():
        return Capture(node=node, status=CaptureStatus.BOTTLEROCKET, reason=BOTTLEROCKET_REASON)
    if information.get("PlatformType") == "Windows":
        return Capture(node=node, status=CaptureStatus.WINDOWS, reason=WINDOWS_REASON)
    if information.get("PingStatus") == "Online":
        return None
    status = printable(information.get("PingStatus", "unknown"), 40)
    reason = f"the SSM agent is offline (ping status {status}): {last_ping(information, now=now)}"
    return Capture(node=node, status=CaptureStatus.CONNECTION_LOST, reason=reason)


def last_ping(information: InstanceInformationTypeDef, *, now: float) -> str:
    """Return when the agent pinged last, such as "last ping 47 minutes ago"; it pings every five minutes."""
    at = information.get("LastPingDateTime")
    if at is None:
        return "no ping yet"
    age_seconds = max(0.0, now - at.timestamp())
    if age_seconds < 2 * _HOUR_SECONDS:
        return f"last ping {age_seconds / _MINUTE_SECONDS:.0f} minutes ago"
    return f"last ping {age_seconds / _HOUR_SECONDS:.0f} hours ago"
