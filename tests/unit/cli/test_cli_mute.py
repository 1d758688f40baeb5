"""``fleetscan mute`` against a table of moto's, and the mute list in a file."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from fleetscan.cli import exit_code, main, mute, mute_file
from fleetscan.cli.arguments import parser
from fleetscan.cli.exit_code import ExitCode
from fleetscan.errors import MuteError
from fleetscan.model import Report, Severity
from fleetscan.model.conclusion import FleetFinding
from fleetscan.model.episode import Mute
from tests.fixtures.stack_table import create_table

NOW = datetime(2026, 1, 15, 6, 5, tzinfo=UTC)


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Provide a table as the template makes it."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent/config")
    with mock_aws():
        create_table(boto3.client("dynamodb", region_name="eu-west-1"), "fleetscan")
        yield "fleetscan"


def run(*words: str) -> ExitCode:
    """Run the command as if it were typed at the time of the tests."""
    arguments = ["mute", *words, "--table", "fleetscan", "--region", "eu-west-1"]
    return mute.run(parser().parse_args(arguments), clock=NOW.timestamp)


@pytest.mark.usefixtures("table")
def test_a_mute_is_added_listed_and_removed(capsys: pytest.CaptureFixture[str]) -> None:
    """With the time that the span comes to."""
    added = run(
        "add", "--rule", "swap_*", "--node-group", "batch-*", "--until", "3d", "--reason", "moving", "--id", "m1"
    )
    listed = run("list")
    removed = [run("remove", "m1"), run("remove", "m1")]
    run("list")
    line = "m1: rule swap_*, node group batch-*, until 2026-01-18 06:05 UTC: moving\n"
    shown = capsys.readouterr()

    assert [added, listed, *removed] == [ExitCode.SCANNED, ExitCode.SCANNED, ExitCode.SCANNED, ExitCode.USAGE]
    assert shown.out == f"muted {line}{line}removed m1\n"
    assert shown.err == (
        "fleetscan: there is no mute m1; `fleetscan mute list` shows those there are\nfleetscan: nothing is muted\n"
    )


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--rule", "swap_trashing", "--until", "3d"], "no rule is called 'swap_trashing'"),
        (["--until", "3d"], "it would mute everything"),
        (["--cluster", "live", "--until", "soon"], "until 'soon' is no date"),
        (["--cluster", "live", "--until", "2026-01-01"], "2026-01-01 is in the past"),
        (["--cluster", "live", "--until", "60w"], "the longest is 366 days"),
    ],
)
def test_what_a_scan_would_not_understand_does_not_get_into_the_table(
    words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong usage, in words."""
    code = run("add", *words, "--why", "a rehearsal")  # as it was called before

    assert code is ExitCode.USAGE
    assert capsys.readouterr().err.startswith("fleetscan: nothing was muted: ")
    run("list")
    assert capsys.readouterr().out == ""
    run("add", *words, "--reason", "a rehearsal")
    assert complaint in capsys.readouterr().err


@pytest.mark.usefixtures("table")
def test_the_list_shows_what_has_run_out_and_what_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever somebody wrote by hand."""
    client = boto3.client("dynamodb", region_name="eu-west-1")
    words = {"pk": "mutes", "rule": "load_high", "until": "2026-01-01", "why": "a rehearsal"}
    client.put_item(TableName="fleetscan", Item={name: {"S": text} for name, text in {**words, "sk": "old"}.items()})
    client.put_item(TableName="fleetscan", Item={"pk": {"S": "mutes"}, "sk": {"S": "torn"}})

    assert run("list") is ExitCode.SCANNED
    assert capsys.readouterr().out == (
        "(expired) old: rule load_high, until 2026-01-02 00:00 UTC: a rehearsal\n"
        "(malformed) Mute 'torn' mutes nothing: it would mute everything; give it a rule, a cluster or a node group.\n"
    )


def test_a_region_is_needed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The table is in one."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent/config")

    assert main(["mute", "list", "--table", "t"]) == ExitCode.USAGE
    assert capsys.readouterr().err == "fleetscan: no Region is configured; name one with --region\n"


@pytest.mark.parametrize("words", [[], ["add", "--table", "t"], ["list"], ["remove", "--table", "t"]])
def test_wrong_usage_ends_with_2(words: list[str]) -> None:
    """As for every command."""
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(["mute", *words])

    assert ended.value.code == ExitCode.USAGE


class TestFile:
    """A mute list for scans from a terminal."""

    def test_it_is_read_like_the_table(self, tmp_path: Path) -> None:
        """A TOML date is a date; an entry without an id has its number."""
        file = tmp_path / "mutes.toml"
        file.write_text('[[mute]]\nrule = "swap_*"\nuntil = 2026-03-01\nwhy = "moving disks"\n\n[[mute]]\nrule = "x"\n')
        found = mute_file.read(file, NOW)
        expected = Mute(id="1", rule="swap_*", until=datetime(2026, 3, 2, tzinfo=UTC), why="moving disks")

        assert found.active == (expected,)
        assert found.problems == ("Mute '2' mutes nothing: no rule is called 'x'.",)

    @pytest.mark.parametrize("text", ["[[mute]", "mute = 3", 'mute = ["a"]', "[other]", "\udcff"])
    def test_what_is_no_list_is_an_error(self, tmp_path: Path, text: str) -> None:
        """Never an empty list."""
        file = tmp_path / "mutes.toml"
        file.write_bytes(text.encode(errors="surrogateescape"))

        with pytest.raises(MuteError, match=r"mutes\.toml is no"):
            mute_file.read(file, NOW)


class TestFailOn:
    """What is muted does not fail a pipeline."""

    muted = Mute(id="m", rule="swap_*", until=NOW, why="moving disks")

    def test_a_muted_finding_does_not_count(self, report: Report) -> None:
        """Of a node."""
        assert exit_code.of(report, Severity.WARNING) is ExitCode.FOUND
        assert exit_code.of(report, Severity.WARNING, [self.muted]) is ExitCode.SCANNED

    def test_nor_does_one_of_the_fleet(self, report: Report) -> None:
        """Where each node group of it is muted."""
        evidence = report.diagnoses[0].findings[0].evidence
        whole = FleetFinding(
            rule="swap_nearly_full",
            cluster="live",
            title="t",
            remedy="r",
            evidence=replace(evidence, severity=Severity.CRITICAL),
            instance_ids=(report.diagnoses[0].node.instance_id,),
        )
        both = replace(report, fleet_findings=(whole,))

        assert exit_code.of(both, Severity.CRITICAL) is ExitCode.FOUND
        assert exit_code.of(both, Severity.CRITICAL, [self.muted]) is ExitCode.SCANNED
        assert exit_code.of(both, Severity.CRITICAL, [replace(self.muted, node_group="x")]) is ExitCode.FOUND


def test_the_namespace_names_the_action() -> None:
    """``fleetscan mute add|list|remove``."""
    arguments = parser().parse_args(["mute", "list", "--table", "t"])

    assert isinstance(arguments, argparse.Namespace)
    assert (arguments.command, arguments.action, arguments.debug) == ("mute", "list", False)
