"""Every rule of the catalogue is seen firing on what a real system says, in the form in which it says it.

The forms: text of the collection script, from trees of files (tests/fixtures/node_cases) and from the samples of the
rules' pages; recorded scans in a row, with lists as ``kubectl get -o json`` writes them; answers of EC2 and CloudWatch,
which botocore checks against the services' models. A rule that only a value composed in Python makes fire is missing
here, and the last test names it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from fleetscan.aws.credits import Ec2CreditReader
from fleetscan.aws.disk_limits import CloudWatchDiskReader
from fleetscan.bootstrap import recording as bootstrap
from fleetscan.diagnosis.rules import RULES
from fleetscan.model import CaptureStatus, CreditMode, Credits, Report, Severity
from fleetscan.recorded import folder as recorded
from fleetscan.scan import pipeline
from fleetscan.settings import Settings
from tests.fixtures import node_cases, rule_samples

SAMPLES = rule_samples.load()
NOW = datetime(2026, 1, 15, 6, 5, tzinfo=UTC)
CLUSTER = "shop"
NODE_NAME = "ip-10-0-0-1.compute.internal"
LEAKING, SHRINKING, CROWDED, SILENT, AUTO = (f"i-{number:017x}" for number in range(1, 6))
LOST = tuple(f"i-{number:017x}" for number in range(10, 16))
HOURS = 30
KIB = 1024

type Found = set[tuple[str, Severity]]


def is_text(sample: Any) -> bool:  # noqa: ANN401 - the module of the samples is no part of a package
    """Whether nothing but what a node prints is behind a sample."""
    composed = (sample.credits, sample.disks, sample.history, sample.kubernetes)
    return composed == (None,) * 4 and not sample.lost and sample.status is CaptureStatus.ANSWERED


@pytest.fixture(scope="module")
def printed() -> Found:
    """Return what fires on the text of the samples."""
    texts = [SAMPLES.capture(sample) for sample in SAMPLES.samples().values() if is_text(sample)]
    return {(one.rule, one.evidence.severity) for text in texts for one in pipeline.examine(text).findings}


@pytest.fixture(scope="module")
def on_trees() -> Found:
    """Return what is found on the cases, each of whose findings test_node_cases compares."""
    rows = (one.split(" ", 1) for case in node_cases.load() for one in case.verdict.found)
    return {(rule, Severity(severity)) for severity, rule in rows}


@pytest.fixture(scope="module")
def in_recordings(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Return what the last of a row of recorded scans finds."""
    place = tmp_path_factory.mktemp("recordings")
    kept = bootstrap.memory()
    reports: list[Report] = []
    for hours in range(HOURS, -1, -1):
        write(place / str(hours), hours)
        recording = recorded.load(place / str(hours))
        deadline = recording.scanned_at.timestamp() + 60
        reports.append(pipeline.scan(bootstrap.ports(recording, kept), Settings(), deadline=deadline))
    last = reports[-1]
    of_nodes = {(one.rule, one.evidence.severity) for node in last.diagnoses for one in node.findings}
    return of_nodes | {(one.rule, one.evidence.severity) for one in last.fleet_findings}


@pytest.fixture(scope="module")
def with_answers_of_aws() -> Found:
    """Return what is found with credits and limits of disks as AWS tells them."""
    standard = (CreditMode.STANDARD, {"balance": 0.4, "utilization": 20.0})
    unlimited = (CreditMode.UNLIMITED, {"balance": 0.0, "surplus": 576.0, "charged": 41.7, "utilization": 99.0})
    starved = SAMPLES.capture(SAMPLES.samples()["cpu_credits_exhausted"])
    healthy = SAMPLES.capture(SAMPLES.Sample(severity=Severity.INFO))
    checks = [series("q0", 0.0, 0.0), series("q4", *[1.0] * 27, 0.0, 0.0, 0.0), series("q6", 0.0)]
    with stubbed("cloudwatch", ("get_metric_data", {"MetricDataResults": checks})) as cloudwatch:
        limits = CloudWatchDiskReader(cloudwatch, NOW.timestamp).limits({SAMPLES.NODE.instance_id: ("vol-0a",)})
    diagnoses = [
        pipeline.examine(starved, credits_of(*standard)),
        pipeline.examine(healthy, credits_of(*unlimited)),
        pipeline.examine(healthy, disks=limits[SAMPLES.NODE.instance_id]),
    ]
    return {(one.rule, one.evidence.severity) for diagnosis in diagnoses for one in diagnosis.findings}


