"""Lists the EKS clusters of a Region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleetscan.aws.access import asking

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient

PERMISSIONS = frozenset({"eks:ListClusters"})

PAGE_SIZE = 100
"""ListClusters ``maxResults``: 1 to 100 (botocore's service model)."""


class EksClusters:
    """The Region's clusters by name."""

    def __init__(self, eks: EKSClient) -> None:
        self._eks = eks

    def names(self) -> tuple[str, ...]:
        """Return the name of every cluster, sorted. Raises AccessError when denied."""
        with asking("eks:ListClusters"):
            pages = self._eks.get_paginator("list_clusters").paginate(PaginationConfig={"PageSize": PAGE_SIZE})
            return tuple(sorted({cluster for page in pages for cluster in page["clusters"]}))
