"""The one place that makes boto3 clients: retries, timeouts, Region and profile are decided here and nowhere else.

A client is made when it is first asked for (the first costs about 0.2 s of a cold start, each further one 5-20 ms).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

import boto3
from botocore.config import Config

from fleetscan.aws.sts import account

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

MOST_ATTEMPTS = 8
"""Calls made for one request, the first included. SSM publishes no rates and throttles early, so the adaptive mode
(a client-side token bucket on top of exponential backoff) gets more than botocore's usual three."""
CONNECT_TIMEOUT_SECONDS = 3
READ_TIMEOUT_SECONDS = 15
"""The slowest of our calls, a page of 500 instances, answers within seconds; the default of 60 s eats a deadline."""
SHELF_ATTEMPTS = 2
SHELF_TIMEOUT_SECONDS = 5
"""A message waits for the report to be stored, inside the half minute that a scan keeps for publishing: a bucket that
does not answer must be given up in time."""
USER_AGENT = "fleetscan"
"""Shows in CloudTrail's userAgent, so that an operator can tell whose calls these are."""


def config() -> Config:
    """Return what every client is made with."""
    return Config(
        retries={"mode": "adaptive", "total_max_attempts": MOST_ATTEMPTS},
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        user_agent_extra=USER_AGENT,
    )


def accepts(client: BaseClient, operation: str, parameter: str) -> bool:
    """Whether this botocore knows a parameter; the copy in the Lambda runtime may be older than the feature."""
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
    ) -> None:
        self._region = region
        self._profile = profile
        self._endpoint_url = endpoint_url
        self._given = session

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
        """EC2: which instances there are, and their credit specifications."""
        return self.session.client("ec2", config=config(), endpoint_url=self._endpoint_url)

    @cached_property
    def eks(self) -> EKSClient:
        """EKS: which clusters there are."""
        return self.session.client("eks", config=config(), endpoint_url=self._endpoint_url)

    @cached_property
    def ssm(self) -> SSMClient:
        """Systems Manager: runs the collection script."""
        return self.session.client("ssm", config=config(), endpoint_url=self._endpoint_url)

    @cached_property
    def cloudwatch(self) -> CloudWatchClient:
        """CloudWatch: credit balances in, our metrics out."""
        return self.session.client("cloudwatch", config=config(), endpoint_url=self._endpoint_url)

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        """DynamoDB: what earlier scans remember."""
        return self.session.client("dynamodb", config=config(), endpoint_url=self._endpoint_url)

    @cached_property
    def secrets_manager(self) -> SecretsManagerClient:
        """Secrets Manager: what opens a Slack channel."""
        return self.session.client("secretsmanager", config=config(), endpoint_url=self._endpoint_url)

    @cached_property
    def sns(self) -> SNSClient:
        """SNS: messages."""
        return self.session.client("sns", config=config(), endpoint_url=self._endpoint_url)

    @cached_property
    def s3(self) -> S3Client:
        """S3: whole reports, and what the steps of a scan of many targets hand over.

        Links name the bucket at its Region's own endpoint:
        botocore would sign links for the global one, which sends the readers of a new bucket elsewhere and so spoils
        the signature. A simulated AWS has no name for each bucket.
        """
        style: Literal["virtual", "path"] = "path" if self._endpoint_url else "virtual"
        place = Config(
            signature_version="s3v4",
            s3={"addressing_style": style, "us_east_1_regional_endpoint": "regional"},
            retries={"mode": "standard", "total_max_attempts": SHELF_ATTEMPTS},
            read_timeout=SHELF_TIMEOUT_SECONDS,
        )
        return self.session.client("s3", config=config().merge(place), endpoint_url=self._endpoint_url)

    @cached_property
    def sts(self) -> STSClient:
        """STS: whose credentials these are."""
        return self.session.client("sts", config=config(), endpoint_url=self._endpoint_url)
