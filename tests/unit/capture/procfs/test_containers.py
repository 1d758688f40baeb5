"""The section ``containers``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import containers
from fleetscan.capture.procfs.containers import Container, Containers
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = Containers(
        containers=(
            Container(
                container_id="0a1b2c3d4e5f",
                pod="weave/weave-scope-agent-x7k2p",
                name="scope-agent",
                image="docker.io/weaveworks/scope:1.13.2",
            ),
            Container(
                container_id="1b2c3d4e5f60",
                pod="live/checkout-6c9f7d5b8-x2x9q",
                name="checkout",
                image="123456789012.dkr.ecr.us-east-1.amazonaws.com/checkout:42",
            ),
            Container(container_id="2c3d4e5f6071", pod="kube-system/kube-proxy-9p2vd", name="kube-proxy", image="-"),
        )
    )

    assert expected == containers.parse(documented(containers))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("0a1b live/a a", "containers, line 1: image is missing", id="not enough fields"),
        pytest.param("0a1b live/a a i\n0a1b live/a a i", "containers, line 2: '0a1b' is given twice", id="duplicate"),
        pytest.param(
            "0a1b live/a a i\x7f", r"containers, line 1: image is not a clean name: 'i\x7f'", id="unclean name"
        ),
        pytest.param(
            "\uff15 live/a a i",
            r"containers, line 1: container id is not a clean name: '\uff15'",
            id="unicode digits in a name",
        ),
        pytest.param(
            "\n".join(f"{number} live/a a i" for number in range(201)),
            "containers: more than 200 rows",
            id="too many rows",
        ),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        containers.parse(text)

    assert error == str(raised.value)


def test_no_row_means_that_no_container_was_seen() -> None:
    """An empty list is a value: the node looked."""
    expected = Containers(containers=())

    assert expected == containers.parse("")


def test_two_hundred_containers_are_understood() -> None:
    """The limit itself is allowed."""
    text = "\n".join(f"{number} live/a a i" for number in range(200))

    assert len(containers.parse(text).containers) == 200
