"""Which instances are workers, and of what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from fleetscan.aws.ec2 import Ec2Inventory, cluster_of, is_auto_mode, node, running_request, workers_request
from fleetscan.errors import AccessError
from fleetscan.model import Node
from fleetscan.model.target import Target

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import InstanceTypeDef, OperatorResponseTypeDef

LAUNCHED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
AMI = "ami-12c6146b"


def tags(**given: str) -> list[dict[str, str]]:
    """Return tags in EC2's form."""
    return [{"Key": key, "Value": value} for key, value in given.items()]


def instance(instance_id: str, **cluster_tags: str) -> dict[str, Any]:
    """Return an instance as DescribeInstances shows it."""
    return {
        "InstanceId": instance_id,
        "InstanceType": "t3a.medium",
        "Placement": {"AvailabilityZone": "eu-west-1a"},
        "PrivateDnsName": "ip-10-0-1-7.eu-west-1.compute.internal",
        "Architecture": "x86_64",
        "LaunchTime": LAUNCHED,
        "Tags": tags(**(cluster_tags or {"aws:eks:cluster-name": "live"})),
    }


def page(*instances: dict[str, Any], following: str = "") -> dict[str, Any]:
    """Return a page of DescribeInstances, one reservation for each instance."""
    found: dict[str, Any] = {"Reservations": [{"Instances": [each]} for each in instances]}
    return found | ({"NextToken": following} if following else {})


def nothing(_: str, __: dict[str, Any]) -> dict[str, Any]:
    """Answer for a service that must not be asked."""
    raise AssertionError("this service was not to be asked")


class TestWorkers:
    """Ec2Inventory.workers."""

    def test_an_instance_becomes_a_node_with_all_that_ec2_reports(self, connect: Callable[..., Any]) -> None:
        """Every field of the node comes from one call."""
        found = instance("i-01", **{"aws:eks:cluster-name": "live", "eks:nodegroup-name": "small"})
        found["RootDeviceName"] = "/dev/xvda"
        found["BlockDeviceMappings"] = [
            {"DeviceName": "/dev/xvdc", "Ebs": {"VolumeId": "vol-0c"}},
            {"DeviceName": "/dev/xvdb"},
            {"DeviceName": "/dev/sdf", "Ebs": {"VolumeId": "vol-0f"}},
            {"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": "vol-0a"}},
        ]
        inventory = Ec2Inventory(connect("ec2", lambda *_: page(found)), connect("eks", nothing))
        expected = (
            Node(
                instance_id="i-01",
                cluster="live",
                node_group="small",
                instance_type="t3a.medium",
                zone="eu-west-1a",
                private_dns_name="ip-10-0-1-7.eu-west-1.compute.internal",
                architecture="x86_64",
                launched_at=LAUNCHED,
                volumes=("vol-0a", "vol-0f", "vol-0c"),
            ),
        )

        assert expected == inventory.workers()

    def test_the_request_asks_for_running_instances_with_any_cluster_tag_hidden_ones_too(
        self, connect: Callable[..., Any]
    ) -> None:
        """One filter for each condition, because EC2 ANDs filters and ORs values."""
        asked: list[dict[str, Any]] = []

        def answer(_: str, given: dict[str, Any]) -> dict[str, Any]:
            asked.append(given)
            return page()

        expected = [
            {
                "Filters": [
                    {"Name": "instance-state-name", "Values": ["running"]},
                    {
                        "Name": "tag-key",
                        "Values": [
                            "aws:eks:cluster-name",
                            "eks:cluster-name",
                            "eks:eks-cluster-name",
                            "kubernetes.io/cluster/*",
                        ],
                    },
                ],
                "IncludeManagedResources": True,
                "MaxResults": 500,
            }
        ]

        assert Ec2Inventory(connect("ec2", answer), connect("eks", nothing)).workers() == ()
        assert expected == asked

    def test_an_older_botocore_is_not_given_a_parameter_it_does_not_know(self) -> None:
        """It would refuse the whole request."""
        assert "IncludeManagedResources" not in workers_request(hidden_too=False)
        assert "IncludeManagedResources" not in running_request(["i-01"], hidden_too=False)

    def test_all_pages_are_read_and_an_instance_on_two_of_them_counts_once(self, connect: Callable[..., Any]) -> None:
        """Pages are no snapshot. The result is sorted by cluster and id, however EC2 orders it."""
        pages = {
            "": page(instance("i-03"), instance("i-02"), following="two"),
            "two": page(instance("i-02"), instance("i-01", **{"eks:cluster-name": "batch"})),
        }
        ec2 = connect("ec2", lambda _, given: pages[given.get("NextToken", "")])
        expected = [("batch", "i-01"), ("live", "i-02"), ("live", "i-03")]

        found = Ec2Inventory(ec2, connect("eks", nothing)).workers()

        assert expected == [(each.cluster, each.instance_id) for each in found]

    def test_only_the_clusters_asked_for_are_returned(self, connect: Callable[..., Any]) -> None:
        """Whichever tag names them."""
        ec2 = connect(
            "ec2",
            lambda *_: page(
                instance("i-01"),
                instance("i-02", **{"kubernetes.io/cluster/batch": "owned"}),
                instance("i-03", **{"eks:eks-cluster-name": "dev"}),
            ),
        )
        expected = ["i-02", "i-03"]

        found = Ec2Inventory(ec2, connect("eks", nothing), clusters=["batch", "dev"]).workers()

        assert expected == sorted(each.instance_id for each in found)

    def test_a_refusal_names_the_action_and_never_looks_like_an_empty_fleet(self, connect: Callable[..., Any]) -> None:
        """The worst thing a scanner can do is to see nothing and say all is well."""

        def answer(_: str, __: dict[str, Any]) -> dict[str, Any]:
            raise ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": "no"}}, "DescribeInstances")

        with pytest.raises(AccessError, match="ec2:DescribeInstances"):
            Ec2Inventory(connect("ec2", answer), connect("eks", nothing)).workers()

    @pytest.mark.parametrize("junk", ["\x00\x1b[31m\n<b>&", "x" * 10_000, "näme"])
    def test_hostile_tags_are_cut_and_cleaned(self, junk: str) -> None:
        """A tag is written by whoever may tag."""
        found = node({"InstanceId": "i-01", "Tags": [{"Key": "eks:cluster-name", "Value": junk}]})

        assert found.cluster.isascii()
        assert found.cluster.isprintable()
        assert not set(found.cluster) & set("<>&\"' ")
        assert 0 < len(found.cluster) <= 100

    @mock_aws
    def test_a_simulated_ec2_answers_alike(self) -> None:
        """The filters against moto: stopped instances and other people's are not workers."""
        ec2 = boto3.client("ec2", region_name="eu-west-1")

        def run(**given: str) -> str:
            made = ec2.run_instances(
                ImageId=AMI,
                MinCount=1,
                MaxCount=1,
                TagSpecifications=[
                    {
                        "ResourceType": "instance",
                        "Tags": [{"Key": key, "Value": value} for key, value in given.items()],
                    }
                ],
            )
            return made["Instances"][0].get("InstanceId", "")

        expected = {run(**{"eks:cluster-name": "a"}), run(**{"eks:eks-cluster-name": "b"})}
        expected.add(run(**{"kubernetes.io/cluster/c": "owned"}))
        run(Name="a database")
        ec2.stop_instances(InstanceIds=[run(**{"eks:cluster-name": "a"})])
        inventory = Ec2Inventory(ec2, boto3.client("eks", region_name="eu-west-1"))

        assert expected == {each.instance_id for each in inventory.workers()}
        assert expected == inventory.running([*expected, "i-0123456789abcdef0"])


