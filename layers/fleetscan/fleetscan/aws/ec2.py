"""Finds the EC2 instances that are EKS workers, and their clusters.

An instance is a worker when it runs and has one of these tags (the first one present names the cluster):

1. ``aws:eks:cluster-name``       set by AWS on every instance that joins a cluster; nobody else can write ``aws:``
2. ``eks:cluster-name``           managed node groups
3. ``eks:eks-cluster-name``       Karpenter v1 and Auto Mode alike: it does not mean Auto Mode
4. ``kubernetes.io/cluster/NAME`` self-managed nodes (required there); ``owned`` goes before ``shared``, then by name

The node group is ``eks:nodegroup-name``, ``karpenter.sh/nodepool`` or ``eks:kubernetes-node-pool-name``.
Auto Mode is recognised by the instance's operator, which EC2 itself reports.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import batched
from typing import TYPE_CHECKING

from fleetscan.aws.access import asking
from fleetscan.aws.clients import accepts
from fleetscan.aws.eks import EksClusters
from fleetscan.aws.names import name
from fleetscan.model import Node
from fleetscan.model.target import Target

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import (
        DescribeInstancesRequestPaginateTypeDef,
        InstanceTypeDef,
        OperatorResponseTypeDef,
    )
    from mypy_boto3_eks import EKSClient

PERMISSIONS = frozenset({"ec2:DescribeInstances", "eks:ListClusters"})

PAGE_SIZE = 500
"""DescribeInstances ``MaxResults`` may be 5 to 1,000; half of it keeps a page near 2 MB. Unpaginated calls have a
smaller throttling bucket and time out (EC2 API reference)."""
MOST_FILTER_VALUES = 200
"""Values of one EC2 filter (EC2 user guide, "List and filter": up to 200 values for each filter)."""

MOST_VOLUMES = 40
"""Volumes of a node that are remembered; most Nitro instances take 28, with their network interfaces (EC2 user guide).
"""

CLUSTER_NAME_TAGS = ("aws:eks:cluster-name", "eks:cluster-name", "eks:eks-cluster-name")
"""Tags whose value is the cluster's name, in order of trust."""
CLUSTER_TAG_PREFIX = "kubernetes.io/cluster/"
"""Tag whose key ends in the cluster's name; the value is ``owned`` or ``shared``."""
NODE_GROUP_TAGS = ("eks:nodegroup-name", "karpenter.sh/nodepool", "eks:kubernetes-node-pool-name")
"""Managed node group, Karpenter node pool, Auto Mode node pool."""


class Ec2Inventory:
    """The running workers of the Region's EKS clusters, of those in ``clusters``, or of the shard of a ``target``.

    EC2 filters cannot select a shard, so the whole Region is listed and the nodes of other shards are dropped page by
    page.
    """

    def __init__(
        self, ec2: EC2Client, eks: EKSClient, clusters: Sequence[str] = (), *, target: Target | None = None
    ) -> None:
        self._ec2 = ec2
        self._eks = EksClusters(eks)
        self._clusters = frozenset(clusters)
        self._target = target
        self._elsewhere: set[str] = set()

    def workers(self) -> tuple[Node, ...]:
        """Return each running worker once, by cluster and instance id. Raises AccessError when EC2 denies the call."""
        query = workers_request(hidden_too=accepts(self._ec2, "DescribeInstances", "IncludeManagedResources"))
        nodes: dict[str, Node] = {}
        for instance in self._instances(query):
            found = node(instance)
            if found.cluster and (not self._clusters or found.cluster in self._clusters):
                if self._target is not None and not self._target.holds(found.instance_id):
                    self._elsewhere.add(found.cluster)
                    continue
                # Pages are not a snapshot: an instance that moves between them can be seen twice.
                nodes.setdefault(found.instance_id, found)
        return tuple(sorted(nodes.values(), key=lambda worker: (worker.cluster, worker.instance_id)))

    def empty_clusters(self, workers: Iterable[Node]) -> tuple[str, ...]:
        """Return, sorted, the selected clusters (by default all of the Region) that have none of these workers.

        A misspelt cluster is among them, so it never looks healthy.
        """
        if self._target is not None and self._target.shard:
            return ()  # Reported by the first shard, which has seen the clusters of all shards.
        expected = self._clusters or frozenset(self._eks.names())
        return tuple(sorted(expected - {worker.cluster for worker in workers} - self._elsewhere))

    def running(self, instance_ids: Sequence[str]) -> Collection[str]:
        """Return the ids whose instances are running; ids unknown to EC2 are left out."""
        hidden_too = accepts(self._ec2, "DescribeInstances", "IncludeManagedResources")
        return frozenset(
            instance.get("InstanceId", "")
            for some in batched(instance_ids, MOST_FILTER_VALUES, strict=False)
            for instance in self._instances(running_request(some, hidden_too=hidden_too))
        )

    def _instances(self, query: DescribeInstancesRequestPaginateTypeDef) -> Iterable[InstanceTypeDef]:
        with asking("ec2:DescribeInstances"):
            for page in self._ec2.get_paginator("describe_instances").paginate(**query):
                for reservation in page.get("Reservations", []):
                    yield from reservation.get("Instances", [])


