"""Why the CPU credits of a node are unknown."""

from __future__ import annotations

from fleetscan.model.burstable import is_burstable

NOT_READ = (
    "the credit metrics were not read: CloudWatch charges for each, so only CPU steal, load or a busy CPU asks for them"
)


def why_without_credits(instance_type: str) -> str:
    """Return why the credits of a node are unknown: its type, or EC2 did not return them."""
    if not instance_type:
        return "the instance type is unknown, so it is unknown whether it has CPU credits"
    if not is_burstable(instance_type):
        return "the instance type is not burstable: it has no CPU credits"
    return "EC2 did not return the credit mode"
