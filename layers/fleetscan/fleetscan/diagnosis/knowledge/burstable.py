"""Why nothing is known of the CPU credits of a node."""

from __future__ import annotations

from fleetscan.model.burstable import is_burstable

NOT_READ = (
    "the credit metrics were not read: CloudWatch charges for each, so only CPU steal, load or a busy CPU asks for them"
)


def why_without_credits(instance_type: str) -> str:
    """Return why a node has no credits to judge: its type, or that EC2 was not asked."""
    if not instance_type:
        return "the instance type is unknown, so it is unknown whether it has CPU credits"
    if not is_burstable(instance_type):
        return "the instance type is not burstable: it has no CPU credits"
    return "EC2 did not return the credit mode"
