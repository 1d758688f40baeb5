"""botocore's errors in words for whoever sits at a terminal: what is missing, and which option or command gives it."""

from __future__ import annotations

from botocore import exceptions

_STALE_CODES = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId", "UnrecognizedClientException"}
)
"""How services say that credentials ran out or were withdrawn (common errors of each service's API reference)."""


def explained(error: Exception) -> str | None:
    """Return an error of AWS or of the way there in words; None for any other."""
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