def workers_request(*, hidden_too: bool) -> DescribeInstancesRequestPaginateTypeDef:
    """Return the request for running instances with a cluster tag: EC2 ANDs filters and ORs the values of one.

    ``hidden_too`` includes instances managed by EKS that the account hides; older versions of botocore cannot.
    """
    query: DescribeInstancesRequestPaginateTypeDef = {
        "Filters": [
            {"Name": "instance-state-name", "Values": ["running"]},
            {"Name": "tag-key", "Values": [*CLUSTER_NAME_TAGS, f"{CLUSTER_TAG_PREFIX}*"]},
        ],
        "PaginationConfig": {"PageSize": PAGE_SIZE},
    }
    if hidden_too:
        query["IncludeManagedResources"] = True
    return query


def running_request(instance_ids: Sequence[str], *, hidden_too: bool) -> DescribeInstancesRequestPaginateTypeDef:
    """Return the request for which ids run. A filter, unlike InstanceIds, does not fail for an id that is gone."""
    query: DescribeInstancesRequestPaginateTypeDef = {
        "Filters": [
            {"Name": "instance-state-name", "Values": ["running"]},
            {"Name": "instance-id", "Values": list(instance_ids)},
        ],
        "PaginationConfig": {"PageSize": PAGE_SIZE},
    }
    if hidden_too:
        query["IncludeManagedResources"] = True
    return query


def node(instance: InstanceTypeDef) -> Node:
    """Return an instance as a node; ``cluster`` is empty when no tag names one. Tags are cut and sanitized."""
    tags = {tag.get("Key", ""): tag.get("Value", "") for tag in instance.get("Tags", [])}
    return Node(
        instance_id=name(instance.get("InstanceId", "")),
        cluster=cluster_of(tags),
        node_group=next((name(tags[key]) for key in NODE_GROUP_TAGS if tags.get(key)), ""),
        instance_type=name(instance.get("InstanceType", "")),
        zone=name(instance.get("Placement", {}).get("AvailabilityZone", "")),
        private_dns_name=name(instance.get("PrivateDnsName", "")),
        architecture=name(instance.get("Architecture", "")),
        launched_at=instance.get("LaunchTime"),
        is_windows=instance.get("Platform", "").lower() == "windows",
        is_auto_mode=is_auto_mode(instance.get("Operator", {})),
        volumes=volumes(instance),
    )


def volumes(instance: InstanceTypeDef) -> tuple[str, ...]:
    """Return the EBS volumes of an instance, the root volume first, then by the names of their devices."""
    root = instance.get("RootDeviceName", "")
    attached = sorted(
        (one.get("DeviceName", "") != root, one.get("DeviceName", ""), name(one.get("Ebs", {}).get("VolumeId", "")))
        for one in instance.get("BlockDeviceMappings", [])
    )
    return tuple(volume_id for _, _, volume_id in attached if volume_id)[:MOST_VOLUMES]


def cluster_of(tags: Mapping[str, str]) -> str:
    """Return the cluster that the tags name, by the precedence above; empty when they name none."""
    for key in CLUSTER_NAME_TAGS:
        if tags.get(key):
            return name(tags[key])
    claims = [
        (value != "owned", name(key.removeprefix(CLUSTER_TAG_PREFIX)))
        for key, value in tags.items()
        if key.startswith(CLUSTER_TAG_PREFIX) and key != CLUSTER_TAG_PREFIX
    ]
    return min(claims)[1] if claims else ""


def is_auto_mode(operator: OperatorResponseTypeDef) -> bool:
    """Whether EKS itself operates the instance: ``Managed`` by the principal ``eks.amazonaws.com``.

    It is called for workers only, so a managed instance without a principal is managed by EKS.
    """
    principal = operator.get("Principal", "")
    return operator.get("Managed", False) and (not principal or principal.partition(".")[0] == "eks")