class TestClusterName:
    """Which tag names the cluster."""

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({"aws:eks:cluster-name": "a", "eks:cluster-name": "b", "kubernetes.io/cluster/c": "owned"}, "a"),
            ({"eks:cluster-name": "b", "eks:eks-cluster-name": "d", "kubernetes.io/cluster/c": "owned"}, "b"),
            ({"eks:eks-cluster-name": "d", "kubernetes.io/cluster/c": "owned"}, "d"),
            ({"kubernetes.io/cluster/c": "owned"}, "c"),
            ({"kubernetes.io/cluster/a": "shared", "kubernetes.io/cluster/z": "owned"}, "z"),
            ({"kubernetes.io/cluster/z": "shared", "kubernetes.io/cluster/a": "shared"}, "a"),
            ({"eks:cluster-name": "", "kubernetes.io/cluster/c": "owned"}, "c"),
            ({"kubernetes.io/cluster/": "owned"}, ""),
            ({"Name": "a database"}, ""),
            ({}, ""),
        ],
    )
    def test_the_most_trustworthy_tag_wins(self, given: Mapping[str, str], expected: str) -> None:
        """AWS's own tag first, then EKS's, Karpenter's, and the self-managed one; an empty tag names nothing."""
        assert expected == cluster_of(given)

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({"eks:nodegroup-name": "a", "karpenter.sh/nodepool": "b"}, "a"),
            ({"karpenter.sh/nodepool": "b"}, "b"),
            ({"eks:kubernetes-node-pool-name": "general-purpose"}, "general-purpose"),
            ({}, ""),
        ],
    )
    def test_the_node_group_is_whatever_made_the_node(self, given: Mapping[str, str], expected: str) -> None:
        """Managed node group, Karpenter pool, Auto Mode pool, or none for self-managed nodes."""
        found = node({"InstanceId": "i-01", "Tags": [{"Key": key, "Value": value} for key, value in given.items()]})

        assert expected == found.node_group