class stubbed:  # noqa: N801 - used as a context
    """A client of a service that gives these answers, one for each call, and expects no other."""

    def __init__(self, service: str, *answers: tuple[str, Mapping[str, Any]]) -> None:
        make: Any = boto3.client
        nobody = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        self._client = make(service, region_name="eu-west-1", **nobody)
        self._stubber = Stubber(self._client)
        for operation, answer in answers:
            self._stubber.add_response(operation, dict(answer))

    def __enter__(self) -> Any:  # noqa: ANN401 - a client's type depends on the service's name
        """Return the client."""
        self._stubber.activate()
        return self._client

    def __exit__(self, *_: object) -> None:
        """Demand that every answer was asked for."""
        self._stubber.assert_no_pending_responses()
        self._stubber.deactivate()
        self._client.close()


def series(query_id: str, *values: float) -> dict[str, Any]:
    """Return a result of GetMetricData, newest value first."""
    times = [NOW - timedelta(minutes=index) for index in range(len(values))]
    return {"Id": query_id, "Label": "x", "Timestamps": times, "Values": list(values), "StatusCode": "Complete"}


def credits_of(mode: CreditMode, metrics: Mapping[str, float]) -> Credits:
    """Return the credits of the samples' node, as EC2 and CloudWatch tell them to an account that wants standard."""
    node = SAMPLES.NODE
    said = {"InstanceCreditSpecifications": [{"InstanceId": node.instance_id, "CpuCredits": mode.value}]}
    results = [series(f"{name}_0", value) for name, value in metrics.items()]
    with (
        stubbed("ec2", ("describe_instance_credit_specifications", said)) as ec2,
        stubbed("cloudwatch", ("get_metric_data", {"MetricDataResults": results})) as cloudwatch,
    ):
        reader = Ec2CreditReader(ec2, cloudwatch, NOW.timestamp, wanted_mode=CreditMode.STANDARD)
        return reader.credits([node], reader.modes([node]))[node.instance_id]


def write(folder: Path, hours: int) -> None:
    """Write a recorded scan of so many hours before now, the last one with what Kubernetes says."""
    captures = {
        LEAKING: lines(meminfo=leaked(hours)),
        SHRINKING: lines(meminfo=f"MemAvailable: {1_289_216 + hours * 44 * KIB} kB"),
        CROWDED: lines(section={"allowances": f"read 2\neth0 linklocal_allowance_exceeded={41_200 - hours * 1_200}"}),
    }
    entries = [entry(one, "workers") for one in captures]
    entries.append(entry(AUTO, "auto", "auto_mode"))
    if hours:
        captures[SILENT] = lines()
        entries.append(entry(SILENT, "workers"))
        entries += [entry(one, "batch", "timed_out") for one in LOST]
    else:
        reason = "The SSM agent took the command and had not finished it when the scan's time was up."
        entries.append(entry(SILENT, "workers", "timed_out", reason))
        write_lists(folder / "kubernetes" / CLUSTER)
    (folder / "captures").mkdir(parents=True)
    for instance_id, text in captures.items():
        (folder / "captures" / f"{instance_id}.txt").write_text(text)
    fleet = {
        "schema": 1,
        "account": "123456789012",
        "region": "eu-west-1",
        "scanned_at": (NOW - timedelta(hours=hours)).isoformat(),
        "nodes": entries,
    }
    (folder / "fleet.json").write_text(json.dumps(fleet))


def leaked(hours: int) -> str:
    """Return lines of meminfo of a node whose slab grows by 30 MiB an hour, so many hours before it is 1 GiB."""
    missing = hours * 30 * KIB
    slab, free, available = 1_048_576 - missing, 610_304 + missing, 1_289_216 + missing
    return f"SUnreclaim: {slab} kB\nSlab: {slab + 51_200} kB\nMemFree: {free} kB\nMemAvailable: {available} kB"


def lines(section: Mapping[str, str] | None = None, **changed: str) -> str:
    """Return what a healthy node prints, with other lines or sections."""
    sample = SAMPLES.Sample(severity=Severity.INFO, lines=changed, section=section)
    text: str = SAMPLES.capture(sample).text
    return text


def entry(instance_id: str, group: str, status: str = "answered", reason: str = "") -> dict[str, Any]:
    """Return a node of fleet.json."""
    return {
        "instance_id": instance_id,
        "cluster": CLUSTER,
        "node_group": group,
        "instance_type": "t3a.medium",
        "private_dns_name": NODE_NAME if instance_id == LEAKING else f"{instance_id}.compute.internal",
        "status": status,
        "reason": reason,
    }


