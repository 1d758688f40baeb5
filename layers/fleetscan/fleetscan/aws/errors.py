"""Classifies botocore's errors (denied, transient) and makes their messages printable."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from fleetscan.aws.names import printable

DENIED_CODES = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "KMSAccessDenied",
        "KMSAccessDeniedException",
        "NotAuthorized",
        "UnauthorizedOperation",
    }
)
"""Error codes of a call that IAM denied: EC2 UnauthorizedOperation, SNS AuthorizationError, the JSON services
AccessDeniedException, STS and others AccessDenied (common errors of each service's API reference)."""

THROTTLED_CODES = frozenset(
    {
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttling",
        "ThrottledException",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
"""Error codes of throttling; botocore itself retries them (modes "standard" and "adaptive")."""

PASSING_CODES = THROTTLED_CODES | {
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalServiceFault",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "Unavailable",
}
"""Transient errors: throttling, and internal errors of the services."""

_FIRST_SERVER_ERROR = 500
_SHOWN_CHARACTERS = 300


def code(error: Exception) -> str:
    """Return the service's error code, or the class name of an error that never reached a service."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code") or "Unknown")
    return type(error).__name__


def is_denied(error: Exception) -> bool:
    """Whether IAM, a resource policy or a key policy denied the call."""
    return isinstance(error, ClientError) and code(error) in DENIED_CODES


def is_passing(error: Exception) -> bool:
    """Whether the same call may succeed a minute later: throttling, a server error or a network error."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return code(error) in PASSING_CODES or status >= _FIRST_SERVER_ERROR
    return isinstance(error, (HTTPClientError, NoConnectionError))


def words(error: Exception) -> str:
    """Return the service's message as it is: for searching, not for display."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Message") or "")
    return str(error)


def message(error: Exception) -> str:
    """Return the service's message, printable and at most 300 characters; EC2 appends kilobytes to a denial."""
    return printable(words(error), _SHOWN_CHARACTERS).strip()


def sentence(error: Exception) -> str:
    """Return code and message of an error, as "ThrottlingException: Rate exceeded"."""
    said = message(error)
    return f"{code(error)}: {said}" if said else code(error)


type AwsError = ClientError | BotoCoreError
"""What a boto3 call can raise."""

AWS_ERRORS = (ClientError, BotoCoreError)
"""The same as a tuple, for ``except``."""
