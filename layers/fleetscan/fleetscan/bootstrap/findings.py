"""Wiring of the finding history in the stack's table."""

from __future__ import annotations

from fleetscan.aws.clients import Clients
from fleetscan.aws.dynamodb.episodes import DynamoEpisodes
from fleetscan.aws.dynamodb.mutes import DynamoMutes
from fleetscan.aws.dynamodb.table import Table
from fleetscan.diagnosis.rules import RULES
from fleetscan.incidents.tracker import FindingTracker
from fleetscan.settings import Settings


def finding_tracker(aws: Clients, settings: Settings, *, is_read_only: bool = False) -> FindingTracker | None:
    """Return the tracker of findings; a read-only one compares without storing. None without a table."""
    if not settings.table_name:
        return None
    table = Table(aws.dynamodb, settings.table_name, is_read_only=is_read_only)
    return FindingTracker(
        episodes=DynamoEpisodes(table),
        mutes=DynamoMutes(table),
        rules=tuple(rule.id for rule in RULES),
        clusters=settings.clusters,
        least=settings.notify_severity,
    )
