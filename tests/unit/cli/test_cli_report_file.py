"""The last report, kept and read back."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from fleetscan import report_file
from fleetscan.errors import ReportFileError
from fleetscan.model import Report


def test_what_was_written_is_read_back(report: Report, state: Path) -> None:
    """Every value survives the way through the file, dates and severities too."""
    report_file.write(report, state)

    assert report == report_file.read(state)


def test_nobody_else_may_read_it(report: Report, state: Path) -> None:
    """A report names what runs where; nothing but the report is left in the directory."""
    report_file.write(report, state)
    report_file.write(report, state)

    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    assert [state.name] == [file.name for file in state.parent.iterdir()]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"XDG_STATE_HOME": "/state", "HOME": "/home/me"}, "/state/fleetscan/last-report.json"),
        ({"HOME": "/home/me"}, "/home/me/.local/state/fleetscan/last-report.json"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/home/me"}, "/home/me/.local/state/fleetscan/last-report.json"),
    ],
)
def test_it_lies_where_state_lies(environment: dict[str, str], expected: str) -> None:
    """The XDG directory, its default, and its default again where the variable is no absolute path."""
    assert expected == str(report_file.path(environment))


def test_no_report_yet_says_how_to_make_one(state: Path) -> None:
    """A missing file is no damage."""
    with pytest.raises(ReportFileError, match=r"There is no report yet at .*last-report\.json"):
        report_file.read(state)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "damaged"),
        (b"\xff\xfe", "damaged"),
        (b"[]", "another version"),
        (b'{"schema": 2, "report": {}}', "another version"),
        (b'{"schema": 1}', "damaged"),
        (b'{"schema": 1, "report": {"scan_id": "x"}}', "damaged"),
        (b'{"schema": 1, "report": 7}', "damaged"),
        (b"[" * 100_000, "damaged"),
    ],
)
def test_a_damaged_file_is_told_from_one_of_another_version(content: bytes, words: str, state: Path) -> None:
    """Whatever became of the file, the reader hears what to do and no traceback."""
    state.parent.mkdir(parents=True)
    state.write_bytes(content)

    with pytest.raises(ReportFileError, match=words):
        report_file.read(state)


def test_a_cut_file_is_damaged(report: Report, state: Path) -> None:
    """Every cut of a real file is noticed."""
    report_file.write(report, state)
    whole = state.read_bytes()
    for end in range(0, len(whole) - 1, 97):
        state.write_bytes(whole[:end])

        with pytest.raises(ReportFileError):
            report_file.read(state)


def test_a_wrong_value_is_damage(report: Report, state: Path) -> None:
    """A severity that does not exist is not read as one that does."""
    report_file.write(report, state)
    stored = json.loads(state.read_text())
    stored["report"]["diagnoses"][0]["findings"][0]["evidence"]["severity"] = "catastrophic"
    state.write_text(json.dumps(stored))

    with pytest.raises(ReportFileError, match="damaged"):
        report_file.read(state)


def test_a_failed_write_leaves_the_old_report(report: Report, state: Path) -> None:
    """A directory in the file's place makes the last step fail; no half-written file stays behind."""
    state.mkdir(parents=True)

    with pytest.raises(OSError, match="directory"):
        report_file.write(report, state)

    assert [state.name] == [file.name for file in state.parent.iterdir()]
