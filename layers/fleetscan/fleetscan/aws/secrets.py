"""A secret from Secrets Manager or from SSM, read through Powertools' parameters and cached for some minutes."""

from __future__ import annotations

from functools import cache

from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.exceptions import ClientError

from fleetscan.aws.access import refusal
from fleetscan.aws.clients import Clients
from fleetscan.aws.errors import code, is_denied
from fleetscan.errors import SettingError

PERMISSIONS = frozenset({"secretsmanager:GetSecretValue", "ssm:GetParameter"})

KEPT_SECONDS = 300
"""Lifetime of the cache. A message that failed with a stale secret is redelivered later than that."""

_MISSING = frozenset({"ParameterNotFound", "ResourceNotFoundException"})


class Secrets:
    """The secrets of one account. Values never appear in logs or errors."""

    def __init__(self, aws: Clients) -> None:
        self._aws = aws

    def read(self, arn: str) -> str:
        """Return a secret's value by the ARN of a Secrets Manager secret or of an SSM parameter.

        Raises SettingError if there is none, AccessError if reading is denied, and botocore's error if a retry may
        help.
        """
        is_parameter = arn.split(":")[2:3] == ["ssm"]
        action = "ssm:GetParameter" if is_parameter else "secretsmanager:GetSecretValue"
        try:
            value = (
                _parameters(self._aws).get(arn, max_age=KEPT_SECONDS, decrypt=True)
                if is_parameter
                else _secrets(self._aws).get(arn, max_age=KEPT_SECONDS)
            )
        except GetParameterError as error:
            if isinstance(cause := error.__context__, ClientError):
                if is_denied(cause):
                    raise refusal(cause, action, arn) from None
                if code(cause) in _MISSING:
                    raise SettingError(f"There is no secret {arn}") from None
                raise cause from None
            raise
        if not isinstance(value, str):
            raise SettingError(f"The secret {arn} holds bytes instead of text")
        return value


@cache
def _secrets(aws: Clients) -> SecretsProvider:
    """Make it once: the provider holds the cache."""
    return SecretsProvider(boto3_client=aws.secrets_manager)


@cache
def _parameters(aws: Clients) -> SSMProvider:
    return SSMProvider(boto3_client=aws.ssm)
