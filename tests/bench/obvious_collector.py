"""The obvious way to collect, as common samples have it: one command and one poll loop for each node.

    ssm.send_command(InstanceIds=[id], ...); until it has ended: sleep(1); ssm.get_command_invocation(CommandId, id)

Here with a pool of threads and retries that never give up, which such code seldom has: so that every node does get
its answer.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

THREADS = 32
POLL_SECONDS = 1.0
MOST_SECONDS = 600.0
_WAITING = {"Pending", "InProgress", "Delayed"}


def collect(document: str, instance_ids: Sequence[str]) -> int:
    """Return how many nodes answered."""
    config = Config(retries={"mode": "adaptive", "total_max_attempts": 100}, max_pool_connections=THREADS)
    ssm = boto3.client("ssm", config=config)

    def ask(instance_id: str) -> bool:
        try:
            sent = ssm.send_command(InstanceIds=[instance_id], DocumentName=document)
            command_id = sent["Command"]["CommandId"]
            began = time.monotonic()
            while time.monotonic() - began < MOST_SECONDS:
                time.sleep(POLL_SECONDS)
                found = ssm.get_command_invocation(CommandId=command_id, InstanceId=instance_id)
                if found["Status"] not in _WAITING:
                    return bool(found["StandardOutputContent"])
        except ClientError:
            return False
        return False

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(ask, instance_ids))
