"""Turns IAM denials into an ``AccessError`` that names the action: "denied" must never look like "not found"."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from fleetscan.aws.errors import is_denied, sentence
from fleetscan.errors import AccessError


@contextmanager
def asking(action: str, resource: str = "") -> Iterator[None]:
    """Turn an IAM denial inside the block into an AccessError; every other error passes through unchanged.

    ``action`` is the IAM action, such as ``ssm:SendCommand``; ``resource`` names the resource, such as "document X".
    """
    try:
        yield
    except ClientError as error:
        if is_denied(error):
            raise refusal(error, action, resource) from error
        raise


def refusal(error: ClientError, action: str, resource: str = "") -> AccessError:
    """Return the AccessError for a denied call."""
    asked = f"{action} on {resource}" if resource else action
    return AccessError(f"AWS refused {asked} ({sentence(error)})")
