"""The section ``pods``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import pods
from fleetscan.capture.procfs.pods import Pod, Pods
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = Pods(
        count=14,
        pods=(
            Pod(
                uid="0b1f9a4e-55d0-4d7e-8f57-3c1a2f0e9d11",
                name="live/checkout-6c9f7d5b8-x2x9q",
                memory_bytes=399507456,
                limit_bytes=None,
                qos="burstable",
            ),
            Pod(
                uid="7c2d8e10-9a1b-4c3d-8e5f-6a7b8c9d0e1f",
                name="weave/weave-scope-agent-x7k2p",
                memory_bytes=67108864,
                limit_bytes=536870912,
                qos="guaranteed",
            ),
        ),
    )

    assert expected == pods.parse(documented(pods))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "pods: is empty", id="empty"),
        pytest.param("uid a/b 1 max burstable", "pods, line 1: does not begin with total: 'uid'", id="no total"),
        pytest.param("total", "pods, line 1: count is missing", id="no count"),
        pytest.param("total count=1\nuid a/b 1 max", "pods, line 2: qos is missing", id="not enough fields"),
        pytest.param(
            "total count=1\nuid a/b 1 max -\nuid a/b 1 max -", "pods, line 3: 'uid' is given twice", id="duplicate"
        ),
        pytest.param("total count=1\n" + "uid a/b 1 max -\n" * 200, "pods: more than 200 rows", id="too many rows"),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        pods.parse(text)

    assert error == str(raised.value)


def test_a_pod_without_a_name_goes_by_its_uid() -> None:
    """And a class that the node did not report is not guessed."""
    expected = Pods(count=1, pods=(Pod(uid="u-1", name="u-1", memory_bytes=5, limit_bytes=None, qos="unknown"),))

    assert expected == pods.parse("total count=1\nu-1 - 5 max -")


def test_a_pod_whose_limit_is_not_known_is_not_listed() -> None:
    """It counts among the pods, but nothing may say that it has no limit."""
    expected = Pods(count=2, pods=(Pod(uid="b", name="b", memory_bytes=5, limit_bytes=7, qos="guaranteed"),))

    assert expected == pods.parse("total count=2\na - 9 - burstable\nb - 5 7 guaranteed")
