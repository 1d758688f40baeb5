"""Explains botocore's errors on the command line: what is missing, and which option or command provides it."""

from __future__ import annotations

from botocore import exceptions

_STALE_CODES = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId", "UnrecognizedClientException"}
)
"""Error codes of expired or revoked credentials (common errors of each service's API reference)."""


def explained(error: Exception) -> str | None:
    """Return a sentence for an error of AWS or of the connection to it; None for any other error."""
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
