"""The boto3 clients of the account and Region that a function runs in."""

from __future__ import annotations

import os
from functools import cache

from fleetscan.aws.clients import Clients


def own() -> Clients:
    """Return the clients of a function's own account, at the endpoint that the environment names, if any."""
    return _of(os.environ.get("AWS_ENDPOINT_URL"))


def forget() -> None:
    """Drop the cached clients, as the credentials have changed."""
    _of.cache_clear()


@cache
def _of(endpoint_url: str | None) -> Clients:
    """Make them once per endpoint: Lambda has one, tests start several simulated ones."""
    return Clients(endpoint_url=endpoint_url)
