"""The account that scans others: its own clients, its store, and the way into each of its targets."""

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
    """The account and Region that a function runs in, as one that scans others."""

    clients: Clients
    bucket: str
    """Where the steps of a run hand things to each other."""
    role_name: str
    """The role of every target that lets this hub in."""
    external_id: str
    """What the targets ask for before they let it in."""
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
            f"arn:{self.partition}:iam::{target.account}:role/{self.role_name}",
            self.external_id,
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
        return S3RunStore(self.clients.s3, self.bucket, f"runs/{run}/" if run else "")
