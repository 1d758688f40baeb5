"""The command line: what it prints where, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fleetscan import cli
from fleetscan.cli import exit_code
from fleetscan.cli.arguments import parser
from fleetscan.cli.exit_code import ExitCode
from fleetscan.model import CaptureStatus, Coverage, Diagnosis, Node, Report, Severity
from fleetscan.storage import report_file


@pytest.mark.parametrize(
    ("fail_on", "expected"),
    [
        (None, ExitCode.SCANNED),
        (Severity.INFO, ExitCode.FOUND),
        (Severity.WARNING, ExitCode.FOUND),
        (Severity.CRITICAL, ExitCode.SCANNED),
    ],
)
def test_a_finding_ends_with_1_only_where_it_was_asked_for(
    fail_on: Severity | None, expected: ExitCode, report: Report
) -> None:
    """A warning reaches info and warning, not critical."""
    assert expected == exit_code.of(report, fail_on)


def test_nothing_scanned_goes_before_findings(report: Report) -> None:
    """When no node answered, a pipeline must not take the silence for a pass."""
    silent = Diagnosis(node=Node(instance_id="i-1"), coverage=Coverage(status=CaptureStatus.TIMED_OUT))
    expected = (ExitCode.NOTHING_SCANNED, ExitCode.NOTHING_SCANNED)

    actual = tuple(
        exit_code.of(
            Report(scan_id="x", started_at=report.started_at, duration_seconds=1, diagnoses=diagnoses), Severity.INFO
        )
        for diagnoses in ((), (silent,))
    )

    assert expected == actual


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["unknown"],
        ["node", "--fail-on", "catastrophic"],
        ["node", "--root", "/does/not/exist"],
        ["node", "--window", "-1"],
        ["node", "--window", "61"],
        ["node", "--window", "1.5"],
        ["node", "--window", "\u0661"],
        ["scan", "--timeout", "soon"],
        ["report", "--json", "--html", "x.html"],
        ["report", "extra"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The usage stands on standard error, nothing on standard output."""
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)

    assert end.value.code == ExitCode.USAGE
    assert not capsys.readouterr().out


@pytest.mark.parametrize("command", ["demo", "node", "scan", "report"])
def test_every_command_shows_its_exit_codes(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """``--help`` is where a pipeline's author looks."""
    with pytest.raises(SystemExit) as end:
        parser().parse_args([command, "--help"])

    assert end.value.code == 0
    assert "3 nothing could be scanned" in " ".join(capsys.readouterr().out.split())


def test_the_last_report_is_shown_again(report: Report, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As text, with nothing on standard error."""
    report_file.write(report, state)

    assert cli.main(["report"]) == ExitCode.SCANNED
    written = capsys.readouterr()
    assert written.out.splitlines()[0] == "i-0123456789abcdef0 has a warning: swap is nearly full."
    assert not written.err


def test_json_is_one_object_and_nothing_else(report: Report, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``--json`` can be piped into a program as it is."""
    report_file.write(report, state)

    assert cli.main(["report", "--json", "--fail-on", "warning"]) == ExitCode.FOUND
    written = capsys.readouterr()
    assert json.loads(written.out)["nodes"][0]["findings"][0]["rule"] == "swap_nearly_full"
    assert not written.err


def test_html_goes_into_its_file(
    report: Report, state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file's name is reported on standard error."""
    report_file.write(report, state)
    file = tmp_path / "report.html"

    assert cli.main(["report", "--html", str(file)]) == ExitCode.SCANNED
    assert file.read_text().startswith("<!doctype html>")
    assert capsys.readouterr() == ("", f"fleetscan: wrote {file}\n")


def test_html_goes_to_standard_output(report: Report, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``-`` is standard output, as everywhere."""
    report_file.write(report, state)

    assert cli.main(["report", "--html", "-"]) == ExitCode.SCANNED
    assert capsys.readouterr().out.startswith("<!doctype html>")


def test_a_file_that_cannot_be_written_is_one_line(
    report: Report, state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The operator reads the path and the reason, not a traceback."""
    report_file.write(report, state)
    file = tmp_path / "missing" / "report.html"

    assert cli.main(["report", "--html", str(file)]) == ExitCode.NOTHING_SCANNED
    assert capsys.readouterr().err == f"fleetscan: {file}: No such file or directory\n"


@pytest.mark.usefixtures("state")
def test_no_report_yet_ends_with_3(capsys: pytest.CaptureFixture[str]) -> None:
    """There is nothing to show, and the line says how to get something."""
    assert cli.main(["report"]) == ExitCode.NOTHING_SCANNED
    written = capsys.readouterr()
    assert not written.out
    assert "There is no report yet" in written.err


def test_an_empty_tree_ends_with_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A directory without a recorded node is not taken for a healthy one."""
    assert cli.main(["node", "--root", str(tmp_path)]) == ExitCode.NOTHING_SCANNED
    written = capsys.readouterr()
    assert not written.out
    assert "holds no recorded node" in written.err


def test_debug_shows_the_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The line for the operator stays the last one."""
    assert cli.main(["node", "--root", str(tmp_path), "--debug"]) == ExitCode.NOTHING_SCANNED
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert "holds no recorded node" in lines[-1]
