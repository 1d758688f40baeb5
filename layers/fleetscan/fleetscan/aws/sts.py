"""Returns the account that is scanned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleetscan.aws.access import asking

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

PERMISSIONS: frozenset[str] = frozenset()
"""GetCallerIdentity needs no permission (its API reference); only an organisation's policy can deny it."""


def account(sts: STSClient) -> str:
    """Return the 12-digit id of the account that the caller's credentials belong to."""
    with asking("sts:GetCallerIdentity"):
        return sts.get_caller_identity()["Account"]
