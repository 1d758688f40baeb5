"""Errors that an operator can act on, in words that say what is missing."""

from __future__ import annotations

import sys

from fleetscan.errors import FleetscanError

_STALE_CODES = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId", "UnrecognizedClientException"}
)
"""How services say that credentials ran out or were withdrawn (common errors of each service's API reference)."""


def explained(error: Exception) -> str | None:
    """Return the error in words for an operator, or None where it is a fault of this program."""
    if isinstance(error, FleetscanError):
        return str(error)
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    # Only what has been imported can have raised: without botocore loaded there is no need to load it now.
    if "botocore.exceptions" in sys.modules:
        return _explained_aws(error)
    return None


def _explained_aws(error: Exception) -> str | None:
    from botocore import exceptions  # noqa: PLC0415 - loaded already, see above

    if not isinstance(error, exceptions.BotoCoreError | exceptions.ClientError):
        return None
    match error:
        case exceptions.NoCredentialsError() | exceptions.PartialCredentialsError():
            words = "no AWS credentials were found; set AWS_PROFILE or --profile, or sign in with `aws sso login`"
        case exceptions.ProfileNotFound():
            words = f"{error}; `aws configure list-profiles` shows those there are"
        case exceptions.NoRegionError():
            words = "no Region is configured; name one with --region"
        case exceptions.EndpointConnectionError() | exceptions.ConnectTimeoutError():
            words = f"AWS cannot be reached: {error} Is the Region right, and is there a network?"
        case exceptions.ClientError() if error.response.get("Error", {}).get("Code") in _STALE_CODES:
            words = f"the AWS credentials are no longer valid; sign in again ({error})"
        case _:
            words = f"AWS: {error}"
    return words
