"""The collector of a stack, wired: its own document, pinned as the settings have it, and nothing else."""

from __future__ import annotations

import time

from fleetscan.aws.clients import Clients
from fleetscan.aws.ec2 import Ec2Inventory
from fleetscan.aws.run_command.collector import RunCommandCollector
from fleetscan.errors import SettingError
from fleetscan.ports import Progress
from fleetscan.settings import Settings


def collector(
    aws: Clients, wanted: Settings, inventory: Ec2Inventory, progress: Progress | None = None
) -> RunCommandCollector:
    """Return what runs the document on the nodes of this inventory; SettingError where no document is named."""
    if not wanted.document_name:
        raise SettingError("FLEETSCAN_DOCUMENT_NAME is not set; it names the SSM document that runs on the nodes")
    return RunCommandCollector(
        aws.ssm,
        document=wanted.document_name,
        document_version=wanted.document_version,
        document_hash=wanted.document_hash,
        clock=time.time,
        sleep=time.sleep,
        delivery_timeout_seconds=wanted.delivery_timeout_seconds,
        running=inventory.running,
        progress=progress,
    )
