"""The only module that makes boto3 clients: retries, timeouts, Region and profile are set here.

A client is made when it is first asked for (the first costs about 0.2 s of a cold start, each further one 5-20 ms).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Literal, Self

import boto3
from botocore.config import Config

from fleetscan.aws.retry import CircuitBreaker
from fleetscan.aws.sts import account
from fleetscan.ports import Clock

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient

MOST_ATTEMPTS = 10
"""Calls made for one request, the first included. SSM publishes no rates and throttles early, so the adaptive mode
(a client-side token bucket on top of exponential backoff) gets more than botocore's usual three: where half of all
calls are refused, one in a thousand is lost. ``Patience`` ends them where time is short."""
CONNECT_TIMEOUT_SECONDS = 3
READ_TIMEOUT_SECONDS = 15
"""The slowest call, a page of 500 instances, responds within seconds; the default of 60 s would use up a deadline."""
SHORT_CONNECT_TIMEOUT_SECONDS = 2
SHORT_READ_TIMEOUT_SECONDS = 5
"""The same for services called after collection, and for the Slack secret: they respond within a fraction of a second,
and the notification waits for them."""
MARGIN_SHARES: Mapping[str, float] = {
    "secrets_manager": 0.0,
    "sts": 0.0,
    "ec2": 0.0,
    "ssm": 0.0,
    "eks": 0.3,
    "dynamodb": 0.6,
    "cloudwatch": 0.75,
    "s3": 0.8,
    "sns": 0.9,
}
"""Share of the safety margin (the time reserved for publishing) after which no call to a service is begun. The order is
that of use, so that no service takes the time of those after it; the time after SNS is for clearing pending
notifications. Every client has an entry: STS is called before anything is listed, Secrets Manager (by the Slack
function alone) before anything is posted."""
USER_AGENT = "fleetscan"
"""Shows in CloudTrail's userAgent, so that an operator can recognise these calls."""


def config(*, is_brief: bool = False) -> Config:
    """Return a client's configuration; ``is_brief`` for services that a notification waits for (short timeouts)."""
    return Config(
        retries={"mode": "adaptive", "total_max_attempts": MOST_ATTEMPTS},
        connect_timeout=SHORT_CONNECT_TIMEOUT_SECONDS if is_brief else CONNECT_TIMEOUT_SECONDS,
        read_timeout=SHORT_READ_TIMEOUT_SECONDS if is_brief else READ_TIMEOUT_SECONDS,
        user_agent_extra=USER_AGENT,
    )


def accepts(client: BaseClient, operation: str, parameter: str) -> bool:
    """Whether this botocore supports a parameter; the copy in the Lambda runtime may be older than the feature."""
    shape = client.meta.service_model.operation_model(operation).input_shape
    return shape is not None and parameter in shape.members


class Clients:
    """The clients of one account and Region, each made once and only when needed.

    Without a Region or profile boto3's own chain decides (environment, shared configuration, the Lambda runtime).
    ``endpoint_url`` sends every call elsewhere, as to a simulated AWS. ``session`` has a Region of its own.
    """

    def __init__(
        self,
        *,
        region: str | None = None,
        profile: str | None = None,
        endpoint_url: str | None = None,
        session: boto3.session.Session | None = None,
        clock: Clock = time.time,
    ) -> None:
        self._region = region
        self._profile = profile
        self._endpoint_url = endpoint_url
        self._given = session
        self._breakers = {service: CircuitBreaker(clock) for service in MARGIN_SHARES}

    def begin(self, deadline: float, margin_seconds: float) -> Self:
        """Set the deadlines of a scan: it collects until ``deadline`` and has ``margin_seconds`` more to publish.

        Without deadlines every call may take as long as its retries.
        """
        for service, share in MARGIN_SHARES.items():
            self._breakers[service].begin(deadline + share * margin_seconds)
        return self

    @cached_property
    def session(self) -> boto3.session.Session:
        """The session that all clients share; raises botocore's ProfileNotFound for an unknown profile."""
        return self._given or boto3.session.Session(region_name=self._region, profile_name=self._profile)

    @property
    def region(self) -> str:
        """The Region in effect; empty when none is configured anywhere."""
        return self.session.region_name or ""

    def account(self) -> str:
        """Return the id of the account that the credentials belong to (one call)."""
        return account(self.sts)

    @cached_property
    def ec2(self) -> EC2Client:
        """EC2: instances and their credit specifications."""
        return self._guarded("ec2", self.session.client("ec2", config=config(), endpoint_url=self._endpoint_url))

    @cached_property
    def eks(self) -> EKSClient:
        """EKS: clusters."""
        return self._guarded(
            "eks", self.session.client("eks", config=config(is_brief=True), endpoint_url=self._endpoint_url)
        )

    @cached_property
    def ssm(self) -> SSMClient:
        """Systems Manager: runs the collection script."""
        return self._guarded("ssm", self.session.client("ssm", config=config(), endpoint_url=self._endpoint_url))

    @cached_property
    def cloudwatch(self) -> CloudWatchClient:
        """CloudWatch: credit balances in, our metrics out."""
        return self._guarded(
            "cloudwatch",
            self.session.client("cloudwatch", config=config(is_brief=True), endpoint_url=self._endpoint_url),
        )

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        """DynamoDB: state of earlier scans."""
        return self._guarded(
            "dynamodb", self.session.client("dynamodb", config=config(is_brief=True), endpoint_url=self._endpoint_url)
        )

    @cached_property
    def secrets_manager(self) -> SecretsManagerClient:
        """Secrets Manager: the Slack credentials."""
        return self._guarded(
            "secrets_manager",
            self.session.client("secretsmanager", config=config(is_brief=True), endpoint_url=self._endpoint_url),
        )

    @cached_property
    def sns(self) -> SNSClient:
        """SNS: notifications."""
        return self._guarded(
            "sns", self.session.client("sns", config=config(is_brief=True), endpoint_url=self._endpoint_url)
        )

    @cached_property
    def s3(self) -> S3Client:
        """S3: whole reports, and files shared by the steps of a fan-out scan.

        Presigned links use the Region's own endpoint: botocore would sign for the global one, which redirects requests
        for a new bucket and so invalidates the signature. A simulated AWS has no host name per bucket.
        """
        style: Literal["virtual", "path"] = "path" if self._endpoint_url else "virtual"
        place = Config(
            signature_version="s3v4",
            s3={"addressing_style": style, "us_east_1_regional_endpoint": "regional"},
        )
        return self._guarded(
            "s3", self.session.client("s3", config=config(is_brief=True).merge(place), endpoint_url=self._endpoint_url)
        )

    @cached_property
    def sts(self) -> STSClient:
        """STS: the caller's account, and roles in other accounts."""
        return self._guarded("sts", self.session.client("sts", config=config(), endpoint_url=self._endpoint_url))

    def _guarded[C: BaseClient](self, service: str, client: C) -> C:
        self._breakers[service].guard(client)
        return client
