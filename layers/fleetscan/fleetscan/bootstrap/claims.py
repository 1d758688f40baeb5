"""Claims a scan, as its start may be delivered twice."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext

from fleetscan.aws.clients import Clients
from fleetscan.aws.dynamodb.claims import ScanClaims
from fleetscan.aws.dynamodb.table import Table
from fleetscan.settings import Settings


def claimed(
    aws: Clients, settings: Settings, event: Mapping[str, object], *, until: float, owner: str = ""
) -> AbstractContextManager[bool]:
    """Return a context that yields whether this invocation makes the scan of an event; ``owner`` is its id.

    The scheduled time is the preferred key: EventBridge delivers a start at least once, each time with another
    execution id. An event with neither, such as one sent by hand, is always scanned.
    """
    key = str(event.get("scheduled_at") or event.get("execution_id") or "")
    if not settings.table_name or not key:
        return nullcontext(enter_result=True)
    return ScanClaims(Table(aws.dynamodb, settings.table_name)).claimed(key, clock=time.time, until=until, owner=owner)