def ago(**amount: int) -> str:
    """Return a time as the API server writes it."""
    return (NOW - timedelta(**amount)).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_lists(place: Path) -> None:
    """Write what ``kubectl get -o json`` says of the cluster."""
    place.mkdir(parents=True)
    for resource, items in lists().items():
        document = {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": items}
        (place / f"{resource}.json").write_text(json.dumps(document))


def lists() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return resource -> objects."""
    image = "docker.io/weaveworks/scope:1.13.2"
    template = {"spec": {"containers": [{"name": "agent", "image": image, "resources": {}}]}}
    return {
        "nodes": [
            {
                "metadata": {"name": NODE_NAME, "uid": "n1", "creationTimestamp": ago(days=90)},
                "spec": {"providerID": f"aws:///eu-west-1a/{LEAKING}"},
                "status": {
                    "allocatable": {"memory": "3482Mi"},
                    "conditions": [
                        {
                            "type": "DiskPressure",
                            "status": "True",
                            "lastTransitionTime": ago(minutes=31),
                            "reason": "KubeletHasDiskPressure",
                            "message": "kubelet has disk pressure",
                        },
                        {
                            "type": "Ready",
                            "status": "Unknown",
                            "lastTransitionTime": ago(minutes=17),
                            "reason": "NodeStatusUnknown",
                            "message": "Kubelet stopped posting node status.",
                        },
                    ],
                },
            }
        ],
        "events": [
            {
                "metadata": {"uid": "e1", "name": "x.1", "namespace": "default", "creationTimestamp": ago(minutes=13)},
                "involvedObject": {"kind": "Node", "name": NODE_NAME, "uid": NODE_NAME},
                "reason": "NodeNotReady",
                "message": f"Node {NODE_NAME} status is now: NodeNotReady",
                "source": {"component": "node-controller"},
                "type": "Normal",
                "firstTimestamp": ago(minutes=13),
                "lastTimestamp": ago(minutes=2),
                "count": 3,
            }
        ],
        "daemonsets": [
            {
                "metadata": {
                    "name": "weave-scope-agent",
                    "namespace": "weave",
                    "uid": "d1",
                    "creationTimestamp": ago(days=1_056),
                    "managedFields": [{"manager": "kubectl-client-side-apply", "operation": "Update"}],
                },
                "spec": {"selector": {"matchLabels": {"app": "scope"}}, "template": template},
                "status": {
                    "currentNumberScheduled": 1,
                    "desiredNumberScheduled": 1,
                    "numberMisscheduled": 0,
                    "numberReady": 1,
                },
            }
        ],
        "pods": [
            {
                "metadata": {"name": "main-0", "namespace": "live", "uid": "p1", "creationTimestamp": ago(days=1)},
                "spec": {"nodeName": NODE_NAME, "containers": [{"name": "main", "image": "main:1", "resources": {}}]},
                "status": {
                    "phase": "Failed",
                    "reason": "Evicted",
                    "message": "The node was low on resource: memory.",
                    "startTime": ago(minutes=40),
                },
            }
        ],
        "leases": [
            {
                "metadata": {"name": NODE_NAME, "namespace": "kube-node-lease"},
                "spec": {"renewTime": (NOW - timedelta(minutes=17)).strftime("%Y-%m-%dT%H:%M:%S.000000Z")},
            }
        ],
    }


def test_rules_that_need_history_or_kubernetes_fire_on_recorded_scans(in_recordings: Found) -> None:
    """On lists of the API and on captures of earlier scans, through the pipeline of a scan."""
    expected = {
        "daemonset_unmanaged",
        "memory_runway_short",
        "network_allowance_exceeded",
        "node_condition_bad",
        "node_flapping",
        "node_not_ready",
        "node_not_scannable",
        "node_unreachable",
        "pods_evicted",
        "slab_growing",
        "workers_lost",
    }

    assert expected - {rule for rule, _ in in_recordings} == set()


def test_rules_of_credits_and_of_disk_limits_fire_on_what_aws_answers(with_answers_of_aws: Found) -> None:
    """Of a standard instance that has none left, of an unlimited one that pays, and of a volume at its limit."""
    expected = {
        ("cpu_credits_exhausted", Severity.CRITICAL),
        ("cpu_surplus_charged", Severity.WARNING),
        ("cpu_credit_mode_unwanted", Severity.WARNING),
        ("disk_throttled", Severity.WARNING),
    }

    assert expected - with_answers_of_aws == set()


def test_no_rule_fires_only_on_what_was_composed(
    printed: Found, on_trees: Found, in_recordings: Found, with_answers_of_aws: Found
) -> None:
    """The whole catalogue; a new rule comes with a sample in the form of its evidence."""
    seen = {rule for rule, _ in printed | on_trees | in_recordings | with_answers_of_aws}

    assert [rule.id for rule in RULES if rule.id not in seen] == []


def test_a_sample_with_a_composed_value_does_not_count() -> None:
    """Or the test above could not fail."""
    samples = SAMPLES.samples()
    rules = ("task_hung", "node_flapping", "slab_growing", "disk_throttled", "cpu_surplus_charged", "workers_lost")

    assert [rule for rule in rules if is_text(samples[rule])] == ["task_hung"]
