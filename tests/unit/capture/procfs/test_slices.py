"""The section ``slices``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import slices
from fleetscan.capture.procfs.slices import Slice, Slices
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = Slices(
        slices=(
            Slice(
                name="kubepods.slice",
                memory_bytes=645922816,
                cpu_microseconds=811236540,
                anon_bytes=512753664,
                file_bytes=96468992,
                kernel_bytes=None,
                sock_bytes=None,
                pids=412,
            ),
            Slice(
                name="system.slice",
                memory_bytes=92274688,
                cpu_microseconds=92114520,
                anon_bytes=60817408,
                file_bytes=None,
                kernel_bytes=None,
                sock_bytes=4096,
            ),
        )
    )

    assert expected == slices.parse(documented(slices))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param(
            "a.slice cpu_usec=1\na.slice cpu_usec=1", "slices, line 2: 'a.slice' is given twice", id="duplicate"
        ),
        pytest.param(
            "a.slice cpu_usec=1 cpu_usec=1", "slices, line 1: 'cpu_usec' is given twice", id="duplicate field"
        ),
        pytest.param(
            "a\x1b[31m cpu_usec=1", r"slices, line 1: cgroup is not a clean name: 'a\x1b[31m'", id="unclean name"
        ),
        pytest.param(
            "\n".join(f"s{number} cpu_usec=1" for number in range(201)),
            "slices: more than 200 rows",
            id="too many rows",
        ),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        slices.parse(text)

    assert error == str(raised.value)


def test_no_row_means_that_no_cgroup_was_seen() -> None:
    """An empty list is a value: the node looked."""
    expected = Slices(slices=())

    assert expected == slices.parse("\n")


def test_two_hundred_rows_are_understood() -> None:
    """The limit itself is allowed."""
    text = "\n".join(f"s{number} cpu_usec=1" for number in range(200))

    assert len(slices.parse(text).slices) == 200


@pytest.mark.parametrize(
    ("words", "limits"),
    [
        pytest.param("memory_max=3219914752 pids=412 pids_max=7500", (3219914752, 412, 7500), id="limited"),
        pytest.param("memory_max=max pids=412 pids_max=max", (None, 412, None), id="without a limit"),
        pytest.param("memory_max=- pids=-", (None, None, None), id="not to be had"),
        pytest.param("memory_bytes=1", (None, None, None), id="not given"),
    ],
)
def test_the_limits_of_kubepods_are_understood(words: str, limits: tuple[int | None, int | None, int | None]) -> None:
    """No limit is not a limit of zero."""
    (only,) = slices.parse(f"kubepods.slice {words}").slices

    assert limits == (only.memory_limit_bytes, only.pids, only.pids_limit)
