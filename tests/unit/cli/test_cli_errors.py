"""Errors in words for an operator."""

from __future__ import annotations

import pytest
from botocore import exceptions

from fleetscan.cli.errors import explained
from fleetscan.errors import AccessError


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            AccessError("AWS refused ssm:SendCommand on document X (AccessDeniedException)"),
            "AWS refused ssm:SendCommand on document X (AccessDeniedException)",
        ),
        (
            exceptions.NoCredentialsError(),
            "no AWS credentials were found; set AWS_PROFILE or --profile, or sign in with `aws sso login`",
        ),
        (
            exceptions.ProfileNotFound(profile="prod"),
            "The config profile (prod) could not be found; `aws configure list-profiles` shows those there are",
        ),
        (exceptions.NoRegionError(), "no Region is configured; name one with --region"),
        (
            exceptions.EndpointConnectionError(endpoint_url="https://ec2.nowhere.amazonaws.com/"),
            (
                'AWS cannot be reached: Could not connect to the endpoint URL: "https://ec2.nowhere.amazonaws.com/" '
                "Is the Region right, and is there a network?"
            ),
        ),
        (
            exceptions.ClientError({"Error": {"Code": "ExpiredToken", "Message": "late"}}, "DescribeInstances"),
            (
                "the AWS credentials are no longer valid; sign in again (An error occurred (ExpiredToken) when calling "
                "the DescribeInstances operation: late)"
            ),
        ),
        (
            exceptions.ClientError({"Error": {"Code": "InvalidDocument", "Message": "no"}}, "SendCommand"),
            "AWS: An error occurred (InvalidDocument) when calling the SendCommand operation: no",
        ),
        (FileNotFoundError(2, "No such file or directory", "x.html"), "x.html: No such file or directory"),
        (ZeroDivisionError("division by zero"), None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "words",
)
def test_an_error_names_what_is_missing(error: Exception, expected: str | None) -> None:
    """What an operator can act on is one sentence; a fault of the program is none."""
    assert expected == explained(error)
