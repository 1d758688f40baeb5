"""A pod that was there when its node was scanned: what is known of one of which no death is."""

from __future__ import annotations

from datetime import datetime

from fleetscan.immutable import immutable
from fleetscan.model.finding import Severity


@immutable
class Observation:
    """A pod whose containers a node showed in a scan."""

    pod: str
    """``namespace/name``."""
    cluster: str
    node: str
    at: datetime
    severity: Severity | None = None
    """Of the worst finding of that node; None where it has none."""
    rules: tuple[str, ...] = ()
    """What was found on the node beyond mere information, worst first."""
