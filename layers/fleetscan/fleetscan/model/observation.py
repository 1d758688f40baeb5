"""A pod that was running when its node was scanned: what is known of a pod without a known termination."""

from __future__ import annotations

from datetime import datetime

from fleetscan.immutable import immutable
from fleetscan.model.finding import Severity


@immutable
class Observation:
    """A pod whose containers a node reported in a scan."""

    pod: str
    """``namespace/name``."""
    cluster: str
    node: str
    at: datetime
    severity: Severity | None = None
    """Of the worst finding of that node; None if it has none."""
    rules: tuple[str, ...] = ()
    """The rules with a warning or critical finding on the node, worst first."""
