"""The command line against a simulated AWS: a scan as an operator without the stack runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetscan import cli
from fleetscan.cli.exit_code import ExitCode
from simulator.cluster import SimulatedAws
from simulator.demo import environment
from simulator.fleet import load


@pytest.fixture(autouse=True)
def somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run where a page and a kept report may be written."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


def test_a_scan_without_the_stack_sends_the_script_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """AWS-RunShellScript with the script as its parameter finds the same three nodes as the stack's document."""
    fleet = load("incident")
    with SimulatedAws(fleet, tmp_path / "nodes") as aws, environment(aws.environment):
        endpoint = aws.environment["AWS_ENDPOINT_URL"]
        code = cli.main(["scan", "--region", fleet.region, "--endpoint-url", endpoint, "--timeout", "90"])
    written = capsys.readouterr()

    assert code == ExitCode.SCANNED
    assert "3 of 16 nodes are critical: " in " ".join(written.out.split())
    assert "fleetscan: 16 of 16 nodes accounted for\n" in written.err


def test_a_scan_of_a_cluster_that_is_not_there_ends_with_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No node of that name is no healthy fleet."""
    fleet = load("incident")
    with SimulatedAws(fleet, tmp_path / "nodes") as aws, environment(aws.environment):
        code = cli.main(["scan", "--region", fleet.region, "--cluster", "nobody"])
    written = capsys.readouterr()

    assert code == ExitCode.NOTHING_SCANNED
    assert "No worker node was found" in written.err


def test_a_scan_without_credentials_ends_with_3(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says what is missing; nothing is asked of any network."""
    nothing = {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
    }
    with environment(nothing):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        code = cli.main(["scan", "--region", "eu-west-1", "--endpoint-url", "http://127.0.0.1:9"])

    assert code == ExitCode.NOTHING_SCANNED
    assert capsys.readouterr() == (
        "",
        "fleetscan: no AWS credentials were found; set AWS_PROFILE or --profile, or sign in with `aws sso login`\n",
    )
