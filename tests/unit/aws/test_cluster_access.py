"""Where a cluster's API is, and the token that opens it."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from fleetscan.aws.clients import Clients
from fleetscan.aws.cluster_access import EksClusterAccess, described, endpoint
from fleetscan.errors import AccessError, ClusterError
from fleetscan.ports import ClusterEndpoint
from simulator.kubernetes.authenticator import TokenError, check

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def cluster(**parts: Any) -> Any:  # noqa: ANN401 - as botocore gives it
    """Return a cluster as EKS describes it, with parts of it replaced."""
    return {
        "name": "live",
        "status": "ACTIVE",
        "endpoint": "https://ABC.gr7.ap-south-1.eks.amazonaws.com",
        "certificateAuthority": {"data": base64.b64encode(PEM.encode()).decode()},
        "resourcesVpcConfig": {"endpointPublicAccess": False, "endpointPrivateAccess": True},
        "accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"},
    } | parts


@pytest.mark.parametrize("state", ["ACTIVE", "UPDATING"])
def test_a_cluster_that_serves_has_an_endpoint(state: str) -> None:
    """Also while it is updated."""
    expected = ClusterEndpoint(
        url="https://ABC.gr7.ap-south-1.eks.amazonaws.com",
        authority_pem=PEM,
        is_private=True,
        authentication_mode="API_AND_CONFIG_MAP",
    )

    assert expected == endpoint(cluster(status=state))


def test_an_older_answer_without_access_is_public_and_of_no_known_mode() -> None:
    """What EKS does not say is not invented."""
    found = endpoint(cluster(resourcesVpcConfig={}, accessConfig={}))

    assert (found.is_private, found.authentication_mode) == (False, "")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"status": "CREATING"}, "The cluster's status in EKS is CREATING: its API is not queried."),
        ({"status": ""}, "The cluster's status in EKS is missing: its API is not queried."),
        ({"endpoint": ""}, "EKS returned no endpoint for the cluster's API: it is not queried."),
        ({"endpoint": "http://plain.invalid"}, "EKS returned no endpoint for the cluster's API: it is not queried."),
        (
            {"certificateAuthority": {}},
            "EKS returned no certificate authority for the cluster's API: it is not queried.",
        ),
        (
            {"certificateAuthority": {"data": "!!"}},
            "EKS returned no certificate authority for the cluster's API: it is not queried.",
        ),
    ],
)
def test_a_cluster_that_serves_nothing_says_why(parts: dict[str, Any], expected: str) -> None:
    """A token is never sent over an open connection, nor to a server that nobody signed for."""
    with pytest.raises(ClusterError) as caught:
        endpoint(cluster(**parts))

    assert expected == str(caught.value)


def test_a_refusal_names_the_action_and_the_cluster(connect: Callable[..., Any]) -> None:
    """Somebody has to add it to the role."""

    def answer(_: str, __: dict[str, Any]) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "DescribeCluster")

    with pytest.raises(AccessError, match="eks:DescribeCluster on cluster live"):
        described(connect("eks", answer), "live")


class TestToken:
    """A presigned sts:GetCallerIdentity, and nothing that was called."""

    def token(self, name: str = "live") -> str:
        """Return a token of the testing credentials."""
        return EksClusterAccess(Clients(region="ap-south-1")).token(name)

    def test_it_is_a_signed_url_of_a_minute(self) -> None:
        """With the cluster's name among what is signed, without padding."""
        token = self.token()
        body = token.removeprefix("k8s-aws-v1.")
        url = urlsplit(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode())
        query = {name: values[0] for name, values in parse_qs(url.query).items()}

        assert token.startswith("k8s-aws-v1.")
        assert not token.endswith("=")
        assert (url.scheme, url.netloc, url.path) == ("https", "sts.ap-south-1.amazonaws.com", "/")
        assert query["Action"] == "GetCallerIdentity"
        assert query["X-Amz-Expires"] == "60"
        assert query["X-Amz-SignedHeaders"] == "host;x-k8s-aws-id"
        assert query["X-Amz-Credential"].startswith("testing/")

    def test_it_opens_its_cluster(self) -> None:
        """Checked by signing it again."""
        check(self.token(), cluster="live", secret="testing", now=time.time())  # noqa: S106 - it opens nothing

    @pytest.mark.parametrize(
        ("name", "secret", "later", "expected"),
        [
            ("other", "testing", 0, "not signed for this cluster"),
            ("live", "another", 0, "not signed for this cluster"),
            ("live", "testing", 1_000, "expired"),
        ],
    )
    def test_it_opens_nothing_else(self, name: str, secret: str, later: float, expected: str) -> None:
        """Not another cluster, not by another key, not for ever."""
        token = self.token()

        with pytest.raises(TokenError, match=expected):
            check(token, cluster=name, secret=secret, now=time.time() + later)

    def test_each_is_new(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Made of the credentials that hold now, which in Lambda change every few hours."""
        access = EksClusterAccess(Clients(region="ap-south-1"))
        before = access.token("live")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "changed")

        assert before.startswith("k8s-aws-v1.")
        assert EksClusterAccess(Clients(region="ap-south-1")).token("live") != before


@mock_aws
def test_a_local_cluster_is_known_by_its_id() -> None:
    """On an Outpost the authenticator wants the id; elsewhere there is none and the name is signed."""
    eks = boto3.client("eks", region_name="ap-south-1")
    eks.create_cluster(name="live", roleArn="arn:aws:iam::123456789012:role/eks", resourcesVpcConfig={})
    clients = Clients(region="ap-south-1")
    access = EksClusterAccess(clients)
    clients.eks.meta.events.register(
        "after-call.eks.DescribeCluster", lambda parsed, **_: parsed["cluster"].update(cluster(id="id-1"))
    )
    access.endpoint("live")
    token = access.token("live")
    credentials = clients.session.get_credentials()
    assert credentials is not None

    check(token, cluster="id-1", secret=str(credentials.secret_key), now=time.time())
