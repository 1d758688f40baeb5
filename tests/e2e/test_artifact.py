"""The artifact that would be deployed, under Lambda's own runtime client, against a simulated AWS.

``sam build`` makes the function and its layer; the runtime interface emulator that ships with the SAM CLI invokes them
through ``awslambdaric``. Of this repository only what was built can be imported, and boto3 stands for the runtime's.
"""

from __future__ import annotations

import http.client
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from simulator.cluster import SimulatedAws
from simulator.faults import Faults
from simulator.fleet import load
from tests.fixtures.slack_server import CHANNEL, TOKEN, slack_server

pytestmark = pytest.mark.artifact

ROOT = Path(__file__).parents[2]
SAM_ENVIRONMENT = ROOT / ".venv-sam"
BUILD = ROOT / ".aws-sam" / "build"
SOURCES = ("template.yaml", "samconfig.toml", "documents/collector.json", "functions", "layers")
PATIENCE_SECONDS = 120
NOTHING = ("__pycache__",)

RUNTIME_PACKAGES = (
    "awslambdaric",
    "boto3",
    "botocore",
    "dateutil",
    "jmespath",
    "runtime_client*.so",
    "s3transfer",
    "simplejson",
    "six.py",
    "snapshot_restore_py*",
    "urllib3",
)
"""What the Lambda runtime has by itself: its client, boto3, and what these two need."""


@dataclass(frozen=True)
class Artifact:
    """What was built: a function's properties in the built template, and the folders of function and layer."""

    properties: dict[str, Any]
    function: Path
    layer: Path


def built_function(name: str) -> Artifact:
    """Return a function of the built template."""
    resources = yaml.safe_load((BUILD / "template.yaml").read_text())["Resources"]
    function = resources[name]["Properties"]
    return Artifact(
        properties=function,
        function=BUILD / function["CodeUri"],
        layer=BUILD / resources["FleetscanLayer"]["Properties"]["ContentUri"] / "python",
    )


def newest(path: Path) -> float:
    """Return when a file, or the youngest file of a folder, was changed."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return max((file.stat().st_mtime for file in files if not set(NOTHING) & set(file.parts)), default=0.0)


@pytest.fixture(scope="module")
def artifact() -> Artifact:
    """Build what ``sam deploy`` would deploy, unless it stands there newer than its sources."""
    sam = SAM_ENVIRONMENT / "bin" / "sam"
    if not sam.exists():
        pytest.skip("the SAM CLI is not installed (make .venv-sam/.ready)")
    built = BUILD / "template.yaml"
    if not built.exists() or built.stat().st_mtime < max(newest(ROOT / source) for source in SOURCES):
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
        environment = {**os.environ, "PATH": path, "SAM_CLI_TELEMETRY": "0"}
        done = subprocess.run(
            [str(sam), "build"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    return built_function("ScanFunction")


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with nothing importable in it but what Lambda's runtime has."""
    folder = tmp_path_factory.mktemp("runtime")
    site_packages = Path(boto3.__file__).parents[1]
    for pattern in RUNTIME_PACKAGES:
        found = [path for path in site_packages.glob(pattern) if path.suffix != ".dist-info"]
        assert found, f"{pattern} is not installed"
        for path in found:
            (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[SimulatedAws]:
    """Provide the incident's account: 16 nodes, each with the real script behind its agent."""
    with SimulatedAws(load("incident"), tmp_path / "nodes") as simulated:
        yield simulated


@pytest.fixture
def small_aws(tmp_path: Path) -> Iterator[SimulatedAws]:
    """Provide the same account with the first of its nodes alone, a sick one."""
    fleet = load("incident")
    with SimulatedAws(replace(fleet, nodes=fleet.nodes[:1]), tmp_path / "nodes") as simulated:
        yield simulated


def emulator() -> Path:
    """Return the runtime interface emulator inside the SAM CLI, for this machine's processor."""
    machine = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine().lower()]
    found = sorted(SAM_ENVIRONMENT.glob(f"lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}"))
    if not found or not sys.platform.startswith("linux"):
        pytest.skip("this machine has no runtime interface emulator")
    return found[0]


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def deployed(artifact: Artifact, runtime: Path, aws: SimulatedAws, folder: Path, **variables: str) -> Iterator[int]:
    """Run the function as Lambda would, with variables of its own; yield the port on which it is invoked."""
    folder.mkdir()
    binary = folder / "emulator"
    shutil.copy(emulator(), binary)
    binary.chmod(0o755)
    work = folder / "task"
    work.mkdir()
    port = free_port()
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": os.pathsep.join(str(each) for each in (artifact.function, artifact.layer, runtime)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LAMBDA_TASK_ROOT": str(artifact.function),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "120",
        **(own := template_environment(artifact)),
        # Of the simulated stack's settings each function gets what the template gives it.
        **{name: value for name, value in aws.environment.items() if name in own or not name.startswith("FLEETSCAN_")},
        **variables,
    }
    command = [
        str(binary),
        *("--runtime-interface-emulator-address", f"127.0.0.1:{port}"),
        *("--runtime-api-address", f"127.0.0.1:{free_port()}"),
        # -S: no site-packages, so neither this repository nor anything that only developers install.
        *(sys.executable, "-S", "-m", "awslambdaric", artifact.properties["Handler"]),
    ]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=work, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            await_port(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_SECONDS)


def template_environment(artifact: Artifact) -> dict[str, str]:
    """Return the function's variables as the template sets them where nobody changes a parameter."""
    template = yaml.safe_load((BUILD / "template.yaml").read_text())
    variables = artifact.properties["Environment"]["Variables"]
    return {
        name: str(
            template["Parameters"].get(value.get("Ref"), {}).get("Default", "") if isinstance(value, dict) else value
        )
        for name, value in variables.items()
    }


def await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when somebody listens; a process that ends before is an error."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        assert process.poll() is None, "the runtime interface emulator ended"
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the runtime interface emulator does not listen")


def invoke(port: int, event: dict[str, Any]) -> dict[str, Any]:
    """Invoke the function once and return its answer, or Lambda's description of its error."""
    answer = answered(port, event)
    assert isinstance(answer, dict), answer
    return answer


def answered(port: int, event: dict[str, Any]) -> object:
    """Invoke a function once and return its answer, whatever it is."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)) as connection:
        connection.request("POST", "/2015-03-31/functions/function/invocations", json.dumps(event))
        answer: object = json.loads(connection.getresponse().read())
    return answer


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


def test_a_message_that_can_not_be_sent_fails_the_invocation_after_the_metrics_are_out(
    artifact: Artifact, runtime: Path, small_aws: SimulatedAws, tmp_path: Path
) -> None:
    """Lambda sees the error, so retry, queue and alarm work; the fleet's alarms have their numbers all the same."""
    small_aws.weather(Faults(denied=frozenset({"sns:Publish"})))
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
    small_aws.weather(Faults(denied=frozenset({"ec2:DescribeInstances"})))
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


def test_what_the_scan_tells_is_posted_into_slack(
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
