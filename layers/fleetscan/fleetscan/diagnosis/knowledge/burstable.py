"""Why nothing is known of the CPU credits of a node."""

from __future__ import annotations

from fleetscan.model.burstable import is_burstable

NOT_READ = "the credit metrics were not read: each is paid for, so only stolen time, load or a busy CPU asks for them"


def why_without_credits(instance_type: str) -> str:
    """Return why a node has no credits to judge: its type, or that EC2 was not asked."""
    if not instance_type:
        return "the instance type is not known, so nor is whether it has CPU credits"
    if not is_burstable(instance_type):
        return "the instance type is not burstable: it has no CPU credits"
    return "EC2 did not tell the credit mode"
