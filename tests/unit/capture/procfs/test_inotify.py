"""The section ``inotify``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import inotify
from fleetscan.capture.procfs.inotify import Inotify, InotifyUser
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every value of the docstring's sample arrives, in its unit."""
    expected = Inotify(
        instances_limit=128,
        watches_limit=8192,
        users=(InotifyUser(uid=0, instances=127), InotifyUser(uid=1000, instances=3)),
    )

    assert expected == inotify.parse(documented(inotify))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "inotify: has none of the fields that are read", id="empty"),
        pytest.param(
            "max_user_instances 128\nuser x instances=1",
            "inotify, line 2: uid is not a whole number: 'x'",
            id="no number",
        ),
        pytest.param("max_user_instances 128\nuser 0", "inotify, line 2: instances is missing", id="not enough fields"),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        inotify.parse(text)

    assert error == str(raised.value)


def test_a_limit_that_was_not_to_be_had_is_none() -> None:
    """The other is a value."""
    assert Inotify(instances_limit=None, watches_limit=5, users=()) == inotify.parse("max_user_watches 5")
