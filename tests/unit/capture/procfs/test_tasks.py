"""The section ``tasks``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import tasks
from fleetscan.capture.procfs.tasks import Tasks, ZombieParent
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = Tasks(
        processes=312,
        threads=812,
        zombies=41,
        uninterruptible=2,
        zombie_parent=ZombieParent(pid=5150, zombies=40, command="java"),
        processes_read=300,
        shims=34,
    )

    assert expected == tasks.parse(documented(tasks))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "tasks: has none of the fields that are read", id="empty"),
        pytest.param("processes 1\nzombies 0\nuninterruptible 0", "tasks: threads is missing", id="no threads"),
        pytest.param("zombies 1\nzombies 1", "tasks, line 2: zombies is given twice", id="duplicate"),
        pytest.param(
            "processes 1\nthreads 1\nzombies 1\nuninterruptible 1\nzombie_parent 5 1",
            "tasks, line 5: command is missing",
            id="parent without a name",
        ),
        pytest.param(
            "processes 1\nthreads 1\nzombies 1\nuninterruptible 1\nzombie_parent 5 1 a\x00",
            r"tasks, line 5: command is not a clean name: 'a\x00'",
            id="unclean name",
        ),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        tasks.parse(text)

    assert error == str(raised.value)


@pytest.mark.parametrize("parent", ["", "zombie_parent -"])
def test_no_zombies_have_no_parent(parent: str) -> None:
    """None where the node named none."""
    expected = Tasks(processes=3, threads=4, zombies=0, uninterruptible=1, zombie_parent=None, processes_read=3)

    assert expected == tasks.parse(f"processes 3\nthreads 4\nzombies 0\nuninterruptible 1\n{parent}")


@pytest.mark.parametrize(
    ("words", "is_whole"), [("", True), ("read 3", True), ("read 2", False)], ids=["all", "as many", "fewer"]
)
def test_a_list_that_was_cut_is_told(words: str, *, is_whole: bool) -> None:
    """What rests on the processes is not whole either."""
    found = tasks.parse(f"processes 3\nthreads 4\nzombies 0\nuninterruptible 1\n{words}")

    assert found.is_whole is is_whole
