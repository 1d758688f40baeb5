"""Which clusters a Region has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from fleetscan.aws.eks import EksClusters
from fleetscan.errors import AccessError


def test_clusters_of_all_pages_are_listed_sorted(connect: Callable[..., Any]) -> None:
    """A Region may have more than a page."""
    asked: list[dict[str, Any]] = []

    def answer(_: str, given: dict[str, Any]) -> dict[str, Any]:
        asked.append(given)
        return {"clusters": ["live", "batch"]} if given.get("nextToken") else {"clusters": ["dev"], "nextToken": "2"}

    expected = ("batch", "dev", "live")

    assert expected == EksClusters(connect("eks", answer)).names()
    assert asked == [{"maxResults": 100}, {"maxResults": 100, "nextToken": "2"}]


def test_a_refusal_is_no_empty_region(connect: Callable[..., Any]) -> None:
    """The missing action is named."""

    def answer(_: str, __: dict[str, Any]) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "ListClusters")

    with pytest.raises(AccessError, match="eks:ListClusters"):
        EksClusters(connect("eks", answer)).names()


@mock_aws
def test_a_simulated_eks_answers_alike() -> None:
    """The same call against moto."""
    eks = boto3.client("eks", region_name="eu-west-1")
    for name in ("live", "batch"):
        eks.create_cluster(name=name, roleArn="arn:aws:iam::123456789012:role/eks", resourcesVpcConfig={})
    expected = ("batch", "live")

    assert expected == EksClusters(eks).names()
