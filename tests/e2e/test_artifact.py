"""The artifact that would be deployed, under Lambda's own runtime client, against a simulated AWS.

``sam build`` makes the function and its layer; the runtime interface emulator that ships with the SAM CLI invokes them
through ``awslambdaric`` (``tests/fixtures/deployed_function.py``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from simulator.cluster import SimulatedAws
from simulator.faults import Faults
from simulator.fleet import load
from tests.fixtures.deployed_function import (
    ROOT,
    Artifact,
    NotHereError,
    answered,
    build,
    built_function,
    deployed,
    emulator,
    invoke,
    plant_runtime,
)
from tests.fixtures.slack_server import CHANNEL, TOKEN, slack_server

pytestmark = pytest.mark.artifact

MOST_LAYER_BYTES = 15_000_000


@pytest.fixture(scope="module")
def artifact() -> Artifact:
    """Provide the scan function, built."""
    try:
        build()
    except NotHereError as error:
        pytest.skip(str(error))
    return built_function("ScanFunction")


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with nothing importable in it but what Lambda's runtime has."""
    try:
        emulator()
    except NotHereError as error:
        pytest.skip(str(error))
    return plant_runtime(tmp_path_factory.mktemp("runtime"))


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[SimulatedAws]:
    """Provide the incident's account: 16 nodes, each with the real script behind its agent."""
    with SimulatedAws(load("incident"), tmp_path / "nodes") as simulated:
        yield simulated


@pytest.fixture
def small_aws(tmp_path: Path) -> Iterator[SimulatedAws]:
    """Provide the same account with the first of its nodes alone, an affected one."""
    fleet = load("incident")
    with SimulatedAws(replace(fleet, nodes=fleet.nodes[:1]), tmp_path / "nodes") as simulated:
        yield simulated


def test_the_layer_is_small_and_begins_with_bytecode(artifact: Artifact) -> None:
    """At most 15 MB unpacked, and no module that a scan starts with is compiled anew at each cold start."""
    files = [file for file in artifact.layer.rglob("*") if file.is_file()]
    sources = {file for file in files if file.suffix == ".py" and "fleetscan" in file.relative_to(artifact.layer).parts}
    compiled = {
        file.parent.parent / f"{file.name.removesuffix('.cpython-313.pyc')}.py"
        for file in files
        if file.suffix == ".pyc"
    }

    assert sum(file.stat().st_size for file in files) <= MOST_LAYER_BYTES
    assert sources
    assert sources - compiled == set()


def test_the_layer_has_what_is_pinned_and_nothing_else(artifact: Artifact) -> None:
    """Each package of requirements.txt that Linux needs, for Lambda's processor."""
    pinned = {
        line.split("==")[0]
        for line in (ROOT / "layers" / "fleetscan" / "requirements.txt").read_text().splitlines()
        if "==" in line and "== 'emscripten'" not in line
    }
    installed = {
        folder.name.rsplit("-", 1)[0].removesuffix(".dist-info").replace("_", "-").lower()
        for folder in (file.with_suffix("") for file in artifact.layer.glob("*.dist-info"))
    }
    machines = {file.name.split("-")[2] for file in artifact.layer.rglob("*.so")}

    assert pinned == installed
    assert machines == {"aarch64"}


def schedule() -> dict[str, Any]:
    """Return the event of the schedule."""
    event: dict[str, Any] = json.loads((ROOT / "events" / "schedule.json").read_text())
    return event


def maxima(aws: SimulatedAws, *names: str) -> dict[str, float]:
    """Return the largest value of each of the fleet's totals, as an alarm would read it."""
    client = boto3.client(
        "cloudwatch",
        endpoint_url=aws.endpoint_url,
        region_name=aws.fleet.region,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - opens nothing
    )
    now = datetime.now(UTC)
    results = client.get_metric_data(
        MetricDataQueries=[
            {
                "Id": f"m{index}",
                "MetricStat": {
                    "Metric": {"Namespace": "FleetScan", "MetricName": name},
                    "Period": 3600,
                    "Stat": "Maximum",
                },
            }
            for index, name in enumerate(names)
        ],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=1),
    )["MetricDataResults"]
    return {names[int(result["Id"][1:])]: max(result["Values"]) for result in results if result["Values"]}


