"""Clients in another account: the role of a spoke, assumed for one invocation with the external id of this hub.

An invocation lasts at most fifteen minutes and a session an hour, so credentials are not refreshed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import boto3

from fleetscan.aws.access import asking
from fleetscan.aws.clients import Clients

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient
    from mypy_boto3_sts.type_defs import AssumeRoleRequestTypeDef

PERMISSIONS_ACROSS_ACCOUNTS = frozenset({"sts:AssumeRole"})
"""Needed by the hub of a fan-out only; the stack of one account does not have it."""

SESSION_SECONDS = 3_600
"""The most that a role assumed by a role may last (IAM user guide, role chaining)."""
_SESSION_CHARACTERS = 64
"""RoleSessionName of the STS API."""
_NOT_ALLOWED = re.compile(r"[^\w+=,.@-]", re.ASCII)


def assumed(
    hub: Clients, role_arn: str, external_id: str, *, region: str, run: str, endpoint_url: str | None = None
) -> Clients:
    """Return the clients of a Region under a role; ``run`` is in the session name.

    Raises AccessError when the role cannot be assumed: it does not exist, does not trust this hub, or the external id
    differs. STS does not say which.
    """
    found = _credentials(hub.sts, request(role_arn, external_id, run))
    session = boto3.session.Session(
        aws_access_key_id=found[0], aws_secret_access_key=found[1], aws_session_token=found[2], region_name=region
    )
    return Clients(session=session, endpoint_url=endpoint_url)


def request(role_arn: str, external_id: str, run: str) -> AssumeRoleRequestTypeDef:
    """Return the AssumeRole request; characters that a session name may not have are removed."""
    name = f"fleetscan-{_NOT_ALLOWED.sub('', run)}"
    return {
        "RoleArn": role_arn,
        "ExternalId": external_id,
        "RoleSessionName": name[:_SESSION_CHARACTERS],
        "DurationSeconds": SESSION_SECONDS,
    }


def _credentials(sts: STSClient, query: AssumeRoleRequestTypeDef) -> tuple[str, str, str]:
    with asking("sts:AssumeRole", query["RoleArn"]):
        found = sts.assume_role(**query)["Credentials"]
    return found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"]
