"""A secret, from either service, against a simulated AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from fleetscan.aws.clients import Clients
from fleetscan.aws.secrets import Secrets
from fleetscan.errors import AccessError, SettingError

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:slack-AbCdEf"  # noqa: S105 - a name
PARAMETER = "arn:aws:ssm:eu-west-1:123456789012:parameter/fleetscan/slack"


@pytest.fixture
def aws() -> Iterator[Clients]:
    """Provide an account."""
    with mock_aws():
        yield Clients(region="eu-west-1")


def test_a_secret_is_read_by_its_arn(aws: Clients) -> None:
    """From Secrets Manager, and read once in five minutes."""
    created = aws.secrets_manager.create_secret(Name="slack", SecretString="xoxb-1")
    secrets = Secrets(aws)

    assert secrets.read(created["ARN"]) == "xoxb-1"
    aws.secrets_manager.put_secret_value(SecretId="slack", SecretString="xoxb-2")
    assert secrets.read(created["ARN"]) == "xoxb-1"


def test_a_secure_string_is_read_by_its_arn(aws: Clients) -> None:
    """From SSM, decrypted."""
    aws.ssm.put_parameter(Name="/fleetscan/slack", Value="xoxb-1", Type="SecureString")

    assert Secrets(aws).read(PARAMETER) == "xoxb-1"


@pytest.mark.parametrize("arn", [SECRET, PARAMETER])
def test_a_secret_that_is_not_there_is_a_setting_s_error(aws: Clients, arn: str) -> None:
    """It names the secret."""
    with pytest.raises(SettingError, match=f"There is no secret {arn}"):
        Secrets(aws).read(arn)


def test_bytes_are_no_secret_of_ours(aws: Clients) -> None:
    """Slack's are text."""
    created = aws.secrets_manager.create_secret(Name="slack", SecretBinary=b"xoxb-1")

    with pytest.raises(SettingError, match="holds bytes"):
        Secrets(aws).read(created["ARN"])


class Refusing(Clients):
    """Clients whose calls fail with one error code."""

    def __init__(self, connect: Callable[..., Any], code: str) -> None:
        super().__init__(region="eu-west-1")

        def answer(operation: str, _: dict[str, Any]) -> dict[str, Any]:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)

        self.__dict__["secrets_manager"] = connect("secretsmanager", answer)
        self.__dict__["ssm"] = connect("ssm", answer)


@pytest.mark.parametrize(
    ("arn", "action"), [(SECRET, "secretsmanager:GetSecretValue"), (PARAMETER, "ssm:GetParameter")]
)
def test_a_refusal_names_the_action_and_the_secret(connect: Callable[..., Any], arn: str, action: str) -> None:
    """So that a policy can be mended."""
    with pytest.raises(AccessError, match=f"{action} on {arn}"):
        Secrets(Refusing(connect, "AccessDeniedException")).read(arn)


@pytest.mark.parametrize("arn", [SECRET, PARAMETER])
def test_what_may_pass_is_raised_as_it_is(connect: Callable[..., Any], arn: str) -> None:
    """The queue brings the message back."""
    with pytest.raises(ClientError, match="InternalServerError"):
        Secrets(Refusing(connect, "InternalServerError")).read(arn)