def test_the_incident_is_found_by_what_would_be_deployed(
    artifact: Artifact, runtime: Path, aws: SimulatedAws, tmp_path: Path
) -> None:
    """The schedule's event in; counts, metrics and one message out, with the incident's own figures."""
    with deployed(artifact, runtime, aws, tmp_path / "lambda") as port:
        answer = invoke(port, schedule())

    # The answer.
    assert set(answer) == {"scan_id", "nodes", "answered", "findings", "duration_seconds"}, answer
    assert (answer["nodes"], answer["answered"]) == (16, 16)
    assert answer["findings"]["critical"] >= 3

    # The metrics that the alarms look at: 2,143 of 3,936 MiB, and 98.9 % of a minute.
    expected = {
        "ScanCompleted": 1.0,
        "NodesTotal": 16.0,
        "NodesAnswered": 16.0,
        "CoveragePercent": 100.0,
        "CriticalFindings": float(answer["findings"]["critical"]),
        "SlabUnreclaimableHighestPercent": 54.4,
        "MemoryPressureHighestPercent": 98.9,
    }

    assert expected == maxima(aws, *expected)

    # The message, as a queue that is subscribed to the topic gets it; the example event shows one like it.
    (message,) = aws.messages
    (record,) = json.loads((ROOT / "events" / "sns.json").read_text())["Records"]
    example = record["Sns"]
    attributes = {name: value["Value"] for name, value in message["MessageAttributes"].items()}

    assert message["Subject"].startswith("[critical] fleetscan: ")
    assert attributes["severity"] == "critical"
    assert attributes["scan_id"] == answer["scan_id"]
    assert message["Subject"] == example["Subject"]
    assert {name: value["Type"] for name, value in example["MessageAttributes"].items()} == {
        name: value["Type"] for name, value in message["MessageAttributes"].items()
    }
    assert "weaveworks/scope:1.13.2" in message["Message"]


def test_a_message_that_cannot_be_sent_fails_the_invocation_after_the_metrics_are_out(
    artifact: Artifact, runtime: Path, small_aws: SimulatedAws, tmp_path: Path
) -> None:
    """Lambda sees the error, so retry, queue and alarm work; the fleet's alarms have their numbers all the same."""
    small_aws.set_faults(Faults(denied=frozenset({"sns:Publish"})))
    with deployed(artifact, runtime, small_aws, tmp_path / "lambda") as port:
        answer = invoke(port, schedule())

    assert answer["errorType"] == "PublishError", answer
    assert "sns:Publish" in answer["errorMessage"]
    assert maxima(small_aws, "ScanCompleted") == {"ScanCompleted": 1.0}
    assert small_aws.messages == []


def test_a_fleet_that_may_not_be_listed_fails_the_invocation_and_names_the_permission(
    artifact: Artifact, runtime: Path, small_aws: SimulatedAws, tmp_path: Path
) -> None:
    """Denied must never look like an empty, healthy Region."""
    small_aws.set_faults(Faults(denied=frozenset({"ec2:DescribeInstances"})))
    with deployed(artifact, runtime, small_aws, tmp_path / "lambda") as port:
        answer = invoke(port, schedule())

    assert answer["errorType"] == "AccessError", answer
    assert "ec2:DescribeInstances" in answer["errorMessage"]
    assert maxima(small_aws, "ScanCompleted") == {}


def test_the_dashboard_s_widget_shows_what_the_scan_has_stored(
    artifact: Artifact, runtime: Path, small_aws: SimulatedAws, tmp_path: Path
) -> None:
    """Both functions as they would be deployed; the console's event in, HTML out, and a node by a click."""
    with deployed(artifact, runtime, small_aws, tmp_path / "scan") as port:
        scanned = invoke(port, schedule())
    with deployed(built_function("WidgetFunction"), runtime, small_aws, tmp_path / "widget") as port:
        overview = answered(port, json.loads((ROOT / "events" / "widget.json").read_text()))
        node = answered(port, {"node": small_aws.fleet.nodes[0].instance_id})
        words = answered(port, json.loads((ROOT / "events" / "widget-describe.json").read_text()))

    assert isinstance(overview, str)
    assert f"Scan {scanned['scan_id']}" in overview
    assert isinstance(node, str)
    assert "slab_unreclaimable_high" in node
    assert str(words).startswith("## fleetscan")


def test_what_the_scan_says_is_posted_into_slack(
    artifact: Artifact, runtime: Path, aws: SimulatedAws, tmp_path: Path
) -> None:
    """The scan's message as the queue has it, the report out of the bucket, over HTTP to a stand-in for Slack; once."""
    with deployed(artifact, runtime, aws, tmp_path / "scan") as port:
        invoke(port, schedule())
    (message,) = aws.messages
    example = json.loads((ROOT / "events" / "sqs.json").read_text())
    event = {"Records": [{**example["Records"][0], "body": json.dumps(message)}]}
    secret = boto3.client(
        "secretsmanager",
        endpoint_url=aws.endpoint_url,
        region_name=aws.fleet.region,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - opens nothing
    ).create_secret(Name="slack", SecretString=TOKEN)
    with slack_server() as slack:
        variables = {
            "FLEETSCAN_SLACK_API_URL": slack.api_url,
            "FLEETSCAN_SLACK_CHANNEL": CHANNEL,
            "FLEETSCAN_SLACK_SECRET_ARN": secret["ARN"],
        }
        with deployed(built_function("SlackFunction"), runtime, aws, tmp_path / "slack", **variables) as port:
            answers = [invoke(port, event) for _ in range(2)]

    assert answers == [{"batchItemFailures": []}] * 2
    (post,) = slack.posts
    assert post["text"].startswith("\U0001f534 Critical: opened: ")
    assert "kubectl -n weave delete daemonset weave-scope-agent" in json.dumps(post["blocks"])
