"""Which instance types live on CPU credits."""

from __future__ import annotations

BURSTABLE_FAMILIES = frozenset({"t2", "t3", "t3a", "t4g"})
"""The families that have CPU credits and a credit specification (EC2's enum of burstable families, less the retired
T1, which has neither). The ``-flex`` families throttle in another way and have no credits."""


def is_burstable(instance_type: str) -> bool:
    """Whether instances of the type live on CPU credits, such as ``t3a.medium``."""
    return instance_type.partition(".")[0] in BURSTABLE_FAMILIES
