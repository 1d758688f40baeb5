"""The last report, kept and read back."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from fleetscan.errors import ReportFileError
from fleetscan.model import Report
from fleetscan.storage import report_file


def test_what_was_written_is_read_back(report: Report, state: Path) -> None:
    """Every value survives the way through the file, dates and severities too."""
    report_file.write(report, state)

    assert report == report_file.read(state)


def test_nobody_else_may_read_it(report: Report, state: Path) -> None:
    """A report names what runs where; nothing but the report is left in the directory."""
    report_file.write(report, state)
    report_file.write(report, state)

    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    assert stat.S_IMODE(state.parent.stat().st_mode) == 0o700
    assert [state.name] == [file.name for file in state.parent.iterdir()]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"XDG_STATE_HOME": "/state", "HOME": "/home/me"}, "/state/fleetscan/last-report.json.gz"),
        ({"HOME": "/home/me"}, "/home/me/.local/state/fleetscan/last-report.json.gz"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/home/me"}, "/home/me/.local/state/fleetscan/last-report.json.gz"),
    ],
)
def test_it_lies_where_state_lies(environment: dict[str, str], expected: str) -> None:
    """The XDG directory, its default, and its default again where the variable is no absolute path."""
    assert expected == str(report_file.path(environment))


def test_no_report_yet_says_how_to_make_one(state: Path) -> None:
    """A missing file is no damage."""
    with pytest.raises(ReportFileError, match=r"There is no report yet at .*last-report\.json\.gz"):
        report_file.read(state)


@pytest.mark.parametrize("content", [b"", b"[]", b"\x1f\x8b"])
def test_what_cannot_be_understood_is_reported_with_the_file_s_name_and_what_to_do(content: bytes, state: Path) -> None:
    """Whatever became of the file, the reader hears of it in a sentence; tests of the archive say what can be."""
    state.parent.mkdir(parents=True)
    state.write_bytes(content)

    with pytest.raises(
        ReportFileError, match=r"^The last report at .*last-report\.json\.gz is damaged \(.+\); scan again\.$"
    ):
        report_file.read(state)


def test_a_failed_write_leaves_the_old_report(report: Report, state: Path) -> None:
    """A directory in the file's place makes the last step fail; no half-written file stays behind."""
    state.mkdir(parents=True)

    with pytest.raises(OSError, match="directory"):
        report_file.write(report, state)

    assert [state.name] == [file.name for file in state.parent.iterdir()]
