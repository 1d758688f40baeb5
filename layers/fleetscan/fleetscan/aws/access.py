"""Refusals by IAM become an ``AccessError`` that names the action: "denied" must never look like "nothing there"."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from fleetscan.aws.errors import is_denied, sentence
from fleetscan.errors import AccessError


@contextmanager
def asking(action: str, resource: str = "") -> Iterator[None]:
    """Turn a refusal inside the block into an AccessError; every other error passes through untouched.

    ``action`` is the IAM action, such as ``ssm:SendCommand``; ``resource`` says on what, such as "document X".
    """
    try:
        yield
    except ClientError as error:
        if is_denied(error):
            raise refusal(error, action, resource) from error
        raise


def refusal(error: ClientError, action: str, resource: str = "") -> AccessError:
    """Return the AccessError for a refused call."""
    asked = f"{action} on {resource}" if resource else action
    return AccessError(f"AWS refused {asked} ({sentence(error)})")
