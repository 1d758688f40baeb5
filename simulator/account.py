"""The simulated account: moto's EC2, EKS, CloudWatch, S3, SNS, SQS and SSM documents, filled with a fleet."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.cloudwatch.models import MetricDatum, cloudwatch_backends
from moto.dynamodb.models import dynamodb_backends
from moto.ec2.models import ec2_backends
from moto.eks.models import eks_backends
from moto.moto_api._internal.models import moto_api_backend
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.ssm.exceptions import InvalidDocument
from moto.ssm.models import ssm_backends

from simulator import document
from simulator.fleet import CreditFigures, Fleet, FleetNode

os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
# moto makes 1,300 images for each new account, which takes a second; no node of ours is asked for its image.

DOCUMENT_NAME = "fleetscan-collect"
TOPIC_NAME = "fleetscan-findings"
QUEUE_NAME = "fleetscan-inbox"
TABLE_NAME = "fleetscan-memory"
BUCKET_NAME = "fleetscan-reports"
_IMAGE = "ami-0f5ee92e2d63afc18"
_PERIOD = timedelta(minutes=5)
_PERIODS = 12
"""Five-minute datapoints that every credit metric has: the last hour."""


class Account:
    """One account in one Region. There is one moto in a process: the first account of it forgets what was before."""

    def __init__(self, fleet: Fleet, *, is_first: bool = True) -> None:
        self.fleet = fleet
        account, region = fleet.account, fleet.region
        if is_first:
            moto_api_backend.reset()
        self._ec2 = ec2_backends[account][region]
        self._eks = eks_backends[account][region]
        self._cloudwatch = cloudwatch_backends[account][region]
        self._dynamodb = dynamodb_backends[account][region]
        self._s3 = s3_backends[account]["aws"]
        self._is_first = is_first
        self._sns = sns_backends[account][region]
        self._sqs = sqs_backends[account][region]
        self._ssm = ssm_backends[account][region]
        self.topic_arn = f"arn:aws:sns:{region}:{account}:{TOPIC_NAME}"

    def close(self) -> None:
        """Forget everything."""
        moto_api_backend.reset()

    def fill(self, now: datetime | None = None) -> None:
        """Create clusters, instances, metrics, the document, table and bucket, and a topic with a queue behind it."""
        now = now or datetime.now(UTC)
        for cluster in (self.fleet.cluster, *self.fleet.empty_clusters):
            self._eks.create_cluster(
                name=cluster,
                role_arn=f"arn:aws:iam::{self.fleet.account}:role/eks",
                resources_vpc_config={"subnetIds": [], "securityGroupIds": []},
            )
        for node in self.fleet.nodes:
            self._launch(node, now)
            if node.credits is not None:
                self._measure(node.instance_id, node.credits, now)
        self._ssm.create_document(
            content=document.collector(),
            requires=[],
            attachments=[],
            name=DOCUMENT_NAME,
            version_name="",
            document_type="Command",
            document_format="JSON",
            target_type="/AWS::EC2::Instance",
            tags=[],
        )
        self._dynamodb.create_table(
            TABLE_NAME,
            schema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            throughput=None,
            attr=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            global_indexes=None,
            indexes=None,
            streams=None,
            billing_mode="PAY_PER_REQUEST",
            sse_specification=None,
            tags=[],
            deletion_protection_enabled=False,
            warm_throughput=None,
        )
        if self._is_first:  # no two accounts can have buckets of one name
            self._s3.create_bucket(BUCKET_NAME, self.fleet.region)
        self._sns.create_topic(TOPIC_NAME)
        queue = self._sqs.create_queue(QUEUE_NAME)
        self._sns.subscribe(self.topic_arn, queue.queue_arn, "sqs")

    def measure_anew(self, fleet: Fleet, now: datetime | None = None) -> None:
        """Replace the credit metrics of every node by those of a fleet: the last hour as if it had always been so."""
        self.fleet = fleet
        instances = {node.instance_id for node in fleet.nodes}
        self._cloudwatch.metric_data[:] = [
            datum
            for datum in self._cloudwatch.metric_data
            if instances.isdisjoint(dimension.value for dimension in datum.dimensions) or datum.namespace != "AWS/EC2"
        ]
        for node in fleet.nodes:
            if node.credits is not None:
                self._measure(node.instance_id, node.credits, now or datetime.now(UTC))

    def open_api(self, endpoint: str, authority_pem: str) -> None:
        """Let EKS say where the API of the fleet's cluster is and who signed for it."""
        cluster = self._eks.describe_cluster(self.fleet.cluster)
        cluster.endpoint = endpoint
        cluster.certificate_authority = {"data": base64.b64encode(authority_pem.encode()).decode()}

    def document(self, name: str) -> str | None:
        """Return the content of an SSM document, or None when there is none of that name."""
        try:
            found = self._ssm.get_document(name, "", "", "")
        except InvalidDocument:
            return None
        return str(found["Content"])

    def terminate(self, instance_id: str) -> None:
        """Terminate an instance, as an autoscaler would."""
        self._ec2.terminate_instances([instance_id])

    def messages(self) -> list[dict[str, Any]]:
        """Return the notifications that the topic has delivered, oldest first."""
        queue = self._sqs.get_queue(QUEUE_NAME)
        return [json.loads(message.body) for message in queue._messages]  # noqa: SLF001  # moto has no other way to peek

    def measured(self) -> list[tuple[str, float]]:
        """Return name and value of each datapoint without dimensions, oldest first: what alarms look at."""
        return [
            (datum.name, datum.value)
            for datum in self._cloudwatch.metric_data
            if isinstance(datum, MetricDatum) and not datum.dimensions
        ]

    def items(self) -> list[dict[str, Any]]:
        """Return every item of the table, as DynamoDB writes them."""
        return [item.to_json()["Attributes"] for item in self._dynamodb.tables[TABLE_NAME].all_items()]

    def stored(self) -> dict[str, bytes]:
        """Return key -> content of every object in the bucket."""
        keys = self._s3.buckets[BUCKET_NAME].keys
        return {str(key): bytes(found.value) for key, found in keys.items()}

    def put(self, item: Mapping[str, Any]) -> None:
        """Put an item into the table, as DynamoDB writes it."""
        self._dynamodb.put_item(TABLE_NAME, dict(item))

    def _launch(self, node: FleetNode, now: datetime) -> None:
        reservation = self._ec2.run_instances(
            _IMAGE,
            1,
            None,
            [],
            instance_type=node.instance_type,
            is_instance_type_default=False,
            region_name=self.fleet.region,
            placement=node.zone,
            private_ip=_private_ip(node),
            tags={},
        )
        instance = reservation.instances[0]
        # moto invents ids; the fleet's data have their own.
        instance.id = node.instance_id
        instance.architecture = node.architecture
        instance.launch_time = now - timedelta(days=node.uptime_days)
        if self.fleet.system_of(node).platform_type == "Windows":
            instance.platform = "windows"
        if node.auto_mode:
            # moto has no operator of its own but shows what it finds under the name that the API model has.
            vars(instance)["operator"] = {"Managed": True, "Principal": "eks.amazonaws.com"}
        self._ec2.create_tags([node.instance_id], tags_of(self.fleet, node))

    def _measure(self, instance_id: str, credits: CreditFigures, now: datetime) -> None:  # noqa: A002  # AWS's word for it
        figures = {"CPUUtilization": credits.cpu_percent, "CPUCreditBalance": credits.balance}
        if credits.mode == "unlimited":
            figures |= {
                "CPUSurplusCreditBalance": credits.surplus_balance,
                "CPUSurplusCreditsCharged": credits.surplus_charged,
            }
        self._cloudwatch.put_metric_data(
            "AWS/EC2",
            [
                {
                    "MetricName": name,
                    "Dimensions": [{"Name": "InstanceId", "Value": instance_id}],
                    "Timestamp": (now - _PERIOD * (at + 1)).replace(tzinfo=None),  # moto compares naive times
                    "Value": value,
                    "Unit": "Percent" if name == "CPUUtilization" else "Count",
                }
                for name, value in figures.items()
                for at in range(_PERIODS)
            ],
        )


def tags_of(fleet: Fleet, node: FleetNode) -> dict[str, str]:
    """Return the tags that EKS gives an instance, which depend on what made it."""
    tags = {"Name": f"{fleet.cluster}-{node.node_group}", "aws:eks:cluster-name": fleet.cluster}
    tags[f"kubernetes.io/cluster/{fleet.cluster}"] = "owned"
    if node.auto_mode:
        return tags | {"eks:eks-cluster-name": fleet.cluster, "eks:kubernetes-node-pool-name": node.node_group}
    return tags | {"eks:cluster-name": fleet.cluster, "eks:nodegroup-name": node.node_group}


def _private_ip(node: FleetNode) -> str:
    """Return the address that the node's DNS name gives: ip-10-0-37-118."""
    return node.private_dns_name.partition(".")[0].removeprefix("ip-").replace("-", ".")
