"""``fleetscan explain pod`` from a table of moto's, from the last report, from both and from nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from fleetscan import cli
from fleetscan.aws.dynamodb.cluster_history import DynamoClusterHistory
from fleetscan.aws.dynamodb.table import Table
from fleetscan.cli import explain
from fleetscan.cli.arguments import parser
from fleetscan.cli.exit_code import ExitCode
from fleetscan.errors import SettingError
from fleetscan.model import Report
from fleetscan.model.death import Death
from fleetscan.model.in_cluster import NOT_ASKED
from fleetscan.model.kubernetes import ClusterView, Ending
from fleetscan.storage import report_file
from fleetscan.terminations.timeline import pod_timeline
from tests.fixtures.clusters import NOW, POD, ago, end, pod_event
from tests.fixtures.dead_pods import affected
from tests.fixtures.dead_pods import report as made
from tests.fixtures.stack_table import create_table

DEATH = Death(
    cluster="live", end=end(Ending.PREEMPTED, ago(minutes=4), uid="u1"), found_at=NOW, died_at=ago(minutes=4), mark="1"
)


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Provide a table as the template makes it, in which one death is kept."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent/config")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        create_table(client, "fleetscan")
        kept = DynamoClusterHistory(Table(client, "fleetscan"), clock=NOW.timestamp)
        kept.save({"live": [pod_event("Preempted", ago(minutes=4))]}, [DEATH])
        yield "fleetscan"


def run(*words: str) -> ExitCode:
    """Run the command as if it were typed at the time of the tests."""
    return explain.run(parser().parse_args(["explain", "pod", *words]), clock=NOW.timestamp)


@pytest.mark.usefixtures("table", "state")
def test_a_death_is_reported_from_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    """By how the pod's name begins; with the events of it."""
    code = run("live/main-service", "--table", "fleetscan", "--region", "eu-west-1")

    assert code is ExitCode.SCANNED
    assert capsys.readouterr().out == (
        "1 termination known of live/main-service. Times are UTC.\n\n"
        f"live/{POD}, 4 min ago, on 2026-01-15\n"
        f"{'-' * len(f'live/{POD}, 4 min ago, on 2026-01-15')}\n"
        "    06:01:00  terminated  it made room for a pod of a higher priority\n\n"
        "Kubernetes events\n"
        "-----------------\n"
        f"    01-15 06:01:00     Preempted: Preempted of live/{POD}\n\n"
        "Sources: table fleetscan.\n"
    )


@pytest.mark.usefixtures("state")
def test_without_a_table_the_last_report_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """As after a demonstration; kubectl's way to name a pod is understood."""
    report_file.write(replace(made(), stories=(pod_timeline(DEATH),)), report_file.path())
    code = run(f"pod/live/{POD}", "--json")
    found = json.loads(capsys.readouterr().out)

    assert code is ExitCode.SCANNED
    assert [one["pod"] for one in found["stories"]] == [f"live/{POD}"]
    assert found["looked_in"] == ["the report of 2026-01-15 06:05 UTC on this machine"]


@pytest.mark.usefixtures("state")
def test_a_pod_that_lives_is_reported_and_what_was_not_asked_too(capsys: pytest.CaptureFixture[str]) -> None:
    """No death is known of it, and it is said that Kubernetes was not asked for any."""
    last = replace(made(affected(None, pods=[f"live/{POD}"])), clusters=(), notes=(NOT_ASKED,))
    report_file.write(last, report_file.path())
    code = run(f"live/{POD}", "--json")
    found = json.loads(capsys.readouterr().out)

    assert code is ExitCode.SCANNED
    assert [(one["pod"], one["node"], one["severity"]) for one in found["seen"]] == [
        (f"live/{POD}", "ip-10-0-37-118", "critical")
    ]
    assert found["problems"] == [f"in the last report: {NOT_ASKED}"]


@pytest.mark.usefixtures("table", "state")
def test_what_both_know_is_reported_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the cluster that is asked for."""
    report_file.write(replace(made(), stories=(pod_timeline(DEATH),)), report_file.path())
    words = (f"live/{POD}", "--table", "fleetscan", "--region", "eu-west-1", "--json")
    codes = [run(*words), run(*words, "--cluster", "staging")]
    first, second, _ = capsys.readouterr().out.split("\n}\n")

    assert codes == [ExitCode.SCANNED, ExitCode.NOTHING_SCANNED]
    assert len(json.loads(f"{first}}}")["stories"]) == 1
    assert json.loads(f"{second}}}")["stories"] == []


UNASKED = replace(made(), clusters=(), notes=(NOT_ASKED,))
REFUSAL = ClusterView(cluster="live", at=NOW, problems=("nodes: refused",), is_answered=False)
REFUSED = replace(made(), clusters=(REFUSAL,))


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize(
    ("last", "complaint"),
    [
        (None, ""),
        (UNASKED, f"fleetscan: in the last report: {NOT_ASKED}\n"),
        (REFUSED, "fleetscan: nodes: refused\n"),
        (made(), ""),
    ],
    ids=["no report", "not asked", "refused", "nobody died"],
)
def test_what_is_not_known_ends_with_3_and_says_why(
    last: Report | None, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was not asked is no answer."""
    if last is not None:
        report_file.write(last, report_file.path())

    assert run("live/nobody") is ExitCode.NOTHING_SCANNED
    shown = capsys.readouterr()
    assert shown.out.startswith(
        "Nothing is known of live/nobody.\n\n" + ("No source: " if last is None else "Sources: ")
    )
    assert shown.err == complaint


def test_a_damaged_report_is_noted_and_spoils_nothing(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table may know."""
    state.parent.mkdir(parents=True)
    state.write_text("{")

    assert run("live/nobody") is ExitCode.NOTHING_SCANNED
    assert "is damaged" in capsys.readouterr().err


@pytest.mark.usefixtures("state")
def test_without_a_region_a_table_cannot_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong usage, as every setting that does not fit."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent/config")

    with pytest.raises(SettingError, match=r"^no Region is configured; name one with --region$"):
        run("live/a", "--table", "fleetscan")


@pytest.mark.parametrize("pod", ["nonsense", "/a", "Live/a", "live/a b", "live/a/b", "live/\x1b[31m", "x" * 300 + "/a"])
def test_what_is_no_pod_is_wrong_usage(pod: str) -> None:
    """Argparse says so."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["explain", "pod", pod])
    assert ended.value.code == ExitCode.USAGE
