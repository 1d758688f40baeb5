"""The section ``descriptors``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import descriptors
from fleetscan.capture.procfs.descriptors import DescriptorHolder, Descriptors
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = Descriptors(
        holders=(
            DescriptorHolder(pid=4242, command="dockerd", open_files=201334, pod=None),
            DescriptorHolder(pid=5150, command="java", open_files=8121, pod="live/checkout-6c9f7d5b8-x2x9q"),
            DescriptorHolder(pid=811, command="kubelet", open_files=402, pod=None),
        )
    )

    assert expected == descriptors.parse(documented(descriptors))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("1 init 5", "descriptors, line 1: pod is missing", id="not enough fields"),
        pytest.param("1 init 5 -\n1 init 5 -", "descriptors, line 2: '1' is given twice", id="duplicate"),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        descriptors.parse(text)

    assert error == str(raised.value)


def test_no_row_means_that_no_process_was_seen() -> None:
    """As in a recorded tree without processes."""
    expected = Descriptors(holders=())

    assert expected == descriptors.parse("")
