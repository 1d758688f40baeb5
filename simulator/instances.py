"""EC2's DescribeInstances for a large fleet: moto builds every instance anew for every page, which is slow."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

from simulator.account import tags_of
from simulator.fleet import Fleet, FleetNode
from simulator.service_error import ServiceError

ACTION = "DescribeInstances"
SHORTEST_PAGE, LONGEST_PAGE = 5, 1_000
_NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"


class Instances:
    """The running instances of a fleet, rendered once."""

    def __init__(self, fleet: Fleet, now: datetime | None = None) -> None:
        now = now or datetime.now(UTC)
        self._items = {node.instance_id: _item(fleet, node, now) for node in fleet.nodes}
        self._keys = {node.instance_id: frozenset(tags_of(fleet, node)) for node in fleet.nodes}

    def remove(self, instance_id: str) -> None:
        """Terminate an instance: it runs no more."""
        self._items.pop(instance_id, None)

    def answer(self, parameters: Mapping[str, str]) -> str:
        """Return one page of those that fit the filters."""
        size = int(parameters.get("MaxResults", LONGEST_PAGE))
        if not SHORTEST_PAGE <= size <= LONGEST_PAGE:
            raise ServiceError("InvalidParameterValue", f"Value ( {size} ) for parameter maxResults is invalid.")
        found = [each for each in self._items if self._fits(each, list(filters(parameters)))]
        start = int(base64.b64decode(parameters["NextToken"])) if parameters.get("NextToken") else 0
        end = start + size
        token = base64.b64encode(str(end).encode()).decode() if end < len(found) else ""
        items = "".join(self._items[each] for each in found[start:end])
        more = f"<nextToken>{token}</nextToken>" if token else ""
        return (
            f'<DescribeInstancesResponse xmlns="{_NAMESPACE}"><requestId>simulated</requestId>'
            f"<reservationSet>{items}</reservationSet>{more}</DescribeInstancesResponse>"
        )

    def _fits(self, instance_id: str, wanted: Sequence[tuple[str, Sequence[str]]]) -> bool:
        return all(self._fits_one(instance_id, name, values) for name, values in wanted)

    def _fits_one(self, instance_id: str, name: str, values: Sequence[str]) -> bool:
        match name:
            case "instance-state-name":
                return "running" in values
            case "instance-id":
                return instance_id in values
            case "tag-key":
                keys = self._keys[instance_id]
                return any(_matches(key, value) for value in values for key in keys)
            case _:
                raise ServiceError("InvalidParameterValue", f"The filter '{name}' is not simulated")


def filters(parameters: Mapping[str, str]) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield name and values of each filter, as ``Filter.1.Name`` and ``Filter.1.Value.1``."""
    for key, name in parameters.items():
        number, _, rest = key.removeprefix("Filter.").partition(".")
        if rest == "Name":
            prefix = f"Filter.{number}.Value."
            yield name, [value for each, value in parameters.items() if each.startswith(prefix)]


def _matches(key: str, pattern: str) -> bool:
    """Return whether a key fits a filter's value; a star is only simulated at its end."""
    return key.startswith(pattern[:-1]) if pattern.endswith("*") else key == pattern


def _item(fleet: Fleet, node: FleetNode, now: datetime) -> str:
    launched_at = (now - timedelta(days=node.uptime_days)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    tags = "".join(
        f"<item><key>{escape(key)}</key><value>{escape(value)}</value></item>"
        for key, value in tags_of(fleet, node).items()
    )
    operator = "<operator><managed>true</managed><principal>eks.amazonaws.com</principal></operator>"
    is_windows = fleet.system_of(node).platform_type == "Windows"
    return (
        f"<item><reservationId>r-{node.instance_id.removeprefix('i-')}</reservationId><ownerId>{fleet.account}</ownerId>"
        f"<instancesSet><item><instanceId>{escape(node.instance_id)}</instanceId>"
        f"<instanceType>{escape(node.instance_type)}</instanceType><launchTime>{launched_at}</launchTime>"
        f"<placement><availabilityZone>{escape(node.zone)}</availabilityZone></placement>"
        f"<privateDnsName>{escape(node.private_dns_name)}</privateDnsName>"
        f"<architecture>{escape(node.architecture)}</architecture>"
        "<instanceState><code>16</code><name>running</name></instanceState>"
        f"{'<platform>windows</platform>' if is_windows else ''}{operator if node.auto_mode else ''}"
        f"<tagSet>{tags}</tagSet></item></instancesSet></item>"
    )
