"""Wires the hub of a fan-out, from its settings and the ARN of its function."""

from __future__ import annotations

import os

from fleetscan.aws.hub import Hub
from fleetscan.bootstrap import clients
from fleetscan.model.target import Target
from fleetscan.settings.fanout import FanoutSettings

__all__ = ["Hub", "of_function"]


def of_function(settings: FanoutSettings, function_arn: str) -> Hub:
    """Return the hub of a function, by the function's ARN."""
    _, partition, _, region, account, *_ = function_arn.split(":")
    return Hub(
        clients=clients.own(),
        bucket=settings.bucket,
        role_name=settings.role_name,
        external_id=settings.external_id,
        partition=partition,
        place=Target(account=account, region=region),
        endpoint_url=os.environ.get("AWS_ENDPOINT_URL"),
    )
