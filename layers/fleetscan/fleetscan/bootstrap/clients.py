"""The boto3 clients of the account and Region that a function runs in."""

from __future__ import annotations

import os
from functools import cache

from fleetscan.aws.clients import Clients


def own() -> Clients:
    """Return the clients of a function's own account, at the endpoint that the environment names, if any."""
    return _of(os.environ.get("AWS_ENDPOINT_URL"))


def forget() -> None:
    """Forget them: who signs from now on is somebody else."""
    _of.cache_clear()


@cache
def _of(endpoint_url: str | None) -> Clients:
    """Make them once for each endpoint: in Lambda there is one, on a laptop a simulated AWS comes and goes."""
    return Clients(endpoint_url=endpoint_url)
