"""EC2's DescribeInstanceCreditSpecifications: moto calls every instance "standard", so it is answered here."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.fleet import Fleet
from simulator.service_error import ServiceError

ACTION = "DescribeInstanceCreditSpecifications"
MOST_IDS = 1_000
_NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"


def answer(fleet: Fleet, parameters: Mapping[str, str]) -> str:
    """Return the XML of the answer. An id that is not a burstable instance fails the whole call.

    Without ids EC2 lists the unlimited instances only.
    """
    nodes = {node.instance_id: node for node in fleet.nodes}
    asked = [value for name, value in parameters.items() if name.startswith("InstanceId.")]
    if len(asked) > MOST_IDS:
        raise ServiceError("InvalidParameterValue", f"At most {MOST_IDS} instance ids are allowed")
    if unknown := [each for each in asked if each not in nodes]:
        raise ServiceError("InvalidInstanceID.NotFound", f"The instance IDs '{', '.join(unknown)}' do not exist")
    if others := [each for each in asked if nodes[each].credits is None]:
        raise ServiceError(
            "InvalidInstanceID",
            f"The instance ID '{others[0]}' is not a burstable performance instance and has no credits",
        )
    modes = {each.instance_id: each.credits.mode for each in fleet.nodes if each.credits is not None}
    shown = asked or [instance_id for instance_id, mode in modes.items() if mode == "unlimited"]
    items = "".join(
        f"<item><instanceId>{each}</instanceId><cpuCredits>{modes[each]}</cpuCredits></item>" for each in shown
    )
    return (
        f'<DescribeInstanceCreditSpecificationsResponse xmlns="{_NAMESPACE}"><requestId>simulated</requestId>'
        f"<instanceCreditSpecificationSet>{items}</instanceCreditSpecificationSet>"
        "</DescribeInstanceCreditSpecificationsResponse>"
    )
