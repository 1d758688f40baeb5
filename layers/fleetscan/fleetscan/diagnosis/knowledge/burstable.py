"""Which instance types have CPU credits, and why the credits of a node are unknown."""

from __future__ import annotations

BURSTABLE_FAMILIES = frozenset({"t2", "t3", "t3a", "t4g"})
"""The families that have CPU credits and a credit specification (EC2's enum of burstable families, less the retired
T1, which has neither). The ``-flex`` families throttle in another way and have no credits."""

NOT_READ = (
    "the credit metrics were not read: CloudWatch charges for each, so only CPU steal, load or a busy CPU asks for them"
)


def is_burstable(instance_type: str) -> bool:
    """Whether instances of the type, such as ``t3a.medium``, have CPU credits."""
    return instance_type.partition(".")[0] in BURSTABLE_FAMILIES


def why_without_credits(instance_type: str) -> str:
    """Return why the credits of a node are unknown: its type, or EC2 did not return them."""
    if not instance_type:
        return "the instance type is unknown, so it is unknown whether it has CPU credits"
    if not is_burstable(instance_type):
        return "the instance type is not burstable: it has no CPU credits"
    return "EC2 did not return the credit mode"
