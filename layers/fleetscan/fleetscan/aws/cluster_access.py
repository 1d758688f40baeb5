"""Endpoint and certificate authority of a cluster's API, from EKS, and bearer tokens made of a presigned STS call.

A token is ``k8s-aws-v1.`` and the URL of ``sts:GetCallerIdentity``, signed for the cluster and a minute, in URL-safe
base64 without padding. The cluster's authenticator makes that call and so learns which role signed it; the credentials
themselves are never sent. GetCallerIdentity needs no IAM action.
https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from botocore.signers import RequestSigner

from fleetscan.aws.access import asking
from fleetscan.aws.names import name, printable
from fleetscan.errors import ClusterError
from fleetscan.ports import ClusterEndpoint

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_eks.type_defs import ClusterTypeDef

    from fleetscan.aws.clients import Clients

PERMISSIONS = frozenset({"eks:DescribeCluster"})

TOKEN_PREFIX = "k8s-aws-v1."  # noqa: S105 - what every token begins with
CLUSTER_HEADER = "x-k8s-aws-id"
"""Signed with the URL, so that a token is valid for one cluster only."""
TOKEN_SECONDS = 60
"""Lifetime of the signed URL; a cluster's authenticator calls it at once."""

SERVING = frozenset({"ACTIVE", "UPDATING"})
"""States of a cluster in which its API responds (``ClusterStatus`` of the EKS API)."""

_STATE_CHARACTERS: Final = 40


class EksClusterAccess:
    """Endpoints from DescribeCluster, tokens from the credentials of this session."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._ids: dict[str, str] = {}

    def endpoint(self, cluster: str) -> ClusterEndpoint:
        """Return the endpoint of the cluster's API.

        Raises AccessError that names the action, ClusterError for a cluster whose API is not available, and botocore's
        own errors for everything else.
        """
        found = described(self._clients.eks, cluster)
        # A local cluster on an Outpost is known to its authenticator by an id, every other one by its name.
        self._ids[cluster] = found.get("id") or cluster
        return endpoint(found)

    def token(self, cluster: str) -> str:
        """Return a new token for one cluster; it is signed locally, without a call."""
        sts = self._clients.sts
        credentials = self._clients.session.get_credentials()
        if credentials is None:
            raise ClusterError("There are no AWS credentials to sign a token for the cluster with.")
        signer = RequestSigner(
            sts.meta.service_model.service_id,
            sts.meta.region_name,
            "sts",
            "v4",
            credentials,
            sts.meta.events,
        )
        url = signer.generate_presigned_url(
            {
                "method": "GET",
                "url": f"{sts.meta.endpoint_url}/?Action=GetCallerIdentity&Version=2011-06-15",
                "body": {},
                "headers": {CLUSTER_HEADER: self._ids.get(cluster, cluster)},
                "context": {},
            },
            operation_name="",
            expires_in=TOKEN_SECONDS,
            region_name=sts.meta.region_name,
        )
        return TOKEN_PREFIX + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def described(eks: EKSClient, cluster: str) -> ClusterTypeDef:
    """Return EKS's description of a cluster (one call)."""
    with asking("eks:DescribeCluster", f"cluster {name(cluster)}"):
        return eks.describe_cluster(name=cluster)["cluster"]


def endpoint(cluster: ClusterTypeDef) -> ClusterEndpoint:
    """Return a cluster's endpoint as EKS describes it; ClusterError says why there is none."""
    state = printable(cluster.get("status", ""), _STATE_CHARACTERS)
    if state not in SERVING:
        raise ClusterError(f"The cluster's status in EKS is {state or 'missing'}: its API is not queried.")
    url = cluster.get("endpoint", "")
    if not url.startswith("https://"):
        raise ClusterError("EKS returned no endpoint for the cluster's API: it is not queried.")
    try:
        authority = base64.b64decode(cluster.get("certificateAuthority", {}).get("data", ""), validate=True).decode()
    except (binascii.Error, ValueError):
        authority = ""
    if not authority.strip():
        raise ClusterError("EKS returned no certificate authority for the cluster's API: it is not queried.")
    return ClusterEndpoint(
        url=url,
        authority_pem=authority,
        is_private=not cluster.get("resourcesVpcConfig", {}).get("endpointPublicAccess", True),
        authentication_mode=cluster.get("accessConfig", {}).get("authenticationMode", ""),
    )