class TestKinds:
    """What cannot be scanned by a shell."""

    @pytest.mark.parametrize(
        ("operator", "expected"),
        [
            ({"Managed": True, "Principal": "eks.amazonaws.com"}, True),
            ({"Managed": True}, True),
            ({"Managed": True, "Principal": "ecs.amazonaws.com"}, False),
            ({"Managed": False, "Principal": "eks.amazonaws.com"}, False),
            ({}, False),
        ],
    )
    def test_auto_mode_is_what_eks_operates_itself(self, operator: OperatorResponseTypeDef, *, expected: bool) -> None:
        """EC2 says who operates an instance."""
        assert expected == is_auto_mode(operator)

    def test_karpenter_s_cluster_tag_does_not_make_auto_mode(self) -> None:
        """Both set eks:eks-cluster-name."""
        found = node({"InstanceId": "i-01", "Tags": [{"Key": "eks:eks-cluster-name", "Value": "live"}]})

        assert not found.is_auto_mode

    @pytest.mark.parametrize(("platform", "expected"), [("windows", True), ("Windows", True), (None, False)])
    def test_windows_is_reported_by_the_platform(self, platform: str | None, *, expected: bool) -> None:
        """EC2 gives a platform to Windows alone."""
        given: InstanceTypeDef = {"InstanceId": "i-01"}
        if platform:
            given["Platform"] = platform  # type: ignore[typeddict-item]  # the capital W is not in the model

        assert expected == node(given).is_windows


class TestEmptyClusters:
    """Ec2Inventory.empty_clusters."""

    def test_clusters_without_a_worker_are_named(self, connect: Callable[..., Any]) -> None:
        """Fargate, hidden Auto Mode nodes, or none at all: the report says that nothing was seen there."""
        eks = connect("eks", lambda *_: {"clusters": ["live", "fargate", "batch"]})
        expected = ("batch", "fargate")

        found = Ec2Inventory(connect("ec2", nothing), eks).empty_clusters([Node(instance_id="i-01", cluster="live")])

        assert expected == found

    def test_a_cluster_asked_for_by_a_wrong_name_is_empty_rather_than_healthy(
        self, connect: Callable[..., Any]
    ) -> None:
        """No call is needed to say so."""
        inventory = Ec2Inventory(connect("ec2", nothing), connect("eks", nothing), clusters=["live", "prd"])
        expected = ("prd",)

        assert expected == inventory.empty_clusters([Node(instance_id="i-01", cluster="live")])


class TestRunning:
    """Ec2Inventory.running."""

    def test_ids_are_asked_for_by_filter_200_at_a_time(self, connect: Callable[..., Any]) -> None:
        """The parameter InstanceIds would fail for an id that is gone."""
        asked: list[int] = []

        def answer(_: str, given: dict[str, Any]) -> dict[str, Any]:
            ids = next(each["Values"] for each in given["Filters"] if each["Name"] == "instance-id")
            asked.append(len(ids))
            return page(*(instance(each) for each in ids if each != "i-007"))

        ids = [f"i-{number:03}" for number in range(450)]

        found = Ec2Inventory(connect("ec2", answer), connect("eks", nothing)).running(ids)

        assert set(ids) - {"i-007"} == set(found)
        assert asked == [200, 200, 50]


class TestShards:
    """Ec2Inventory of one shard of a Region."""

    INSTANCES = tuple(
        instance(f"i-{number:017x}", **{"aws:eks:cluster-name": f"c{number % 4}"}) for number in range(40)
    )

    def inventory(self, connect: Callable[..., Any], shard: int) -> Ec2Inventory:
        """Return the inventory of one of three shards of a Region with five clusters, one of them empty."""
        clusters = {"clusters": [f"c{number}" for number in range(5)]}
        return Ec2Inventory(
            connect("ec2", lambda *_: page(*self.INSTANCES)),
            connect("eks", lambda *_: clusters),
            target=Target(account="111122223333", region="eu-west-1", shard=shard, shards=3),
        )

    def test_the_shards_share_the_workers_out(self, connect: Callable[..., Any]) -> None:
        """Each worker is in one of them."""
        found = [one.instance_id for shard in range(3) for one in self.inventory(connect, shard).workers()]
        expected = sorted(str(one["InstanceId"]) for one in self.INSTANCES)

        assert expected == sorted(found)

    def test_the_first_shard_reports_the_empty_clusters_of_the_whole_region(self, connect: Callable[..., Any]) -> None:
        """A cluster whose workers are in other shards is not empty; the other shards do not ask."""
        reported = []
        for shard in range(3):
            inventory = self.inventory(connect, shard)
            reported.append(inventory.empty_clusters(inventory.workers()))

        assert reported == [("c4",), (), ()]
