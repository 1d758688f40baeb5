"""The hub account of a fan-out: its own clients, its bucket, and the roles of its targets (spokes)."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from fleetscan.aws.assumed import assumed
from fleetscan.aws.clients import Clients
from fleetscan.aws.ec2 import Ec2Inventory
from fleetscan.aws.runs import S3RunStore
from fleetscan.immutable import immutable
from fleetscan.model.target import Target

logger = logging.getLogger(__name__)


@immutable
class Hub:
    """The account and Region of a function that scans other accounts."""

    clients: Clients
    bucket: str
    """Bucket of the files shared by the steps of a run."""
    role_name: str
    """Name of the role that this hub assumes in every target."""
    external_id: str
    """The external id that the trust policies of the targets require."""
    partition: str
    """``aws``, ``aws-cn`` or ``aws-us-gov``."""
    place: Target
    """Account and Region in which the function itself runs."""
    endpoint_url: str | None = None

    def enter(self, target: Target, run: str) -> Clients:
        """Return the clients of a target. Raises AccessError when its role cannot be assumed.

        The role name comes from the settings, never from an event, so that no event can choose another role.
        """
        return assumed(
            self.clients,
            f"arn:{self.partition}:iam::{target.account}:role/{self.role_name}",
            self.external_id,
            region=target.region,
            run=run,
            endpoint_url=self.endpoint_url,
        )

    def count(
        self, target: Target, run: str, clusters: Sequence[str], *, deadline: float, margin_seconds: float
    ) -> int:
        """Return how many workers a target has; 0 if they cannot be counted, as the scan of it then reports the error.

        Also 0 after the deadline, so that one slow target does not hold up the plan of all others.
        """
        try:
            inside = self.enter(target, run).begin(deadline, margin_seconds)
            return len(Ec2Inventory(inside.ec2, inside.eks, clusters).workers())
        except Exception:
            logger.exception("The workers of %s could not be counted", target.key)
            return 0

    def store(self, run: str = "") -> S3RunStore:
        """Return the files of a run; without a run, those at the top of the bucket (the list of targets)."""
        return S3RunStore(self.clients.s3, self.bucket, f"runs/{run}/" if run else "")
