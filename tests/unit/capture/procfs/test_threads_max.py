"""The section ``threads_max``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import threads_max
from fleetscan.capture.procfs.threads_max import ThreadsMax
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every value of the docstring's sample arrives, in its unit."""
    expected = ThreadsMax(threads_max=127000)

    assert expected == threads_max.parse(documented(threads_max))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "threads_max: is empty", id="empty"),
        pytest.param("0", "threads_max, line 1: threads_max is zero", id="zero"),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        threads_max.parse(text)

    assert error == str(raised.value)


def test_a_large_node_s_limit_is_believed() -> None:
    """With 768 GiB the kernel allows six millions."""
    assert threads_max.parse("6189226\n").threads_max == 6_189_226
