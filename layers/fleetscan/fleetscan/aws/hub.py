"""The account that scans others: its own clients, its store, and the way into each of its targets."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from functools import cache

from fleetscan.aws.assumed import assumed
from fleetscan.aws.clients import Clients
from fleetscan.aws.ec2 import Ec2Inventory
from fleetscan.aws.runs import S3RunStore
from fleetscan.fanout.settings import FanoutSettings
from fleetscan.immutable import immutable
from fleetscan.model.target import Target

logger = logging.getLogger(__name__)


@immutable
class Hub:
    """The account and Region that a function runs in, as one that scans others."""

    clients: Clients
    settings: FanoutSettings
    partition: str
    """``aws``, ``aws-cn`` or ``aws-us-gov``."""
    place: Target
    """Where the function itself runs."""
    endpoint_url: str | None = None

    def enter(self, target: Target, run: str) -> Clients:
        """Return the clients of a target. Raises AccessError when its role does not let this hub in.

        The role is no part of an event, so that no event can choose another.
        """
        return assumed(
            self.clients,
            f"arn:{self.partition}:iam::{target.account}:role/{self.settings.role_name}",
            self.settings.external_id,
            region=target.region,
            run=run,
            endpoint_url=self.endpoint_url,
        )

    def count(
        self, target: Target, run: str, clusters: Sequence[str], *, deadline: float, margin_seconds: float
    ) -> int:
        """Return how many workers a target has; 0 where they cannot be counted: the scan of it then says why.

        Nor are they after the deadline: a target that is slow to answer must not cost the plan of all others.
        """
        try:
            inside = self.enter(target, run).begin(deadline, margin_seconds)
            return len(Ec2Inventory(inside.ec2, inside.eks, clusters).workers())
        except Exception:
            logger.exception("The workers of %s could not be counted", target.key)
            return 0

    def store(self, run: str = "") -> S3RunStore:
        """Return where the steps of a run hand things to each other; without a run, where the list of targets is."""
        return S3RunStore(self.clients.s3, self.settings.bucket, f"runs/{run}/" if run else "")


def here(settings: FanoutSettings, function_arn: str) -> Hub:
    """Return the hub that a function runs in, by the function's ARN."""
    _, partition, _, region, account, *_ = function_arn.split(":")
    endpoint_url = os.environ.get("AWS_ENDPOINT_URL")
    return Hub(
        clients=_clients(endpoint_url),
        settings=settings,
        partition=partition,
        place=Target(account=account, region=region),
        endpoint_url=endpoint_url,
    )


@cache
def _clients(endpoint_url: str | None) -> Clients:
    """Make them once for each endpoint: in Lambda there is one, on a laptop a simulated AWS comes and goes."""
    return Clients(endpoint_url=endpoint_url)
