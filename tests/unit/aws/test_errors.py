"""botocore's errors sorted and made fit to be shown."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from fleetscan.aws import errors


def error(code: str, message: str = "", status: int = 400) -> ClientError:
    """Make the error that botocore raises for a service's refusal."""
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "Operation",
    )


@pytest.mark.parametrize(
    "code",
    [
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        "AuthorizationError",
        "AuthorizationErrorException",
    ],
)
def test_each_service_s_word_for_a_refusal_is_known(code: str) -> None:
    """EC2, SSM, SNS and CloudWatch say it differently."""
    assert errors.is_denied(error(code))


def test_another_client_error_is_no_refusal() -> None:
    """A throttled call is not a missing permission."""
    assert not errors.is_denied(error("ThrottlingException"))


@pytest.mark.parametrize("code", ["ThrottlingException", "Throttling", "RequestLimitExceeded", "InternalServerError"])
def test_what_botocore_retries_passes_by_itself(code: str) -> None:
    """Beyond the retries it is one batch's bad luck."""
    assert errors.is_passing(error(code))


def test_a_server_s_error_of_any_name_passes() -> None:
    """Status 500 and above is never the request's fault."""
    assert errors.is_passing(error("Whatever", status=503))


def test_the_network_s_errors_pass() -> None:
    """No answer is not a refusal."""
    assert errors.is_passing(ReadTimeoutError(endpoint_url="https://ssm.invalid"))
    assert errors.is_passing(EndpointConnectionError(endpoint_url="https://ssm.invalid"))


def test_a_wrong_request_does_not_pass() -> None:
    """Asking again for a document that does not exist is of no use."""
    assert not errors.is_passing(error("InvalidDocument"))


def test_the_words_of_an_error_are_bounded_and_printable() -> None:
    """EC2 appends kilobytes of encoded policy to a refusal; anything may hold control characters."""
    expected = "UnauthorizedOperation: a?b" + "x" * 297

    assert expected == errors.sentence(error("UnauthorizedOperation", "a\x1bb" + "x" * 5_000))


def test_an_error_without_words_is_its_code() -> None:
    """SSM sends InvalidInstanceId without any message at times."""
    expected = "InvalidInstanceId"

    assert expected == errors.sentence(error("InvalidInstanceId"))


def test_an_error_that_never_reached_aws_is_its_class_and_words() -> None:
    """The network's errors have no code."""
    expected = "ReadTimeoutError"

    assert expected == errors.code(ReadTimeoutError(endpoint_url="https://ssm.invalid"))
    assert "https://ssm.invalid" in errors.sentence(ReadTimeoutError(endpoint_url="https://ssm.invalid"))
