"""The section ``file_nr``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from fleetscan.capture.procfs import file_nr
from fleetscan.capture.procfs.file_nr import FileNr
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = FileNr(open_total=13184, maximum=9223372036854775807)

    assert expected == file_nr.parse(documented(file_nr))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "file_nr: is empty", id="empty"),
        pytest.param("13184 0", "file_nr, line 1: maximum is missing", id="not enough fields"),
        pytest.param("1 0 0", "file_nr, line 1: maximum is zero", id="no maximum"),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        file_nr.parse(text)

    assert error == str(raised.value)


def test_this_machine_s_own_file_is_understood() -> None:
    """The kernel that runs the test writes what the parser reads."""
    assert file_nr.parse(Path("/proc/sys/fs/file-nr").read_text()).open_total > 0
